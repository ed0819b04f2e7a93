// The plainest story: a diamond is created.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a diamond is created', async (stage) => {
  await stage.up(diamond)
  await stage.rest()
  stage.complete()
})
