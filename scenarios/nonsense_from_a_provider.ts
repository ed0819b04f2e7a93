// B3 and B18: an error that nobody expected, with a text that no column takes, must not stop the stack.
import { diamond } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('errors of any kind and length are recorded, and the stack comes to rest', async (stage) => {
  stage.far.fate = (_call, verb) =>
    verb === 'create'
      ? { ...kindFate, failure: { when: 'after', error: new TypeError(`\0 \ud800 ${'long '.repeat(5000)}`) } }
      : undefined
  await stage.up(diamond)
  await stage.rest()
  stage.expect('it has failed', stage.stack().status === 'FAILED')
  stage.far.fate = undefined
  await stage.up(diamond)
  await stage.rest()
  stage.complete()
})
