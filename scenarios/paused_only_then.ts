// What waits at a hook is told to people only when nothing else goes on, in the stack and in those that are nested in it.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a stack waits for people only when nothing in it goes on by itself', async (stage) => {
  const template = {
    A: of('Sim::Plain', { v: 'one' }),
    B: of('Sim::Slow', { v: 'one' }),
    N: { type: 'Sim::Pair', properties: { v: 'one' } },
  }
  // Each transaction is looked at: what displays are told is compared with the rows.
  await stage.up(template, { environment: { resource_registry: { resources: { A: { hooks: ['pre-create'] } } } } })
  await stage.until('it waits at its hook', () => stage.isHeld('A', 'pre-create'))
  await stage.until(
    'all else is there',
    () => stage.physical('B') !== null && stage.current('N')?.status === 'COMPLETE' && stage.physical('N') !== null,
  )
  await stage.clear('A', 'pre-create')
  await stage.rest()
  stage.complete()
})
