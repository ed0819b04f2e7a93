// B12: the old version of an unhealthy resource survived a rollback.
import { replacing, some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf } from '../simulator/templates.js'

export default scenario(
  'an unhealthy C is replaced, and the old one does not leak, though the update that failed never came by',
  async (stage) => {
    const template = (v: string, extra: string) => ({
      ...replacing('initial'),
      C: some({ v, z: attributeOf('A', 'v') }, 'X'),
      X: some({ v: extra }),
    })
    await stage.up(template('v1', 'fine'))
    await stage.rest()
    await stage.markNamed('C')
    await stage.up(template('v2', 'poison'), { onFailure: 'rollback' })
    await stage.rest()
    stage.complete()
    stage.expect('there is one C', stage.things('C').length === 1)
    stage.expect('it was rolled back', stage.status() === 'ROLLBACK_COMPLETE')
  },
)
