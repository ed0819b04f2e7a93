// Something is abandoned that an update has failed at, after it was done: whoever takes it over cannot believe what is told of it.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { type Stage, scenario } from '../simulator/scenario.js'
import { ProviderError } from '../src/provider/error.js'

async function story(stage: Stage, type: string): Promise<void> {
  const at = (v: string) => ({ A: of(type, { v }) })
  await stage.up(at('one'))
  await stage.rest()
  const failure = { when: 'after', error: new ProviderError('fatal', 'nobody knows') } as const
  stage.far.fate = (_, verb) => (verb === 'update' ? { ...kindFate, failure } : undefined)
  await stage.up(at('two'))
  await stage.rest()
  stage.expect(`the update has failed: ${stage.status()}`, stage.status() === 'UPDATE_FAILED')
  stage.far.fate = undefined
  await stage.abandon()
  await stage.rest()
  await stage.adopt('web', at('one'))
  await stage.rest()
  stage.complete()
  await stage.delete()
  await stage.rest()
}

export default scenario(
  'what had failed before it was taken over is mended or replaced',
  async (stage) => {
    // One that can be looked at, one that cannot, and one that cannot and is mended.
    for (const type of ['Sim::Plain', 'Sim::Token', 'Sim::SlowMendedFar']) await story(stage, type)
  },
  { exact: true },
)
