// B23: events were told twice.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('each action of each version begins once and ends once', async (stage) => {
  await stage.up(diamond)
  await stage.rest()
  const events = await stage.simulation.database.query<{ count: number }>(
    `select count(*)::int as count from isotherm.events where status = 'COMPLETE' and resource_id is not null
     group by resource_id, action having count(*) > 1`,
  )
  stage.expect('no completion is told twice', events.length === 0)
})
