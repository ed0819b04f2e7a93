// An engine is frozen for longer than it may be silent, others take over, and then it goes on.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'an engine that was given up for dead finds its fence stale and changes nothing',
  async (stage) => {
    await stage.up(diamond)
    await stage.steps(2)
    const [slow] = stage.simulation.engines
    if (slow) await stage.simulation.freeze(slow)
    await stage.until('its rows are taken over', () => stage.simulation.scheduler.now > 60 || stage.simulation.atRest)
    if (slow) await stage.simulation.thaw(slow)
    await stage.rest()
    stage.complete()
  },
)
