// Somebody takes one thing away and changes another.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

const base = { A: { ...some(), type: 'Sim::Plain' }, B: { ...some({ r: idOf('A'), v: 'b' }), type: 'Sim::Plain' } }

export default scenario('a check finds what is gone and what differs, and the next update mends it', async (stage) => {
  await stage.up(base)
  await stage.rest()
  const [a] = stage.things('A')
  const [b] = stage.things('B')
  if (a) stage.far.things.delete(a.id)
  if (b) b.properties = { ...b.properties, v: 'tampered' }
  await stage.check()
  await stage.rest()
  stage.expect('the check fails', stage.status() === 'CHECK_FAILED')
  await stage.up(base)
  await stage.rest()
  stage.complete()
  stage.expect('A is another thing', stage.physical('A') !== a?.id)
  stage.expect('B is the same thing', stage.physical('B') === b?.id)
})
