// Whoever abandons a stack may think better of it: the template that comes says again what goes and what stays, inside as well.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import type { SimTemplate } from '../simulator/templates.js'

const base: SimTemplate = {
  A: of('Sim::Plain', { v: 'one' }),
  D: of('Sim::Deep', { v: 'one' }),
  G: of(GROUP, groupOf(2, 'one')),
}

export default scenario('what was abandoned and is wanted again goes with its stack', async (stage) => {
  await stage.up(base)
  await stage.rest()
  stage.complete()
  await stage.abandon()
  await stage.up(base)
  await stage.rest()
  stage.complete()
  await stage.delete()
  await stage.rest()
  const left = stage.things().filter(({ token }) => !stage.simulation.retained.has(token))
  stage.expect('nothing is left that anybody managed', left.length === 0)
})
