// What a stack takes over, or has taken over, is no other's: `adopt` of a second stack is refused, also while the first has not come to it.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('of two stacks that would take over the same thing, the second is refused', async (stage) => {
  const { id } = stage.far.foreign('Sim::Plain', { v: '1' })
  const isThere = (name: string) =>
    stage.simulation.rows.stacks.some((stack) => stack.name === name && stack.deleted_at === null)
  const taking = (v: string) => ({ ...of('Sim::Plain', { v }), isotherm: { adopt: id } })
  await stage.up({ A: taking('one') })
  await stage.up({ B: taking('two') }, { stack: 'other' })
  stage.expect('it is promised to the first', isThere('web') && !isThere('other'))
  // Nobody wants it there any more, but it may be taken over at this very moment.
  await stage.steps(2)
  await stage.up({ C: of('Sim::Plain', { v: 'three' }), D: taking('four') })
  await stage.rest()
  stage.complete()
  await stage.up({ A: taking('one'), C: of('Sim::Plain') })
  await stage.rest()
  if (stage.far.things.has(id)) {
    stage.complete()
    await stage.up({ B: taking('two') }, { stack: 'other' })
    stage.expect('it belongs to the first', !isThere('other'))
  }
})
