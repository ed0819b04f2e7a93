// Two projects have stacks of the same name: what is done for one changes nothing of the other.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('stacks of the same name in two projects have nothing to do with each other', async (stage) => {
  await stage.up({ A: some({ v: 'ours' }), N: { type: 'Sim::Pair', properties: { v: 'ours' } } })
  stage.project = 'other'
  await stage.up({ A: some({ v: 'theirs' }), B: some({ r: idOf('A') }) })
  await stage.restDespite(1)
  stage.complete()
  stage.expect(
    'theirs is as they said',
    stage.things('A').some(({ properties }) => properties.v === 'theirs'),
  )
  await stage.delete()
  stage.project = undefined
  await stage.suspend()
  await stage.rest()
  stage.complete()
  stage.expect('ours is there', stage.things('A').length === 1 && stage.things('A')[0]?.properties.v === 'ours')
})
