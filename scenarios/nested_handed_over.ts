// What stands in nested stacks stays where it is when the stack around them is abandoned, and is taken over as it is, whoever dies
// on the way.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf, type SimTemplate } from '../simulator/templates.js'

const at = (v: string, count: number): SimTemplate => ({
  A: of('Sim::Plain', { v }),
  D: of('Sim::Deep', { v, r: idOf('A') }),
  G: of(GROUP, groupOf(count, v, { r: idOf('A') })),
  Z: of('Sim::Plain', { r: idOf('D'), a: attributeOf('D', 'v') }),
})

export default scenario('nested stacks are abandoned and adopted with all that they have', async (stage) => {
  const { far } = stage
  const isThere = () => JSON.stringify(stage.things().map(({ stack: _, ...thing }) => thing))
  const changes = () => far.calls.filter(({ verb }) => ['create', 'update', 'delete'].includes(verb)).length
  await stage.up(at('one', 2))
  await stage.rest()
  const [before, made] = [isThere(), changes()]
  const nested = () =>
    stage.simulation.rows.stacks
      .flatMap(({ parent_id, deleted_at, uid }) => (parent_id !== null && deleted_at === null ? uid : []))
      .sort()
      .join()
  const uids = nested()

  await stage.abandon()
  await stage.restDespite(3)
  stage.expect('the stack is gone', stage.stack().deleted_at !== null && nested() === '')
  stage.expect('all is there as it was', isThere() === before)
  await stage.adopt()
  await stage.restDespite(5)
  stage.expect(`it was taken over, but ${stage.status()}`, stage.status() === 'ADOPT_COMPLETE')
  stage.expect('nothing was made, changed or deleted', isThere() === before && changes() === made)
  stage.expect('nested stacks have the ids that they had', nested() === uids)

  // Taken over otherwise than it was, by another stack, which is changed before it comes to an end.
  await stage.abandon()
  await stage.rest()
  await stage.adopt('net', at('two', 3))
  await stage.steps(8)
  await stage.up(at('three', 1), { stack: 'net' })
  await stage.restDespite(2)
  stage.complete('net')
  await stage.delete('net')
  await stage.restDespite(2)
  const left = stage.things().filter(({ token }) => !stage.simulation.retained.has(token))
  stage.expect('nothing is left that anybody manages', left.length === 0)
})
