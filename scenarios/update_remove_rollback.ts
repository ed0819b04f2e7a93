// A removal is taken back before it is done.
import { diamond, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'what was to be removed keeps its physical id when the removal is rolled back',
  async (stage) => {
    await stage.up(diamond)
    await stage.rest()
    const before = stage.physical('B')
    const { B: _, ...rest } = diamond
    await stage.up({ ...rest, C: some({ v: '4alpha' }, 'A') })
    await stage.steps(2)
    await stage.rollback()
    await stage.rest()
    stage.complete()
    const beganToGo = stage.far.calls.some(({ verb, name }) => verb === 'delete' && name === 'B')
    if (!beganToGo) stage.expect('B is the same thing as before', stage.physical('B') === before)
  },
)
