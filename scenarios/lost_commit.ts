// The answer to a commit is lost: what it did counts all the same, and what it claimed does not stay with nobody.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('an engine that does not know whether it has committed leaves nothing stuck', async (stage) => {
  let lost = 0
  await stage.up(diamond)
  for (let left = 2000; left > 0 && !stage.simulation.atRest; left--) {
    const open = stage.simulation.scheduler.open()
    const commit = open.find(({ kind, actor }) => kind === 'commit' && actor.kind === 'engine')
    if (commit && lost < 4) {
      lost++
      await stage.simulation.pass(commit, 'lost')
    } else await stage.move()
  }
  await stage.rest()
  stage.complete()
})
