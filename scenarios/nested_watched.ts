// Two members of a group are changed behind our back, and the stack around it is watched.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a drift limit counts members, and they are mended from outside', async (stage) => {
  await stage.up({ G: of(GROUP, groupOf(3, 'g')), A: of('Sim::Plain') })
  await stage.rest()
  for (const name of ['0', '1']) {
    const [thing] = stage.things(name)
    if (thing) thing.properties = { ...thing.properties, v: 'tampered' }
  }
  const tampered = () => stage.things().filter(({ properties }) => properties.v === 'tampered').length
  await stage.look(1)
  await stage.rest()
  stage.expect('more than the limit is left alone', stage.status() === 'CHECK_FAILED' && tampered() === 2)
  await stage.look(2)
  await stage.rest()
  stage.complete()
  stage.expect('what is within the limit is mended', stage.status() === 'UPDATE_COMPLETE' && tampered() === 0)
})
