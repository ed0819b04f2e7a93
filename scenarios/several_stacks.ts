// Stacks that share the engines, and nothing else.
import { diamond, replacing } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('several stacks go their ways side by side, each with its own commands', async (stage) => {
  await stage.up(diamond, { stack: 'one' })
  await stage.up(replacing('initial'), { stack: 'two' })
  await stage.steps(4)
  await stage.up(diamond, { stack: 'three' })
  await stage.delete('one')
  await stage.up(replacing('changed'), { stack: 'two' })
  await stage.rest()
  stage.complete('two')
  stage.complete('three')
  stage.expect('one is gone', stage.stack('one').deleted_at !== null)
})
