// A rollback that would take away something protected is not made; what is under way then is waited for all the same.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'a stack that cannot be rolled back comes to rest when all that it began has ended',
  async (stage) => {
    stage.far.fate = (call) => (call.name === 'D' ? { ...kindFate, latency: 12 } : undefined)
    const at = (v: string, isotherm: object) => ({
      C: { ...of('Sim::Plain'), isotherm },
      D: of('Sim::Plain'),
      E: of('Sim::Plain', { v }, 'C'),
    })
    await stage.up(at('poison', { protect: true }), { onFailure: 'rollback' })
    await stage.rest()
    stage.expect(`it was not rolled back, but ${stage.status()}`, stage.status() === 'CREATE_FAILED')
    stage.expect('it says why', stage.stack().reason.includes('not rolled back'))
    stage.expect('what was under way has ended', stage.current('D')?.status === 'COMPLETE')
    await stage.up(at('one', {}))
    await stage.rest()
    stage.complete()
  },
)
