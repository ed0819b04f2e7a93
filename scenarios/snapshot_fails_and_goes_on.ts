// A snapshot fails for whoever asked for it, although what it asked for has begun: that goes on, and nobody waits for it.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { ProviderError } from '../src/provider/error.js'

export default scenario('a snapshot that failed is in the way of nothing', async (stage) => {
  stage.far.weather.pendingRate = 1
  const template = { A: of('Sim::Slow', { v: 'one' }) }
  await stage.up(template)
  await stage.rest()
  const failure = { when: 'after', error: new ProviderError('fatal', 'nobody knows') } as const
  stage.far.fate = (_, verb) => (verb === 'snapshot' ? { ...kindFate, failure } : undefined)
  await stage.snapshot()
  await stage.rest()
  stage.expect(`the snapshot has failed: ${stage.status()}`, stage.status() === 'SNAPSHOT_FAILED')
  stage.expect('it goes on', stage.things('A')[0]?.operation?.action === 'snapshot')
  stage.far.fate = undefined
  await stage.up(template)
  await stage.rest()
  stage.complete()
  await stage.snapshot()
  await stage.rest()
  stage.complete()
})
