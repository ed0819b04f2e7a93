// A suspended stack is handed over: its things rest in the world, and whoever takes them over resumes them, for a template says what works.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import { idOf, type SimTemplate } from '../simulator/templates.js'

const at = (v: string): SimTemplate => ({
  A: of('Sim::Plain', { v }),
  B: of('Sim::Slow', { r: idOf('A'), v }),
  G: of(GROUP, groupOf(2, v)),
})

export default scenario('what rests when it is abandoned is resumed by whoever adopts it', async (stage) => {
  const resting = () => stage.things().filter(({ suspended }) => suspended).length
  await stage.up(at('one'))
  await stage.rest()
  await stage.suspend()
  await stage.rest()
  stage.expect('all rests', resting() === 4)
  await stage.abandon()
  await stage.restDespite(2)
  stage.expect('all rests still', resting() === 4)
  await stage.adopt('web', at('two'))
  await stage.restDespite(3)
  stage.expect(`it was taken over, but ${stage.status()}`, stage.status() === 'ADOPT_COMPLETE')
  stage.expect('nothing rests', resting() === 0)
})
