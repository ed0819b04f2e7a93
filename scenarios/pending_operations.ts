// Operations that take long are parked, polled by any engine, and survive the one that began them.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('pending operations are carried on by whoever is alive', async (stage) => {
  stage.far.weather = { ...stage.far.weather, pendingRate: 1 }
  const slow = (v: string) => ({
    A: of('Sim::Slow', { v }),
    B: of('Sim::SlowToken', { v, r: idOf('A') }),
    C: of('Sim::SlowMended', { r: idOf('B'), v }),
  })
  await stage.up(slow('one'))
  await stage.until('something is parked', () =>
    stage.simulation.rows.resources.some(({ state }) => state === 'parked'),
  )
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
  await stage.rest()
  stage.complete()
  await stage.up(slow('two'))
  await stage.steps(4)
  await stage.up(slow('three'))
  await stage.rest()
  stage.complete()
})
