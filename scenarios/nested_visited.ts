// What a stack is asked, everything nested in it is asked, however deep.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf } from '../simulator/templates.js'
import { canRest } from '../simulator/types.js'

const base = {
  A: of('Sim::Plain', { v: 'a' }),
  D: of('Sim::Deep', { v: 'd', r: idOf('A') }),
  G: of(GROUP, groupOf(3, 'g', { r: idOf('A') })),
  Z: of('Sim::Plain', { a: attributeOf('D', 'v') }),
}

export default scenario('suspend, resume and check reach what is nested, and drift in it is mended', async (stage) => {
  const resting = () => stage.things().filter(({ suspended }) => suspended).length
  await stage.up(base)
  await stage.rest()
  stage.complete()
  await stage.suspend()
  await stage.steps(20)
  await stage.rest()
  stage.expect('all rests that can', resting() === stage.things().filter(({ type }) => canRest(type)).length)
  await stage.resume()
  await stage.steps(20)
  await stage.rest()
  stage.expect('nothing rests', resting() === 0)
  const [member] = stage.things('1')
  const [deep] = stage.things('one')
  if (member) member.properties = { ...member.properties, v: 'tampered' }
  if (deep) stage.far.things.delete(deep.id)
  await stage.check()
  await stage.steps(12)
  await stage.rest()
  stage.expect('the check fails', stage.status() === 'CHECK_FAILED')
  for (const name of ['D', 'G']) {
    const row = stage.current(name)
    stage.expect(`${name} is CHECK_FAILED`, `${row?.action}_${row?.status}` === 'CHECK_FAILED')
  }
  await stage.up(base)
  await stage.rest()
  stage.complete()
  stage.expect('the member is the same thing', stage.things('1')[0]?.id === member?.id)
})
