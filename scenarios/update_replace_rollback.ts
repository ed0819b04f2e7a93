// A replacement is rolled back in the middle.
import { replacing } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('the old C is taken back with its physical id, the new one is deleted', async (stage) => {
  await stage.up(replacing('initial'))
  await stage.rest()
  const before = stage.current('C')
  await stage.up(replacing('changed'))
  await stage.steps(4)
  await stage.rollback()
  await stage.rest()
  stage.complete()
  const beganToGo = stage.far.calls.some(({ verb, token }) => verb === 'delete' && token === before?.token)
  if (!beganToGo) stage.expect('C is the same thing as before', stage.physical('C') === before?.physical_id)
  stage.expect('there is one C', stage.things('C').length === 1)
})
