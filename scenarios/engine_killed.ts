// B4: resources stayed in progress after a crash. Every engine is killed in the middle of a create; a new one comes.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('what dead engines held is taken over without any command', async (stage) => {
  await stage.up(diamond)
  await stage.steps(3)
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
  await stage.rest()
  stage.complete()
})
