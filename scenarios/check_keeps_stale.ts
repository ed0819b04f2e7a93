// A check supersedes an update that had not come by everywhere.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

const pair = (v: string) => ({ A: some({ v }), B: some({ a: attributeOf('A', 'v') }) })

export default scenario('what a superseded update owed a visit is owed it still after a check', async (stage) => {
  await stage.up(pair('old'))
  await stage.rest()
  await stage.up(pair('new'))
  await stage.until('A has changed', () => stage.things('A')[0]?.properties.v === 'new')
  await stage.check()
  await stage.rest()
  await stage.up(pair('new'))
  await stage.rest()
  stage.complete()
})
