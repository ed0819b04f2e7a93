// A version that may have made something takes nothing over that others made, and one that was to take over something else may make
// something itself: whatever was made is known to some row, or found through its token.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'what was made is not forgotten for what is taken over, nor the other way round',
  async (stage) => {
    const theirs = stage.far.foreign('Sim::MendedFar', { v: 'one' })
    const lost = (name: string) => {
      stage.far.fate = (call, verb) =>
        verb === 'create' && call.name === name ? { ...kindFate, silent: true } : undefined
    }
    lost('A')
    await stage.up({ A: of('Sim::MendedFar', { v: 'one' }) })
    await stage.until('A is there, and nobody is told', () => stage.things('A').length === 1)
    const own = stage.things('A')[0]?.id ?? ''
    stage.far.fate = undefined
    await stage.up({ A: { ...of('Sim::MendedFar', { v: 'one' }), isotherm: { adopt: theirs.id } } })
    await stage.killAll()
    await stage.rest()
    stage.complete()
    stage.expect('A is what others made', stage.physical('A') === theirs.id)
    stage.expect('what it had made itself is gone', !stage.far.things.has(own))

    await stage.up({ B: { ...of('Sim::MendedToken', { v: 'one' }), isotherm: { adopt: 'p0' } } })
    await stage.rest()
    stage.expect('there is nothing to be taken over', stage.stack().status === 'FAILED')
    lost('B')
    await stage.up({ B: of('Sim::MendedToken', { v: 'one' }) })
    await stage.until('B is there, and nobody is told', () => stage.things('B').length === 1)
    stage.far.fate = undefined
    await stage.up({})
    await stage.killAll()
    await stage.rest()
    stage.complete()
    stage.nothingLeft()
  },
)
