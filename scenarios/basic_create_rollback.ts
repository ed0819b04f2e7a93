// A create is rolled back before it is done: there is nothing to go back to, so nothing stays.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a create that is rolled back leaves nothing', async (stage) => {
  await stage.up(diamond)
  await stage.steps(3)
  await stage.rollback()
  // Others move while the command is being given: until it counts the create may yet be done.
  const isBackToNothing = Object.keys(stage.simulation.targets.templateOf(stage.stack().id)).length === 0
  await stage.rest()
  stage.complete()
  if (isBackToNothing) stage.nothingLeft()
})
