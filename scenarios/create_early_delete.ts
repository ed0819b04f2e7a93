// A create is deleted while it runs; also B15, a stack in progress could not be deleted.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a create that is deleted early leaves nothing', async (stage) => {
  await stage.up(diamond)
  await stage.steps(2)
  await stage.delete()
  await stage.rest()
  stage.complete()
  stage.nothingLeft()
})
