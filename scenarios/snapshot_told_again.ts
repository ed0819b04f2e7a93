// What a snapshot keeps is told at the end of an operation, and the answer is lost: asked once more, the type tells it once more.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('what a snapshot keeps outlives an answer that never comes', async (stage) => {
  stage.far.weather.pendingRate = 1
  await stage.up({ A: of('Sim::Slow', { v: 'one' }) })
  await stage.rest()
  let polls = 0
  stage.far.fate = (_, verb) => (verb === 'poll' ? { ...kindFate, silent: [2, 3].includes(++polls) } : undefined)
  await stage.snapshot()
  await stage.rest()
  stage.expect(`an answer was lost and asked for again, polls: ${polls}`, polls > 3)
  stage.far.fate = undefined
  await stage.up({ A: of('Sim::Slow', { v: 'two' }) })
  await stage.rest()
  await stage.restore()
  await stage.rest()
  stage.complete()
  stage.expect('it is what it was', stage.things('A')[0]?.properties.v === 'one')
})
