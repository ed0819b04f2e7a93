// The name of a nested stack comes to mean something else, and comes back: each version has a stack of its own.
import { of, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf } from '../simulator/templates.js'

export default scenario('a nested stack gives way to a thing and to another nested stack', async (stage) => {
  const as = (type: string, v: string) => ({
    A: some({ v }),
    N: of(type, { v, r: idOf('A') }),
    B: some({ a: attributeOf('N', 'v') }),
  })
  await stage.up(as('Sim::Pair', 'one'))
  await stage.steps(8)
  await stage.up(as('Sim::Plain', 'two'))
  await stage.steps(5)
  await stage.up(as('Sim::Deep', 'three'))
  await stage.steps(5)
  await stage.up(as('Sim::Pair', 'four'))
  await stage.rest()
  stage.complete()
  await stage.up({ A: some({ v: 'four' }) })
  await stage.steps(3)
  await stage.rollback()
  await stage.rest()
  stage.complete()
  stage.expect('it is back', stage.things('two').length === 1)
})
