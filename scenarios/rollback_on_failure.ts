// A failure that asks for a rollback: any engine carries it out, even when all that knew of it die. Also B9.
import { replacing, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

export default scenario('a failed update goes back to the last complete template by itself', async (stage) => {
  await stage.up(replacing('initial'))
  await stage.rest()
  const before = stage.physical('A')
  await stage.up(
    { ...replacing('changed'), X: some({ v: 'poison', a: attributeOf('C', 'z') }) },
    { onFailure: 'rollback' },
  )
  await stage.until('it has failed', () => stage.stack().failed || stage.stack().action === 'ROLLBACK')
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
  await stage.rest()
  stage.expect(`it was rolled back, but ${stage.status()}`, stage.status() === 'ROLLBACK_COMPLETE')
  stage.expect('A was there before', before !== null && stage.things('X').length === 0)
})
