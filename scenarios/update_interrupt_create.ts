// An update changes what has not been created yet. Also B5: a create used the old template's definition.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('a version that was never created takes the newest definition', async (stage) => {
  const chain = (v: string) => ({
    A: some(),
    B: some({ r: idOf('A') }),
    C: some({ v, r: idOf('B') }),
    D: some({ v, r: idOf('C') }),
  })
  await stage.up(chain('old'))
  await stage.steps(1)
  await stage.up(chain('new'))
  await stage.rest()
  stage.complete()
  stage.expect('C is as the update says', stage.things('C')[0]?.properties.v === 'new')
})
