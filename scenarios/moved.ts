// `moved_from`: a thing keeps its identity under a new name, also while it is being changed, and comes back with a rollback.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('what has moved is the same thing under another name', async (stage) => {
  await stage.up({ A: some({ v: 'one' }), C: some({ r: idOf('A') }) })
  await stage.rest()
  const before = stage.physical('A')
  const moved = { ...some({ v: 'one' }), isotherm: { movedFrom: 'A' } }
  await stage.up({ B: moved, C: some({ r: idOf('B') }) })
  await stage.steps(2)
  await stage.up({ B: moved, C: some({ r: idOf('B'), v: 'changed' }) })
  await stage.rest()
  stage.complete()
  stage.expect('B is what A was', before !== null && stage.physical('B') === before)
  await stage.up({ B: moved, C: some({ r: idOf('B') }), X: some({ v: 'poison' }, 'C') }, { onFailure: 'rollback' })
  await stage.rest()
  stage.expect('B stays', stage.physical('B') === before)
})
