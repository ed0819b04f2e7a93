// What a check has found, or a person has said, is owed until it is mended: other visits come by in between.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

const base = {
  A: of('Sim::Plain', { v: 'a' }),
  B: of('Sim::Plain', { v: 'b', r: idOf('A') }),
  C: of('Sim::Plain', { v: 'c' }),
  G: of(GROUP, groupOf(2, 'g', { r: idOf('A') })),
}

export default scenario('what is amiss is mended, whatever visits came by since it was found', async (stage) => {
  await stage.up(base)
  await stage.rest()
  const [a, b, c, member] = ['A', 'B', 'C', '1'].map((name) => stage.things(name)[0])
  await stage.suspend()
  await stage.rest()
  if (a) stage.far.things.delete(a.id)
  for (const thing of [b, member]) if (thing) thing.properties = { ...thing.properties, v: 'tampered' }
  await stage.check()
  await stage.rest()
  await stage.mark(2)
  await stage.snapshot()
  await stage.rest()
  await stage.suspend()
  await stage.steps(3)
  await stage.snapshot()
  await stage.rest()
  for (const name of ['A', 'B', 'C', 'G']) {
    const row = stage.current(name)
    stage.expect(`${name} is CHECK_FAILED still`, `${row?.action}_${row?.status}` === 'CHECK_FAILED')
  }
  await stage.up(base)
  await stage.rest()
  stage.complete()
  stage.expect('A is another thing', stage.physical('A') !== a?.id)
  stage.expect('B is the same thing', stage.physical('B') === b?.id)
  stage.expect('C is another thing', stage.physical('C') !== c?.id)
  stage.expect('the member is the same thing', stage.things('1')[0]?.id === member?.id)
})
