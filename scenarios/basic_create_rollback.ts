// A create is rolled back before it is done: there is nothing to go back to, so nothing stays.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a create that is rolled back leaves nothing', async (stage) => {
  await stage.up(diamond)
  await stage.steps(3)
  const done = stage.stack().status === 'COMPLETE'
  await stage.rollback()
  await stage.rest()
  stage.complete()
  if (!done) stage.nothingLeft()
})
