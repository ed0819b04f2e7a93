// A replacement cannot be made, and the template goes back to the thing that is there: what was left to others of it stays so.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { ProviderError } from '../src/provider/error.js'

export default scenario('what is left to others stays so when an earlier version is taken back', async (stage) => {
  const leaving = { isotherm: { ignoreChanges: ['v'] } }
  await stage.up({ A: { ...of('Sim::Plain', { v: 'one', z: 'z0' }), ...leaving } })
  await stage.rest()
  stage.far.fate = (_, verb) =>
    verb === 'create'
      ? { ...kindFate, failure: { when: 'before', error: new ProviderError('fatal', 'no') } }
      : undefined
  await stage.up({ A: { ...of('Sim::Plain', { v: 'one', z: 'z1' }), ...leaving } })
  await stage.rest()
  stage.far.fate = undefined
  stage.expect('the replacement could not be made', stage.status() === 'UPDATE_FAILED')
  await stage.up({ A: { ...of('Sim::Plain', { v: 'two', z: 'z0' }), ...leaving } })
  await stage.rest()
  stage.complete()
  stage.expect('it is as it was made', stage.things('A')[0]?.properties.v === 'one')
})
