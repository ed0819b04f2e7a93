// A patch that removed what had moved gave it its first name back, and left it in the world for ever.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('what has moved goes when a patch removes it', async (stage) => {
  await stage.up({ A: some({ v: 'one' }), C: some() })
  await stage.rest()
  await stage.up({ B: { ...some({ v: 'one' }), isotherm: { movedFrom: 'A' } }, C: some() })
  await stage.rest()
  await stage.patch({ C: some({ v: 'changed' }) }, ['B'])
  await stage.rest()
  stage.complete()
  stage.expect('C alone is left', stage.things().length === 1 && stage.physical('C') !== null)
})
