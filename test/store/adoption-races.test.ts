// Two stacks that would take over the same thing at once, on a real PostgreSQL, in every way in which a stack can: the first is held
// before its commit, the second is seen to wait for it, and then is refused what the first has. Without the lock of `lockAdoptions`
// neither would see the other, and both would own the thing.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginAdoption, readNamed } from '../../src/api/adopt.js'
import { converge } from '../../src/engine/converge.js'
import { declareWhole } from '../../src/engine/declare/declare.js'
import { bringAbout } from '../../src/engine/nested/bring-about.js'
import type { Work } from '../../src/engine/work.js'
import type { JsonObject } from '../../src/lib/json.js'
import { completeProperties, defineType, groupTypes, TypeRegistry } from '../../src/provider/index.js'
import type { Database, Transaction } from '../../src/store/database.js'
import { Declaration } from '../../src/store/declaration.js'
import { lockStack, makeStack, readStack } from '../../src/store/stacks.js'
import { held, openWithStack, waitsBefore } from './held.js'

/** Never called: what is taken over is decided before anybody acts. */
const taken = defineType({
  name: 'Test::Taken',
  properties: { v: { type: 'string' } },
  create: async () => ({ physicalId: 'made' }),
  read: async () => null,
  delete: async () => undefined,
})
const types = new TypeRegistry([...groupTypes, taken])
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

const declared = (resources: JsonObject) =>
  declareWhole(
    { stack: 'any', template: { heat_template_version: '2018-08-31', resources } },
    types,
    { stackId: randomUUID(), stackName: 'any', projectId: 'default', updateId: '1' },
    undefined,
  )

const thing = { type: 'Test::Taken', properties: { v: '1' } }
const taking = { a: { ...thing, isotherm: { adopt: 'x' } } }

const changeTo = (action: 'CREATE' | 'UPDATE', resources: JsonObject) => {
  const { record: template, definitions } = declared(resources)
  const whole = { kind: 'whole', definitions: Declaration.of(definitions.values()) } as const
  return { action, onFailure: 'stop', timeoutSeconds: undefined, template, definitions: whole } as const
}

async function made(sql: Transaction, name: string) {
  const stack = await makeStack(sql, 'default', { uid: randomUUID(), name })
  if (!stack) throw new Error(`there is a stack ${name}`)
  return stack
}

/** What makes a stack of that name take `x` over, prepared: it is refused by throwing. */
type Taker = (name: string) => Promise<(sql: Transaction) => Promise<void>>

const takers: { readonly [way: string]: Taker } = {
  creation: async (name) => async (sql) => converge(sql, await made(sql, name), changeTo('CREATE', taking)),
  update: async (name) => {
    const { id } = await database.transaction(async (sql) => {
      const stack = await made(sql, name)
      await converge(sql, stack, changeTo('CREATE', {}))
      return stack
    })
    return async (sql) => {
      await lockStack(sql, id)
      await converge(sql, await readStack(sql, id), changeTo('UPDATE', taking))
    }
  },
  document: async (name) => async (sql) => {
    const document = { resources: { a: { type: 'Test::Taken', resource_id: 'x' } } }
    const adoption = { declared: declared({ a: thing }), resources: readNamed(document) }
    await beginAdoption(sql, await made(sql, name), adoption, randomUUID)
  },
  nested: async (name) => {
    const work = await workOn(name)
    return async (sql) => {
      const [finished] = await bringAbout(sql, types, [work])
      if (finished && 'message' in finished.outcome) throw new Error(finished.outcome.message)
      expect(finished?.outcome.kind).toBe('pending')
    }
  },
}

let lastId = 0

/** A nested stack, about to be made: in the template in force, and current. */
async function workOn(name: string): Promise<Work> {
  const [id, token] = [++lastId, randomUUID()]
  await database.query(
    `insert into isotherm.resources (stack_id, id, name, type, token, current) values ($1, $2, $3, 'OS::Heat::Stack', $4::uuid, true)`,
    [stackId, id, name, token],
  )
  await database.query(
    `insert into isotherm.definitions (stack_id, name, since, hash, requires, body) values ($1, $2, 1, $3::uuid, '{}', '{}')`,
    [stackId, name, randomUUID()],
  )
  const type = types.get('OS::Heat::Stack')
  if (!type) throw new Error('there are no nested stacks')
  const template = JSON.stringify({ heat_template_version: '2018-08-31', resources: taking })
  const properties = completeProperties(type, { template })
  return {
    ...{ stackId, id, name, token, fence: 1, traversal: 1, phase: 'update', stackUid: randomUUID(), stackName: 'web' },
    ...{ project: 'default', traceparent: null, type: 'OS::Heat::Stack', attempt: 1, requires: [] },
    task: { kind: 'create', wanted: properties, resume: false },
    intent: { properties, metadata: {}, definitionHash: randomUUID(), retain: false, requires: [] },
  }
}

const ways = Object.keys(takers)

test.each(ways.flatMap((first) => ways.map((second) => [first, second] as const)))(
  'by %s and by %s',
  async (firstWay, secondWay) => {
    const [take, takeToo] = [await takers[firstWay]?.('one'), await takers[secondWay]?.('two')]
    if (!take || !takeToo) throw new Error('nobody takes over')
    const first = held(database, take)
    await first.reached
    const second = database.transaction(takeToo)
    const told = second.then(
      () => 'it takes it as well',
      (error: Error) => error.message,
    )
    const waited = await waitsBefore(database, told)
    first.release()
    await first.ended
    expect(await told).toMatch(/x (belongs to|is to be taken over by) a in the stack (one|web-one-)/)
    expect(waited).toBe(true)
    const owners = await database.query(
      `select r.stack_id from isotherm.resources r where r.name = 'a'
         and exists (select from isotherm.definitions d where d.stack_id = r.stack_id and d.name = 'a')`,
    )
    expect(owners).toHaveLength(1)
  },
)
