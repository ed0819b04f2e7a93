// B13: a client saw the previous state right after its command.
import { diamond, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('when a command returns, the stack says what it is doing', async (stage) => {
  await stage.up(diamond)
  await stage.rest()
  await stage.up({ ...diamond, A: some({ v: 'new' }) })
  stage.expect('the update shows', stage.stack().action === 'UPDATE' && stage.stack().traversal === 2)
  await stage.delete()
  stage.expect('the delete shows', stage.stack().action === 'DELETE' && stage.stack().traversal === 3)
})
