// Passing failures, before and after the effect.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('failures that pass are tried again, and nothing is made twice', async (stage) => {
  stage.far.weather = { ...stage.far.weather, failRate: 0.3 }
  for (let attempt = 1; attempt < 6; attempt++) {
    await stage.up(diamond)
    await stage.rest()
  }
  stage.far.weather = { ...stage.far.weather, failRate: 0 }
  await stage.up(diamond)
  await stage.rest()
  stage.complete()
})
