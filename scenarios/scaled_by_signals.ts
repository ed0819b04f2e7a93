// A group is as many as it was told to be: whoever dies on the way, and whatever its template becomes meanwhile.
import { scenario } from '../simulator/scenario.js'
import { CREW, crewOf, POLICY } from '../simulator/signalled.js'
import { idOf, type SimTemplate } from '../simulator/templates.js'

const scaled = (v: string): SimTemplate => ({
  crew: { type: CREW, properties: crewOf(v) },
  up: {
    type: POLICY,
    properties: {
      auto_scaling_group_id: idOf('crew'),
      adjustment_type: 'change_in_capacity',
      scaling_adjustment: 1,
    },
  },
})

export default scenario('a group that was told to grow has grown, and stays so', async (stage) => {
  await stage.up(scaled('v0'))
  await stage.rest()
  stage.expect('there are two', members(stage.things()) === 2)
  stage.expect('the policy is heard', await stage.signal('up'))
  // While the group grows it takes no other signal, and a template may come.
  await stage.signal('up')
  await stage.steps(1)
  await stage.up(scaled('v1'))
  await stage.restDespite(1)
  stage.complete()
  stage.expect('there are three', members(stage.things()) === 3)
  stage.expect('the group is heard as well', await stage.signal('crew', { adjustment: -1 }))
  await stage.restDespite(1)
  stage.complete()
  stage.expect('there are two again', members(stage.things()) === 2)
})

const members = (things: readonly unknown[]): number => things.length
