// An engine hears of a failure when others have long since done its work.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { ProviderError } from '../src/provider/error.js'

export default scenario('a failure that comes too late is nobody’s any more', async (stage) => {
  let answered = 0
  const late = { when: 'after' as const, error: new ProviderError('fatal', 'the answer was lost') }
  stage.far.fate = (_call, verb) => (verb === 'create' && answered++ === 0 ? { ...kindFate, failure: late } : kindFate)
  await stage.up({ A: of('Sim::Token', { v: 'one' }) })
  await stage.until('it is there', () => stage.things('A').length === 1)
  const frozen = [...stage.simulation.engines]
  for (const engine of frozen) await stage.simulation.freeze(engine)
  await stage.engine()
  await stage.until('others have done it', () => stage.status() === 'CREATE_COMPLETE')
  for (const engine of frozen) await stage.simulation.thaw(engine)
  await stage.steps(20)
  await stage.rest()
  stage.complete()
  stage.expect('it is well', stage.current('A')?.status === 'COMPLETE')
})
