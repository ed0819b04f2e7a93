// An update that looks at reality first says what is retained before it plans anything; so does the return to a snapshot.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'what is to be retained is, though its template is superseded while it looks',
  async (stage) => {
    const is = (retain: boolean) => ({ A: { ...some(), retain } })
    await stage.up(is(false))
    await stage.rest()
    await stage.up(is(true), { looksFirst: true })
    await stage.delete()
    await stage.rest()
    stage.complete()
    stage.expect('it stays in the world', stage.things('A').length === 1)
  },
)
