// An operation is being cancelled, the engine dies before it can note so, and the same is wanted again.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'what somebody has begun to cancel is not taken for done when it is wanted again',
  async (stage) => {
    const at = (v: string) => ({ A: of('Sim::SlowMended', { v }) })
    const isPending = () => stage.things('A').some(({ operation }) => operation?.action === 'update')
    stage.far.fate = () => kindFate
    await stage.up(at('one'))
    await stage.rest()
    stage.far.weather = { ...stage.far.weather, pendingRate: 1 }
    await stage.up(at('two'))
    await stage.until('it is being changed', () => isPending() && stage.current('A')?.state === 'parked')
    await stage.up(at('three'))
    await stage.until('it is cancelled out there', () => !isPending())
    for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
    await stage.up(at('two'))
    await stage.engine()
    await stage.rest()
    stage.complete()
    stage.expect(
      'it is what was wanted',
      stage.things('A').every(({ properties }) => properties.v === 'two'),
    )
  },
  { exact: true },
)
