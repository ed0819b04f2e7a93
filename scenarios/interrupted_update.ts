// The guard "union": an update that failed may or may not have moved a resource from its old requirement to its new one,
// so both must outlive it.

import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'
import { ProviderError } from '../src/provider/error.js'

export default scenario(
  'what an interrupted update used before and what it was to use both live until it is over',
  async (stage) => {
    const pair = (z: string) => ({ A: of('Sim::Plain', { z }), C: of('Sim::Plain', { r: idOf('A') }) })
    await stage.up(pair('one'))
    await stage.rest()
    stage.far.fate = (call, verb) => {
      if (call.name !== 'C') return undefined
      if (verb === 'update')
        return { ...kindFate, failure: { when: 'before', error: new ProviderError('fatal', 'no') } }
      return verb === 'delete' ? { ...kindFate, latency: 10 } : undefined
    }
    await stage.up(pair('two'))
    await stage.rest()
    stage.expect('the update of C has failed', stage.stack().status === 'FAILED')
    await stage.up(pair('two'))
    await stage.rest()
    stage.complete()
  },
)
