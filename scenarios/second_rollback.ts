// A rollback during a rollback.
import { replacing } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a second rollback overtakes the first and ends where it would have ended', async (stage) => {
  await stage.up(replacing('initial'))
  await stage.rest()
  await stage.up(replacing('changed'))
  await stage.steps(4)
  await stage.rollback()
  await stage.steps(2)
  await stage.rollback()
  await stage.rest()
  stage.complete()
})
