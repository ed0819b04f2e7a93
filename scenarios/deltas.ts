// A change of one resource, given as a delta, while others change.
import { diamond, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('deltas given one after the other add up', async (stage) => {
  await stage.up(diamond)
  await stage.steps(3)
  await stage.patch({ F: some({ v: 'added' }) }, ['E'])
  await stage.steps(2)
  await stage.patch({ A: some({ v: 'changed' }) }, ['F'])
  await stage.rest()
  stage.complete()
  stage.expect('E and F are gone', stage.things('E').length + stage.things('F').length === 0)
  stage.expect('A has changed', stage.things('A')[0]?.properties.v === 'changed')
})
