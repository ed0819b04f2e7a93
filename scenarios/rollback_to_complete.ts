// W12 of the reference: a rollback must go to the last complete template, not to the last attempted one.
import { diamond, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('after two failed updates a rollback goes back to what was reached', async (stage) => {
  await stage.up(diamond)
  await stage.rest()
  for (const v of ['first', 'second']) {
    await stage.up({ ...diamond, A: some({ v }), X: some({ v: 'poison' }, 'A') })
    await stage.rest()
    stage.expect('it has failed', stage.stack().status === 'FAILED')
  }
  await stage.rollback()
  await stage.rest()
  stage.complete()
  stage.expect('A has no v', stage.things('A')[0]?.properties.v === undefined)
})
