// A new template finds the nested stack at work for the old one: it is told at once, and not waited for.
import { of, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

export default scenario('an update supersedes what is under way inside', async (stage) => {
  const at = (v: string, z: string) => ({
    N: of('Sim::Deep', { v, z, a: v }),
    B: some({ a: attributeOf('N', 'v') }),
  })
  await stage.up(at('one', 'z1'))
  await stage.until('the innermost is under way', () => stage.far.calls.some(({ name }) => name === 'two'))
  await stage.up(at('two', 'z1'))
  await stage.steps(3)
  await stage.up(at('three', 'z2'))
  await stage.steps(6)
  await stage.up(at('two', 'z2'))
  await stage.rest()
  stage.complete()
  stage.expect('each name has one thing', stage.things().length === 5)
})
