// `deletion_policy: Snapshot`: to be kept takes longer than an engine needs to notice that nobody means the old version any more.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'

const kept = (z: string) => ({ A: { ...of('Sim::Plain', { z }), keep: true } })

export default scenario('what is kept before it is deleted is given the time for that', async (stage) => {
  stage.far.fate = (_, verb) => (verb === 'snapshot' ? { ...kindFate, latency: 15 } : undefined)
  await stage.up(kept('one'))
  await stage.rest()
  const before = stage.physical('A') ?? ''
  await stage.up(kept('two'))
  await stage.rest()
  stage.complete()
  stage.expect('the old one is gone, and was kept', !stage.far.things.has(before) && stage.far.kept.has(before))
  await stage.delete()
  await stage.rest()
  stage.nothingLeft()
})
