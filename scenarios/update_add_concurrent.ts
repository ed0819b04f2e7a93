// An update adds to a stack whose create still runs.
import { diamond, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('a resource is added while the rest is being created', async (stage) => {
  await stage.up(diamond)
  await stage.steps(2)
  await stage.up({ ...diamond, F: some({ r: idOf('D') }, 'E') })
  for (const name of 'ABCDEF') {
    await stage.until(`there is ${name}`, () => stage.things(name).length > 0)
  }
  await stage.rest()
  stage.complete()
  stage.expect(
    'nothing was ever replaced',
    [...'ABCDEF'].every((name) => stage.versions(name).length === 1),
  )
})
