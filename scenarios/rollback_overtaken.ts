// A rollback is overtaken by an update before it comes to C. Also B10: a stack stuck after rollback and update. The
// prototype trips over this in 46 of 1,000 interleavings.
import { replacing, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

export default scenario('an update overtakes a rollback that has not come to C yet', async (stage) => {
  const template = (a: string, b: string) => ({ ...replacing(a), C: some({ z: attributeOf('A', 'v'), v: b }, 'B') })
  await stage.up(template('initial', 'b1'))
  await stage.rest()
  await stage.up(template('changed', 'b1'))
  await stage.steps(3)
  await stage.rollback()
  await stage.steps(2)
  await stage.up(template('initial', 'b2'))
  await stage.rest()
  stage.complete()
  stage.expect('there is one C', stage.things('C').length === 1)
})
