// One failure, three policies.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario(
  'a failure stops what depends on it; with continue, independent branches go on',
  async (stage) => {
    const template = {
      A: some({ v: 'poison' }),
      B: some({ r: idOf('A') }),
      C: some(),
      D: some({ r: idOf('C') }),
      E: some({ r: idOf('D') }),
    }
    await stage.up(template, { onFailure: 'continue' })
    await stage.rest()
    stage.expect('it failed', stage.status() === 'CREATE_FAILED')
    stage.expect(
      'C, D and E are there',
      ['C', 'D', 'E'].every((name) => stage.things(name).length === 1),
    )
    stage.expect('B is not', stage.things('B').length === 0)
    stage.expect('the reason names A', stage.stack().reason.includes('resources.A'))
  },
)
