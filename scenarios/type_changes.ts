// B19: a resource changes its type, and its old version is deleted as what it was.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('a change of type is a replacement, each version keeps its own type', async (stage) => {
  await stage.up({ A: of('Sim::Plain', { v: 'one' }), B: of('Sim::Plain', { r: idOf('A') }) })
  await stage.rest()
  await stage.up({ A: of('Sim::Token', { v: 'one' }), B: of('Sim::Plain', { r: idOf('A') }) })
  await stage.steps(6)
  await stage.up({ A: of('Sim::Mended', { v: 'one' }), B: of('Sim::Fixed', { r: idOf('A') }) })
  await stage.rest()
  stage.complete()
})
