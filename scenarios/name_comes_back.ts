// B8 and the guard "deleting": a name is removed, and comes back while its old version is being deleted.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'a version whose deletion has begun never comes back; its name gets a new one',
  async (stage) => {
    await stage.up(diamond)
    await stage.rest()
    const { E: _, ...without } = diamond
    await stage.up(without)
    await stage.until('E is going', () => stage.versions('E').every(({ action }) => action === 'DELETE'))
    await stage.up(diamond)
    await stage.rest()
    stage.complete()
    stage.expect('there is one E', stage.things('E').length === 1)
  },
)
