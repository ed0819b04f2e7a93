// A change that forces a replacement, then an addition, then the end.
import { replacing, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('C is replaced, and those that use it move before the old one goes', async (stage) => {
  await stage.up(replacing('initial'))
  await stage.rest()
  const before = stage.physical('C')
  await stage.up(replacing('changed'))
  await stage.steps(30)
  await stage.up({ ...replacing('changed'), F: some({ r: idOf('D') }, 'E') })
  await stage.rest()
  stage.complete()
  stage.expect('C is another thing', stage.physical('C') !== before)
  stage.expect('the old C is gone', !stage.things('C').some(({ id }) => id === before))
})
