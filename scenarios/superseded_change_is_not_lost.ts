// B7 and the guard "stale": a change has come to A and is cancelled before it comes to B. By definition and status alone B
// looks finished.
import { some } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

export default scenario('a change that arrived only half is carried on by the next update', async (stage) => {
  const chain = (v: string) => ({ A: some({ v }), B: some({ a: attributeOf('A', 'v') }) })
  await stage.up(chain('one'))
  await stage.rest()
  stage.far.fate = (call) => (call.name === 'A' ? { ...kindFate, latency: 5, heedsSignal: false } : undefined)
  const sent = stage.far.calls.length
  await stage.up(chain('two'))
  await stage.until('the change of A is under way', () => stage.far.calls.length > sent)
  await stage.cancel()
  await stage.rest()
  stage.far.fate = undefined
  await stage.up(chain('two'))
  await stage.rest()
  stage.complete()
  stage.expect('B has heard of it', stage.things('B')[0]?.properties.a === 'two')
})
