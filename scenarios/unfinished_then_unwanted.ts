// A create is handed back, a visit waits for it to be taken up again, and then nobody wants it any more and all is cancelled.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'what was never finished, and is cancelled before anybody comes by it again, says that it was stopped',
  async (stage) => {
    stage.far.fate = () => ({ ...kindFate, silent: true })
    await stage.up({ A: of('Sim::Slow') })
    await stage.until('it is being made', () => stage.current('A')?.state === 'running')
    await stage.suspend()
    for (const engine of [...stage.simulation.engines]) await stage.simulation.stop(engine, 0)
    await stage.until('nobody is there', () => stage.simulation.engines.length === 0)
    stage.expect('it is handed back', stage.current('A')?.state === 'ready')
    await stage.up({ B: of('Sim::Slow') })
    await stage.cancel()
    stage.expect('it was cancelled', stage.status() === 'UPDATE_FAILED')
    stage.expect(
      'it says that it failed',
      stage.versions('A').every(({ status }) => status === 'FAILED'),
    )
    stage.far.fate = () => kindFate
    await stage.engine()
    await stage.delete()
    await stage.rest()
    stage.complete()
    stage.nothingLeft()
  },
  { exact: true },
)
