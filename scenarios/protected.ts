// `protect`: no command takes the thing away once it is made, in whatever state the stack is, until the protection is taken back.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('what is protected stays until it is protected no more', async (stage) => {
  const safe = { ...some({ z: 'one' }), isotherm: { protect: true as const } }
  await stage.up({ A: safe, B: some() })
  await stage.rest()
  await stage.delete()
  await stage.rest()
  stage.complete()
  const before = stage.physical('A')
  await stage.up({ B: some() })
  await stage.delete()
  await stage.up({ A: { ...safe, properties: { z: 'two' } }, B: some({ v: 'two' }) })
  await stage.rest()
  stage.expect('it would have been replaced', stage.stack().status === 'FAILED')
  stage.expect('it is there', before !== null && stage.things('A').some(({ id }) => id === before))
  await stage.up({ A: some({ z: 'one' }), B: some() })
  await stage.up({ B: some() })
  await stage.rest()
  stage.complete()
  stage.expect('it is gone', stage.things('A').length === 0)
})
