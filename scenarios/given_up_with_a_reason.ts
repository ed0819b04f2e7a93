// No engine can go on with a stack, and nothing is under way in it: it does not stay in progress for ever, but fails with a reason
// that its user can read, is not rolled back by the very engines that could not go on, and takes the next command.
import { diamond, of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

const plain = (v: string) => ({ A: of('Sim::Plain', { v }), B: of('Sim::Plain', { a: attributeOf('A', 'v') }) })

export default scenario('a stack that no engine can go on with is given up in the end, and says why', async (stage) => {
  stage.far.weather.pendingRate = 0
  await stage.up(plain('one'))
  await stage.up(diamond, { stack: 'other' })
  await stage.rest()
  const before = stage.physical('A')
  await stage.poison('claim')
  await stage.up(plain('two'), { onFailure: 'rollback' })
  await stage.until('web is given up', () => stage.stack().status !== 'IN_PROGRESS')
  stage.expect('it is an update that failed', stage.status() === 'UPDATE_FAILED')
  stage.expect(`it says why: ${stage.stack().reason}`, stage.stack().reason.includes('could not go on: poisoned'))
  stage.expect('nothing was done to it', stage.physical('A') === before)
  stage.expect('the other is as it was', stage.status('other') === 'CREATE_COMPLETE')
  await stage.mend()
  await stage.up(plain('two'))
  await stage.rest()
  stage.complete()
})
