// What others made is taken over: from then on it is the stack's own, and where nobody wants it before, it stays theirs.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import type { SimTemplate } from '../simulator/templates.js'

const adopting = (id: string, retain = false): SimTemplate => ({
  A: { ...of('Sim::Plain', { v: 'ours' }), retain, isotherm: { adopt: id } },
})

export default scenario('what others made is taken over, and goes as its policy says', async (stage) => {
  const [one, two, three] = ['1', '2', '3'].map((v) => stage.far.foreign('Sim::Plain', { v }))
  if (!one || !two || !three) return
  // Nobody wants it any more before it was taken over.
  await stage.up(adopting(one.id))
  await stage.steps(1)
  await stage.up({})
  await stage.rest()
  stage.complete()
  stage.expect('it is theirs, or it was ours and is gone', one.foreign === 'free' || !stage.far.things.has(one.id))
  await stage.up(adopting(two.id))
  await stage.restDespite(1)
  stage.complete()
  stage.expect('it is ours', stage.physical('A') === two.id && two.properties.v === 'ours')
  await stage.up({})
  await stage.rest()
  stage.expect('it goes like any other', !stage.far.things.has(two.id))
  await stage.up(adopting(three.id, true))
  await stage.rest()
  await stage.delete()
  await stage.rest()
  stage.expect('it stays, as its policy says', stage.far.things.has(three.id))
  await stage.up({ A: { ...of('Sim::Plain', { v: '4' }), isotherm: { adopt: 'p0' } } })
  await stage.rest()
  stage.expect('what is not there is not taken over', stage.status() === 'CREATE_FAILED')
  // Who has mistaken the id says another.
  const four = stage.far.foreign('Sim::Plain', { v: '4' })
  await stage.up({ A: { ...of('Sim::Plain', { v: '4' }), isotherm: { adopt: four.id } } })
  await stage.rest()
  stage.complete()
  stage.expect('the other one is taken over', stage.physical('A') === four.id)
})
