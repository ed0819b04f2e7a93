// A pending create is deleted: what the operation makes must go as well.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a create that is pending when its stack is deleted leaves nothing', async (stage) => {
  stage.far.weather = { ...stage.far.weather, pendingRate: 1 }
  await stage.up({ A: of('Sim::SlowToken'), B: of('Sim::Slow') })
  await stage.until('something is parked', () =>
    stage.simulation.rows.resources.some(({ state }) => state === 'parked'),
  )
  await stage.delete()
  await stage.rest()
  stage.complete()
  stage.nothingLeft()
})
