// B1: two updates at once both went on, and a failure of one marked the other.
import { diamond, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'of two updates at once the later one is what counts, whatever fails in the earlier',
  async (stage) => {
    await stage.up(diamond)
    await stage.steps(1)
    await stage.up({ ...diamond, A: some({ v: 'poison' }) }, { onFailure: 'rollback' })
    await stage.steps(1)
    await stage.up({ ...diamond, A: some({ v: 'fine' }) })
    await stage.rest()
    stage.complete()
    stage.expect('A is as the last update says', stage.things('A')[0]?.properties.v === 'fine')
  },
)
