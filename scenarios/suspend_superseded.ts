// An update comes while a stack is being suspended.
import { replacing } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'an update supersedes a suspend, and brings back what rests already before it changes it',
  async (stage) => {
    await stage.up(replacing('initial'))
    await stage.rest()
    await stage.suspend()
    await stage.steps(3)
    await stage.up(replacing('changed'))
    await stage.steps(3)
    await stage.suspend()
    await stage.steps(2)
    await stage.up(replacing('changed'))
    await stage.rest()
    stage.complete()
    stage.expect(
      'nothing rests any more',
      stage.things().every(({ suspended }) => !suspended),
    )
  },
)
