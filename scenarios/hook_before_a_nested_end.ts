// A nested stack is still being made when its deletion is asked for, and that waits at a hook: nobody polls what came before (invariant 11).
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

const environment = { resource_registry: { resources: { N: { hooks: ['pre-delete'] } } } }
const template = { N: { type: 'Sim::Deep', properties: { v: 'one' } }, A: some() }

export default scenario('what is being made inside may wait for its deletion, and be wanted again', async (stage) => {
  const isBeingMade = () => stage.current('N')?.state === 'parked'
  await stage.up(template, { environment })
  await stage.until('N is being made', isBeingMade)
  await stage.delete()
  await stage.until('N is to go, or is made already', () => stage.isHeld('N', 'pre-delete'))
  await stage.killAll()
  await stage.up({ ...template, A: some({ v: 'two' }) }, { environment })
  await stage.rest()
  stage.complete()
  await stage.up({ ...template, N: { type: 'Sim::Deep', properties: { v: 'two' } } }, { environment })
  await stage.delete()
  await stage.clear('N', 'pre-delete')
  await stage.restDespite(2)
  stage.nothingLeft()
})
