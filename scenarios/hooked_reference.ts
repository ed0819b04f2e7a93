// A hook holds what is only referred to as it holds what is made: nobody goes on with it before it is cleared.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('a resource that only refers to something waits at its hook like any other', async (stage) => {
  const theirs = stage.far.referred('Sim::Plain', { v: 'theirs' })
  const template = { T: { type: 'Sim::Plain', properties: {}, externalId: theirs.id }, A: some({ r: idOf('T') }) }
  await stage.up(template, { environment: { resource_registry: { resources: { T: { hooks: ['pre-create'] } } } } })
  await stage.until('it waits at its hook', () => stage.isHeld('T', 'pre-create'))
  await stage.steps(3)
  stage.expect('it refers to nothing yet', stage.physical('T') === null && stage.things('A').length === 0)
  await stage.clear('T', 'pre-create')
  await stage.restDespite(1)
  stage.complete()
  stage.expect('it refers to what it is to refer to', stage.physical('T') === theirs.id)
})
