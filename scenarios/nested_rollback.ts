// A failure beside the nested stack takes it back too, to the template that it had, whatever it is doing then.
import { of, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

export default scenario('a rollback brings the old template back inside', async (stage) => {
  const at = (v: string) => ({
    N: of('Sim::Pair', { v, z: 'z1' }),
    B: some({ a: attributeOf('N', 'v') }),
  })
  await stage.up(at('old'))
  await stage.rest()
  const before = stage.things().map(({ id }) => id)
  // An update that pends would be cancelled; so it would have failed, and what fails is replaced.
  const { weather } = stage.far
  stage.far.weather = { ...weather, pendingRate: 0 }
  await stage.up({ ...at('new'), X: some({ v: 'poison' }) }, { onFailure: 'rollback' })
  await stage.rest()
  stage.expect(`it was rolled back, but ${stage.status()}`, stage.status() === 'ROLLBACK_COMPLETE')
  stage.expect(
    'nothing was replaced',
    stage
      .things()
      .map(({ id }) => id)
      .join() === before.join(),
  )
  stage.far.weather = weather
  await stage.up(at('poison'), { onFailure: 'rollback' })
  await stage.rest()
  stage.expect(`a failure inside is one outside, but ${stage.status()}`, stage.status() === 'ROLLBACK_COMPLETE')
  stage.expect('the old values are there', stage.things('two')[0]?.properties.v === 'old')
})
