// A new command supersedes what waits at a hook, like anything else; what was cleared for the old one is not for the new.
import { of, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

const hooked = (...hooks: string[]) => ({
  environment: { resource_registry: { resources: { A: { hooks } } } },
})

export default scenario('updates, a rollback and a deletion supersede what waits at a hook', async (stage) => {
  await stage.up({ A: of('Sim::Plain', { v: 'one' }), B: some({ r: idOf('A') }) })
  await stage.rest()
  const id = stage.physical('A')
  for (const v of ['two', 'three']) {
    await stage.up({ A: of('Sim::Plain', { v }), B: some({ r: idOf('A') }) }, hooked('pre-update'))
    await stage.until('A is at its hook', () => stage.isHeld('A', 'pre-update'))
    stage.expect('A is what it was', stage.things('A')[0]?.properties.v === 'one')
  }
  await stage.rollback()
  await stage.rest()
  stage.complete()
  for (const v of ['four', 'five']) {
    await stage.up({ A: of('Sim::Plain', { v }), B: some({ r: idOf('A') }) }, hooked('pre-update'))
    await stage.clear('A', 'pre-update')
    await stage.rest()
  }
  stage.complete()
  stage.expect('A is still the same', stage.physical('A') === id)
  await stage.up({ A: of('Sim::Plain', { v: 'six' }), B: some({ r: idOf('A') }) }, hooked('pre-update'))
  await stage.until('A is at its hook', () => stage.isHeld('A', 'pre-update'))
  await stage.up({ A: of('Sim::Plain', { v: 'six' }), B: some({ r: idOf('A') }) })
  await stage.rest()
  stage.complete()
  await stage.up({ A: of('Sim::Plain', { v: 'seven' }) }, hooked('pre-update'))
  await stage.until('A is at its hook', () => stage.isHeld('A', 'pre-update'))
  await stage.delete()
  await stage.rest()
  stage.nothingLeft()
})
