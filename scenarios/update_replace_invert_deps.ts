// Both are replaced and their dependency is turned round; in the middle of it everything is deleted.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario(
  'an old version goes only after the old version that requires it, though the new ones require each other the other way round',
  async (stage) => {
    await stage.up({ A: some({ z: 'a1' }), B: some({ z: 'b1', r: idOf('A') }) })
    await stage.rest()
    await stage.up({ A: some({ z: 'a2', r: idOf('B') }), B: some({ z: 'b2' }) })
    await stage.steps(4)
    await stage.delete()
    await stage.rest()
    stage.complete()
    stage.nothingLeft()
  },
)
