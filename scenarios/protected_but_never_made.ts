// Protection is of things: what failed before it was made is in the way of no rollback.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'a first attempt is rolled back although what it did not come to make is protected',
  async (stage) => {
    const at = (v: string, isotherm: object) => ({
      D: of('Sim::Plain'),
      E: { ...of('Sim::Plain', { v }, 'D'), isotherm },
    })
    await stage.up(at('poison', { protect: true }), { onFailure: 'rollback' })
    await stage.rest()
    stage.expect(`it was rolled back, but ${stage.status()}`, stage.status() === 'ROLLBACK_COMPLETE')
    stage.nothingLeft()
    await stage.up(at('one', { protect: true }))
    await stage.rest()
    stage.complete()
    await stage.up(at('one', {}))
    await stage.rest()
  },
)
