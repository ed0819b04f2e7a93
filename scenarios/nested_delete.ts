// A delete overtakes a nested create, and the engines die in the middle of the deletion.
import { of, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf } from '../simulator/templates.js'

export default scenario('a delete reaches inside, however far the create has come', async (stage) => {
  await stage.up({
    A: some(),
    N: of('Sim::Deep', { v: 'one', r: idOf('A') }),
    B: some({ a: attributeOf('N', 'v') }),
  })
  await stage.until('something inside is being made', () => stage.far.calls.some(({ name }) => name === 'first'))
  await stage.steps(4)
  await stage.delete()
  await stage.steps(2)
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
  await stage.rest()
  stage.nothingLeft()
  stage.expect(
    'no nested stack is left',
    stage.simulation.rows.stacks.every(({ deleted_at }) => deleted_at !== null),
  )
})
