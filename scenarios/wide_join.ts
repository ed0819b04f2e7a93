// B17: many that finish at once for one successor, and B16: many writers at once.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('a join of thirty predecessors is triggered once', async (stage) => {
  await stage.engine()
  await stage.engine()
  const names = Array.from({ length: 30 }, (_, i) => `N${i}`)
  const wide = Object.fromEntries(names.map((name) => [name, some()]))
  await stage.up({ ...wide, Join: some({ r: idOf('N0') }, ...names) })
  await stage.rest()
  stage.complete()
  const creates = stage.far.calls.filter(({ verb, name }) => verb === 'create' && name === 'Join')
  stage.expect('the join was created once', stage.variation !== 0 || creates.length === 1)
})
