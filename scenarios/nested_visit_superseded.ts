// A visit is under way inside, and other commands come.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

const at = (v: string) => ({
  D: of('Sim::Deep', { v, a: 'a' }),
  G: of(GROUP, groupOf(2, v)),
  Z: of('Sim::Slow', { a: attributeOf('D', 'v') }),
})

export default scenario('whatever comes during a visit of nested stacks ends it there as well', async (stage) => {
  const visiting = (action: string) => () =>
    stage.simulation.rows.stacks.some(
      (stack) => stack.parent_id !== null && stack.action === action && stack.status === 'IN_PROGRESS',
    )
  await stage.up(at('one'))
  await stage.rest()
  await stage.check()
  await stage.until('a nested stack is checked', visiting('CHECK'))
  await stage.up(at('one'))
  await stage.rest()
  stage.complete()
  await stage.suspend()
  await stage.until('a nested stack is suspended', visiting('SUSPEND'))
  await stage.steps(3)
  await stage.resume()
  await stage.steps(4)
  await stage.check()
  await stage.steps(2)
  await stage.up(at('two'))
  await stage.rest()
  stage.complete()
  stage.expect('nothing rests', !stage.things().some(({ suspended }) => suspended))
  await stage.suspend()
  await stage.until('a nested stack is suspended', visiting('SUSPEND'))
  await stage.cancel()
  await stage.rest()
  stage.expect('it was cancelled', stage.status() === 'SUSPEND_FAILED')
  await stage.check()
  await stage.until('a nested stack is checked', visiting('CHECK'))
  await stage.delete()
  await stage.rest()
  stage.nothingLeft()
})
