// `deletion_policy: Snapshot`: whoever dies, nothing is deleted that has not been kept.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

const kept = (v: string, z = 'one') => ({ ...some({ v, z }), keep: true })

export default scenario('what its policy says is kept before it is deleted, removed or replaced', async (stage) => {
  const seen = new Set<string>()
  const look = () => {
    // What was only half made when nobody wanted it any more holds nothing that could be kept.
    const whole = stage.versions('A').filter(({ status }) => status === 'COMPLETE')
    for (const { physical_id } of whole) if (physical_id !== null) seen.add(physical_id)
    const gone = [...seen].filter((id) => !stage.far.things.has(id))
    stage.expect(
      'what is gone was kept',
      gone.every((id) => stage.far.kept.has(id)),
    )
  }
  await stage.up({ A: kept('one'), B: some({ r: idOf('A') }) })
  await stage.rest()
  look()
  await stage.up({ A: kept('one', 'two'), B: some({ r: idOf('A') }) })
  await stage.steps(4)
  look()
  await stage.up({ A: kept('two', 'two'), B: some({ r: idOf('A') }) })
  await stage.rest()
  stage.complete()
  look()
  await stage.up({ B: some() })
  await stage.steps(3)
  look()
  await stage.up({ A: kept('three'), B: some() })
  await stage.rest()
  stage.complete()
  look()
  await stage.delete()
  await stage.rest()
  look()
  stage.nothingLeft()
})
