// Parts of a template that have nothing to do with each other.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('a chain and two single resources are created', async (stage) => {
  await stage.up({ A: some(), C: some({ r: idOf('A') }), D: some({ r: idOf('C') }), B: some(), E: some() })
  await stage.rest()
  stage.complete()
})
