// A watched stack is tampered with, twice: once within the limit, once above it.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

const plain = (properties?: Parameters<typeof some>[0]) => ({ ...some(properties), type: 'Sim::Plain' })
const base = { A: plain(), B: plain({ r: idOf('A') }), C: plain({ v: 'c' }) }

export default scenario('a watch mends as much as its limit allows, and no more, without a person', async (stage) => {
  await stage.up(base)
  await stage.rest()
  const [a] = stage.things('A')
  const [c] = stage.things('C')
  if (a) stage.far.things.delete(a.id)
  if (c) c.properties = { ...c.properties, v: 'tampered' }
  await stage.look(1)
  await stage.until('rest', () => stage.simulation.atRest)
  stage.expect('above the limit the check fails', stage.status() === 'CHECK_FAILED')
  stage.expect('and nothing is made', stage.things('A').length === 0)
  await stage.look(2)
  await stage.rest()
  stage.expect('within it the stack is mended', stage.status() === 'UPDATE_COMPLETE')
  stage.expect('A is another thing', stage.things('A').length === 1 && stage.physical('A') !== a?.id)
  stage.expect('C is the same thing', stage.physical('C') === c?.id)
  await stage.look(2)
  await stage.rest()
  stage.expect('and nothing differs any more', stage.status() === 'CHECK_COMPLETE')
})
