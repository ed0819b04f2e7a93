// B3 and B4: a stack that gets nowhere ends by its deadline, whatever its engines do.
import { diamond } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a stack that runs out of time fails and says so', async (stage) => {
  stage.far.fate = () => ({ ...kindFate, latency: 1000 })
  await stage.up(diamond, { timeoutSeconds: 30 })
  await stage.rest()
  stage.expect(`it timed out, but ${stage.status()}: ${stage.stack().reason}`, stage.stack().reason === 'Timed out')
  stage.far.fate = undefined
  await stage.up(diamond)
  await stage.rest()
  stage.complete()
})
