// What is only referred to stays as others made it: it is not suspended with the stack, and not deleted with it.
import { of, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

export default scenario('what a resource only refers to is left alone by every action of its stack', async (stage) => {
  const theirs = stage.far.referred('Sim::Plain', { v: 'theirs' })
  const template = { T: { type: 'Sim::Plain', properties: {}, externalId: theirs.id }, A: some({ r: idOf('T') }) }
  await stage.up(template)
  await stage.rest()
  stage.expect('the resource is the thing of the others', stage.physical('T') === theirs.id)
  await stage.suspend()
  await stage.rest()
  stage.complete()
  await stage.resume()
  await stage.rest()
  await stage.check()
  await stage.rest()
  stage.complete()
  // It never becomes the stack's own: that is refused.
  await stage.up({ T: of('Sim::Plain', { v: 'ours' }), A: some({ r: idOf('T') }) })
  await stage.rest()
  stage.expect('it is as others made it', stage.far.things.get(theirs.id)?.properties.v === 'theirs')
  await stage.up({ A: some() })
  await stage.rest()
  stage.expect('it is there when nobody refers to it any more', stage.far.things.has(theirs.id))
})
