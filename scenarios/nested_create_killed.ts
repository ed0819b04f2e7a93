// A nested stack converges while whoever began it dies: others carry it on, its end wakes the row that waits, nothing is
// made twice.
import { of, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf } from '../simulator/templates.js'

export default scenario('a nested stack is brought about though every engine dies meanwhile', async (stage) => {
  const template = {
    A: some({ v: 'one' }),
    N: of('Sim::Pair', { v: 'one', r: idOf('A'), z: 'z1' }),
    B: some({ v: attributeOf('N', 'v'), a: attributeOf('N', 'serial') }),
  }
  await stage.up(template)
  await stage.until('something inside is being made', () => stage.far.calls.some(({ name }) => name === 'one'))
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
  await stage.rest()
  stage.complete()
  stage.expect('each thing is there once', stage.things().length === 4)
})
