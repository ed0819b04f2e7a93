// A create failed after its effect, and the next template wants something else of the same version.

import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { ProviderError } from '../src/provider/error.js'

export default scenario('what an interrupted create made is brought to what is wanted now', async (stage) => {
  let failed = false
  stage.far.fate = (_call, verb) => {
    if (verb !== 'create' || failed) return undefined
    failed = true
    return { ...kindFate, failure: { when: 'after', error: new ProviderError('fatal', 'the answer was lost') } }
  }
  await stage.up({ A: of('Sim::Mended', { v: 'one' }) })
  await stage.rest()
  await stage.up({ A: of('Sim::Mended', { v: 'two' }) })
  await stage.rest()
  stage.complete()
  stage.expect('A is what is wanted', stage.things('A')[0]?.properties.v === 'two')
})
