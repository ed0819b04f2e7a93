// `replacement: delete_first`: the old thing goes before the new one is made, and whoever falls in between, somebody goes on.
import { of, some } from '../simulator/bases.js'
import { kindFate } from '../simulator/far-side.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, type SimTemplate } from '../simulator/templates.js'
import { ProviderError } from '../src/provider/error.js'

const named = (z: string): SimTemplate => ({
  A: some(),
  B: { ...of('Sim::Plain', { z }, 'A'), isotherm: { replacement: 'delete_first' } },
  C: some({ a: attributeOf('B', 'z') }),
})

export default scenario('there are never two of what is deleted first', async (stage) => {
  const { simulation, far } = stage
  const replaceAll = async () => {
    for (const engine of [...simulation.engines]) await simulation.kill(engine)
    await stage.engine()
  }
  await stage.up(named('one'))
  await stage.rest()

  await stage.up(named('two'))
  await stage.until('the old B goes', () => stage.versions('B').some(({ action }) => action === 'DELETE'))
  await replaceAll()
  await stage.until('the old B is gone', () => stage.things('B').length === 0)
  await replaceAll()
  await stage.until('the new B is there', () => stage.things('B').length === 1)
  await stage.rest()
  stage.complete()

  // The new one cannot be made: the old one is made again from its definition.
  let refusals = 1
  far.fate = (call, verb) =>
    call.name === 'B' && verb === 'create' && refusals-- > 0
      ? { ...kindFate, failure: { when: 'before', error: new ProviderError('fatal', 'no') } }
      : undefined
  await stage.up(named('three'), { onFailure: 'rollback' })
  await stage.rest()
  stage.expect(`it was rolled back, but ${stage.status()}`, stage.status() === 'ROLLBACK_COMPLETE')
  stage.expect('B is as before', stage.things('B')[0]?.properties.z === 'two')

  // The old one does not go: nothing is made beside it.
  far.fate = (call, verb) =>
    call.name === 'B' && verb === 'delete'
      ? { ...kindFate, failure: { when: 'before', error: new ProviderError('fatal', 'no') } }
      : undefined
  await stage.up(named('four'))
  await stage.rest()
  stage.expect('it has failed', stage.stack().status === 'FAILED')
  stage.expect(
    'there is one B, the old one',
    stage
      .things('B')
      .map(({ properties }) => properties.z)
      .join() === 'two',
  )
  far.fate = undefined
  await stage.up(named('four'))
  await stage.rest()
  stage.complete()
})
