// The user replaces a resource by renaming it, while what it depends on changes.
import { replacing, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf } from '../simulator/templates.js'

export default scenario('a renamed resource is a new one, and the old one goes', async (stage) => {
  await stage.up(replacing('initial'))
  await stage.rest()
  const { C: _, ...rest } = replacing('changed')
  const newC = some({ z: attributeOf('A', 'v') }, 'B')
  await stage.up({ ...rest, newC, D: some({ r: idOf('newC') }), E: some({ a: attributeOf('newC', 'z') }) })
  await stage.steps(10)
  await stage.rest()
  stage.complete()
  stage.expect('the old C is gone', stage.things('C').length === 0)
})
