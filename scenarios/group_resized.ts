// A group grows and shrinks while it is still at work on what it was told before.
import { of, some } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

export default scenario('a group that grows and shrinks touches what comes and goes', async (stage) => {
  const sized = (count: number, v = 'v') => ({
    G: of(GROUP, groupOf(count, v)),
    B: some({ a: attributeOf('G', 'refs') }),
  })
  await stage.up(sized(2))
  await stage.rest()
  const before = ['0', '1'].map((name) => stage.things(name)[0]?.id)
  const calls = stage.far.calls.length
  await stage.up(sized(3))
  await stage.rest()
  const touched = new Set(stage.far.calls.slice(calls).map(({ name }) => name))
  stage.expect(`one member is made, but ${[...touched].join()}`, [...touched].sort().join() === '2,B')
  await stage.up(sized(5))
  await stage.steps(3)
  await stage.up(sized(1))
  await stage.steps(3)
  await stage.up(sized(2))
  await stage.rest()
  stage.complete()
  stage.expect('the first is the first', stage.things('0')[0]?.id === before[0])
  await stage.up(sized(2, 'w'))
  await stage.steps(2)
  await stage.up(sized(0, 'w'))
  await stage.rest()
  stage.complete()
})
