// The turns of one stack fail, for a reason that nobody thought of: no other stack waits for it, and it goes on when that is over.
import { diamond, replacing } from '../simulator/bases.js'
import type { PoisonKind } from '../simulator/poison.js'
import { scenario } from '../simulator/scenario.js'

const inTurn: readonly PoisonKind[] = ['settle', 'settle some', 'claim', 'advance', 'tell', 'everything']

export default scenario(
  'a stack whose turns fail holds up nobody else, and mended it goes on by itself',
  async (stage) => {
    await stage.up(diamond)
    await stage.up(diamond, { stack: 'other' })
    await stage.rest()
    for (const kind of inTurn) {
      await stage.up(replacing(kind))
      await stage.poison(kind)
      await stage.up(replacing(kind), { stack: 'other' })
      await stage.othersRest()
      stage.complete('other')
      await stage.mend()
      await stage.rest()
      stage.complete()
    }
  },
)
