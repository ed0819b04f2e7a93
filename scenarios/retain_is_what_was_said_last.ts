// What deletion_policy says counts from the command on, also for a version that the new traversal has not come by at.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('whether a thing is retained is what the newest template says of it', async (stage) => {
  stage.far.weather = { ...stage.far.weather, pendingRate: 1 }
  const plain = of('Sim::SlowToken')
  const parked = () => stage.simulation.rows.resources.some(({ state }) => state === 'parked')

  await stage.up({ A: { ...plain, retain: true } })
  await stage.until('the create is pending', parked)
  await stage.up({ A: plain })
  await stage.delete()
  await stage.rest()
  stage.complete()
  stage.nothingLeft()
  if (stage.simulation.retained.size > 0) throw new Error('it was retained, although the last template did not say so')

  await stage.up({ A: plain })
  await stage.until('the create is pending again', parked)
  await stage.up({ A: { ...plain, retain: true } })
  await stage.delete()
  await stage.rest()
  if (stage.things().length !== 1) throw new Error('it was deleted, although the last template retains it')
})
