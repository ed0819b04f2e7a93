// A create outlives its engine and takes effect only after somebody else has taken over.
import { some } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a create that lands after the takeover makes nothing twice', async (stage) => {
  stage.far.fate = (call, verb) => (verb === 'create' && call.fence === 1 ? { ...kindFate, latency: 120 } : undefined)
  await stage.up({ A: some() })
  await stage.until('the create is on its way', () => stage.far.calls.some(({ verb }) => verb === 'create'))
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
  await stage.rest()
  await stage.until('the late create lands', () => stage.simulation.scheduler.now > 125)
  stage.expect('there is one A', stage.things('A').length === 1)
})
