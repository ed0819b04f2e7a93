// A cancelled stack stands still, says so, and can go on.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'a command that is cancelled comes to rest as failed, and the next one finishes',
  async (stage) => {
    await stage.up(diamond)
    await stage.steps(2)
    await stage.cancel()
    await stage.rest()
    await stage.up(diamond)
    await stage.rest()
    stage.complete()
  },
)
