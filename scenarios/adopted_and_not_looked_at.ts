// What is taken over is looked at, however often that fails, and whatever else is asked of it before.
import { of } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { type Stage, scenario } from '../simulator/scenario.js'
import type { SimTemplate } from '../simulator/templates.js'
import { ProviderError } from '../src/provider/error.js'

const at = (type: string, v: string): SimTemplate => ({ A: of(type, { v }) })

async function leave(stage: Stage, type: string): Promise<void> {
  await stage.up(at(type, 'one'))
  await stage.rest()
  await stage.up(at(type, 'two'))
  await stage.rest()
  await stage.abandon()
  await stage.rest()
}

export default scenario(
  'what is taken over is looked at before it is believed',
  async (stage) => {
    const failure = { when: 'before', error: new ProviderError('fatal', 'not now') } as const
    await leave(stage, 'Sim::Plain')
    stage.far.fate = (_, verb) => (verb === 'read' ? { ...kindFate, failure } : undefined)
    await stage.adopt('web', at('Sim::Plain', 'one'))
    await stage.rest()
    stage.expect(`nobody could look at it: ${stage.status()}`, stage.status() === 'ADOPT_FAILED')
    stage.far.fate = undefined
    await stage.up(at('Sim::Plain', 'one'))
    await stage.rest()
    stage.complete()
    await stage.delete()
    await stage.rest()
    // Asked for something else before, it is looked at all the same. This type's things are replaced unless nothing has changed.
    await leave(stage, 'Sim::Fixed')
    const id = stage.things('A')[0]?.id
    await stage.adopt('web', at('Sim::Fixed', 'two'))
    await stage.suspend()
    await stage.rest()
    await stage.up(at('Sim::Fixed', 'two'))
    await stage.rest()
    stage.complete()
    stage.expect('it is the same one', stage.physical('A') === id)
    await stage.delete()
    await stage.rest()
    // By the type that it has, or not at all.
    await leave(stage, 'Sim::Plain')
    await stage.adopt('web', at('Sim::Plain', 'two'))
    await stage.up(at('Sim::Slow', 'two'))
    await stage.rest()
    stage.complete()
  },
  { exact: true },
)
