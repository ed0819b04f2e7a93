// The create that a deletion had to wait for is over, and the engine dies between the deletion and its answer.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { type Stage, scenario } from '../simulator/scenario.js'

export default scenario(
  'whoever takes over a deletion does not poll the create that was before it',
  async (stage) => {
    stage.far.weather = { ...stage.far.weather, pendingRate: 1 }
    stage.far.fate = () => kindFate
    await stage.up({ A: of('Sim::SlowToken') })
    await stage.until('it is being made', () => stage.things('A').length === 1)
    await replaceEngines(stage)
    await stage.delete()
    await stage.until('it is being deleted', () => stage.things('A').every(isGoing))
    await replaceEngines(stage)
    await stage.rest()
    stage.complete()
    stage.nothingLeft()
  },
  { exact: true },
)

const isGoing = ({ operation }: ReturnType<Stage['things']>[number]) => operation?.action === 'delete'

async function replaceEngines(stage: Stage): Promise<void> {
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
}
