// A version is suspended, replaced before it is resumed, and taken back by a rollback.
import { replacing } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a suspended version that a rollback takes back is resumed', async (stage) => {
  await stage.up(replacing('initial'))
  await stage.rest()
  const before = stage.physical('C')
  await stage.suspend()
  await stage.rest()
  await stage.up(replacing('changed'))
  await stage.steps(6)
  await stage.rollback()
  await stage.rest()
  stage.complete()
  if (stage.variation === 0) stage.expect('C is the same thing', stage.physical('C') === before)
})
