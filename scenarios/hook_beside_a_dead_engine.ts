// What an engine held that is no more will be handed on: until then, too, the stack does not wait for people alone (invariant 19).
import { of, some } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

const environment = { resource_registry: { resources: { A: { hooks: ['pre-create'] } } } }

export default scenario('a stack waits for people only when nobody has died over its rows', async (stage) => {
  stage.far.fate = (_, verb) => (verb === 'create' ? { ...kindFate, latency: 300 } : undefined)
  await stage.up({ A: some(), B: of('Sim::Plain') }, { environment })
  await stage.until('A is at its hook', () => stage.isHeld('A', 'pre-create'))
  await stage.until('B is being made', () => stage.far.calls.some(({ name }) => name === 'B'))
  stage.far.fate = undefined
  await stage.killAll()
  await stage.until('B is handed on and done', () => stage.physical('B') !== null)
  await stage.clear('A', 'pre-create')
  await stage.rest()
  stage.complete()
})
