// B6: what a newer traversal had made was cleaned up by it.
import { replacing } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'versions made by an interrupted update are kept when the next update wants them',
  async (stage) => {
    await stage.up(replacing('initial'))
    await stage.rest()
    await stage.up(replacing('changed'))
    await stage.steps(6)
    await stage.up({ ...replacing('changed') })
    await stage.rest()
    stage.complete()
    stage.expect('there is one C', stage.things('C').length === 1)
  },
)
