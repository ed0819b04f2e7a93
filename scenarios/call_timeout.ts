// Answers that never come: the call is given up at its deadline and made again.
import { diamond } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a call that is never answered is made again after its deadline', async (stage) => {
  const silenced = new Set<string>()
  stage.far.fate = (call, verb) => {
    if (verb !== 'create' || silenced.has(call.name)) return undefined
    silenced.add(call.name)
    return { ...kindFate, silent: true }
  }
  await stage.up(diamond)
  await stage.rest()
  stage.complete()
  stage.expect('time has passed', stage.simulation.scheduler.now >= 60)
})
