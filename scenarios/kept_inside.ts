// A nested stack gives way to a thing that is kept before it is deleted: so is all that stood inside, each by itself.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario(
  'what stood in a nested stack is kept, each by itself, before the stack goes',
  async (stage) => {
    await stage.up({ N: { type: 'Sim::Deep', properties: { v: 'one' } } })
    await stage.rest()
    const inside = stage.things().map(({ id }) => id)
    stage.expect('there are four inside', inside.length === 4)
    // What is said of a name holds for whatever the name has had.
    await stage.up({ N: { ...of('Sim::Plain', { v: 'two' }), keep: true } })
    await stage.restDespite(1)
    stage.complete()
    stage.expect(
      'what was inside is gone, and was kept',
      inside.every((id) => !stage.far.things.has(id) && stage.far.kept.has(id)),
    )
    await stage.delete()
    await stage.rest()
    stage.nothingLeft()
  },
)
