// Whoever has an attribute of another requires that one only. Where that one goes first, what the attribute named may go before
// whoever was told of it.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf, type SimTemplate, type Wanted } from '../simulator/templates.js'

const NAMES = ['C', 'E', 'F', 'G', 'H']

const users = (properties: Wanted['properties']): SimTemplate =>
  Object.fromEntries(NAMES.map((name) => [name, of('Sim::Plain', properties)]))

export default scenario('what others have told of may go before whoever was told', async (stage) => {
  // One that makes way for its replacement, and one that is replaced inside a nested stack.
  for (const one of [
    { ...of('Sim::Plain', {}), isotherm: { replacement: 'delete_first' as const } },
    of('Sim::Pair', {}),
  ]) {
    const told = { ...one, properties: { z: idOf('D') } }
    await stage.up({ D: of('Sim::Plain', { v: 'one' }), A: told, ...users({ a: attributeOf('A', 'z') }) })
    await stage.rest()
    await stage.up({ A: { ...one, properties: { z: 'z1' } }, ...users({ z: 'z1' }) })
    await stage.rest()
    stage.complete()
    await stage.delete()
    await stage.rest()
  }
})
