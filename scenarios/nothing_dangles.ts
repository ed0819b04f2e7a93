// B11: what failed traversals left behind piled up.
import { diamond, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('after many failed and superseded commands a delete leaves no rows', async (stage) => {
  for (let i = 0; i < 4; i++) {
    await stage.up(
      { ...diamond, A: some({ v: `v${i}` }), X: some({ v: 'poison' }, 'B') },
      { onFailure: i % 2 ? 'rollback' : 'stop' },
    )
    await stage.steps(5)
  }
  await stage.delete()
  await stage.rest()
  stage.nothingLeft()
  stage.expect('no definition is left', stage.simulation.rows.definitions.length === 0)
  stage.expect('no data is left', stage.simulation.rows.data.length === 0)
})
