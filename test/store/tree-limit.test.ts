// The last room of a tree with a limit, on a real PostgreSQL: two turns that would take it are open at the same moment.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringAbout } from '../../src/engine/nested/bring-about.js'
import type { FinishedWork, Work } from '../../src/engine/work.js'
import { completeProperties, groupTypes, heatTypes, TypeRegistry } from '../../src/provider/index.js'
import type { Database, Sql, Transaction } from '../../src/store/database.js'
import { countTree } from '../../src/store/nested-tree.js'
import { limitTree } from '../../src/store/stacks.js'
import { held, openWithStack } from './held.js'

const types = new TypeRegistry([...heatTypes, ...groupTypes])
let database: Database
let close: () => Promise<void>
let stackId = 0

beforeEach(async () => {
  const opened = await openWithStack()
  database = opened.database
  stackId = opened.stackId
  close = opened.close
})
afterEach(() => close())

/** A group of three, about to be made: in the template in force, and current. */
async function groupOfThree(id: number): Promise<Work> {
  const name = `group${id}`
  const token = randomUUID()
  await database.query(
    `insert into isotherm.resources (stack_id, id, name, type, token, current) values ($1, $2, $3, 'G', $4::uuid, true)`,
    [stackId, id, name, token],
  )
  await database.query(
    `insert into isotherm.definitions (stack_id, name, since, hash, requires, body) values ($1, $2, 1, $3::uuid, '{}', '{}')`,
    [stackId, name, randomUUID()],
  )
  const group = types.get('OS::Heat::ResourceGroup')
  if (!group) throw new Error('there are no groups')
  const properties = completeProperties(group, { count: 3, resource_def: { type: 'OS::Heat::None' } })
  return {
    ...{ stackId, id, name, token, fence: 1, traversal: 1, phase: 'update', stackUid: randomUUID(), stackName: 'web' },
    ...{ project: 'default', traceparent: null, type: 'OS::Heat::ResourceGroup', attempt: 1, requires: [] },
    task: { kind: 'create', wanted: properties, resume: false },
    intent: { properties, metadata: {}, definitionHash: randomUUID(), retain: false, requires: [] },
  }
}

const outcomesOf = (finished: readonly FinishedWork[]) =>
  finished.map(({ outcome }) =>
    outcome.kind === 'pending' ? outcome.handle : 'message' in outcome ? outcome.message : '',
  )

const bring = (work: Work) => async (sql: Transaction) => outcomesOf(await bringAbout(sql, types, [work]))
const limit = (sql: Sql, resourcesMax: number | null) => limitTree(sql, stackId, { resourcesMax })

test('of two turns that would take the last room of a tree at once, one comes by again and finds that it is taken', async () => {
  await limit(database, 6)
  const [one, other] = [await groupOfThree(1), await groupOfThree(2)]
  const first = held(database, bring(one))
  expect(await first.reached).toEqual([{}])
  expect(await database.transaction(bring(other))).toEqual([{ todo: true }])
  first.release()
  await first.ended
  const again: Work = { ...other, task: polled(other) }
  expect(await database.transaction(bring(again))).toEqual([
    'Maximum resources per stack exceeded: there would be 8 with all that is nested, and there may be 6',
  ])
  expect(await countTree(database, stackId)).toBe(5)
})

test('turns of a tree without a limit do not come by again', async () => {
  const [one, other] = [await groupOfThree(1), await groupOfThree(2)]
  const first = held(database, bring(one))
  expect(await first.reached).toEqual([{}])
  expect(await database.transaction(bring(other))).toEqual([{}])
  first.release()
  await first.ended
  expect(await countTree(database, stackId)).toBe(8)
})

const polled = ({ intent, token }: Work): Work['task'] => ({
  kind: 'poll',
  action: 'create',
  operation: {
    ...{ handle: { todo: true }, of: 'create', mend: false, physicalId: token, cancelReason: undefined },
    ...{ properties: intent?.properties ?? {}, attributes: {}, privateData: null },
  },
})
