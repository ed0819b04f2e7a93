// B2: a new traversal waited for ever for a row that an engine held for an older one, and whose work then failed, timed
// out, was cancelled or replaced.

import { diamond, some } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { ProviderError } from '../src/provider/error.js'

export default scenario(
  'a row that is held when a new update arms it goes on, however the old work ends',
  async (stage) => {
    const ends = [
      { ...kindFate, latency: 3 },
      { ...kindFate, latency: 3, failure: { when: 'before' as const, error: new ProviderError('fatal', 'no') } },
      { ...kindFate, latency: 3, failure: { when: 'after' as const, error: new ProviderError('retry', 'perhaps') } },
      { ...kindFate, silent: true, heedsSignal: false },
    ]
    for (const [i, end] of ends.entries()) {
      const stack = `web${i}`
      stage.far.fate = () => end
      await stage.up(diamond, { stack })
      await stage.until('a call is under way', () => stage.far.calls.some((call) => call.verb === 'create'))
      stage.far.fate = undefined
      await stage.up({ ...diamond, A: some({ z: 'other' }) }, { stack })
      await stage.rest()
      stage.complete(stack)
      stage.far.calls.length = 0
    }
  },
)
