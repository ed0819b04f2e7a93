// Something is protected while it is being made, and would be replaced: what is under way ends by that, and the history says so.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import type { SimTemplate } from '../simulator/templates.js'
import { ProviderError } from '../src/provider/error.js'

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F']

const at = (z: string, protect: boolean): SimTemplate =>
  Object.fromEntries(
    NAMES.map((name) => [name, { ...of('Sim::Slow', { z }), ...(protect && { isotherm: { protect } }) }]),
  )

export default scenario('what is refused while it is being made is told as what it was', async (stage) => {
  stage.far.weather.pendingRate = 1
  const failure = { when: 'before', error: new ProviderError('retry', 'not now') } as const
  stage.far.fate = (_, verb) => (verb === 'cancel' ? { ...kindFate, failure } : undefined)
  await stage.up(at('one', false))
  await stage.until('all are being made', () => NAMES.every((name) => stage.current(name)?.state === 'parked'))
  await stage.up(at('two', true))
  await stage.rest()
  stage.far.fate = undefined
  await stage.up(at('two', false))
  await stage.rest()
  stage.complete()
})
