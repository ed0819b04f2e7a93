// The spine without the library around it: definitions written by hand, one engine, and a type whose things live in a Map.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { realWorld } from '../lib/world.js'
import { defineType } from '../provider/contract.js'
import { TypeRegistry } from '../provider/registry.js'
import { quietLogger } from '../provider/testing.js'
import type { Database } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { openDatabase } from '../store/open.js'
import { findStack, holdStack, makeStack, readStack, type StackAction } from '../store/stacks.js'
import type { StoredDefinition } from '../store/templates.js'
import { hashDefinition } from '../template/definition.js'
import { advance } from './advance.js'
import { converge, emptyTemplate } from './converge.js'
import { Engine } from './engine.js'

const LAYERS = 10
const RESOURCES = 100
const PER_LAYER = RESOURCES / LAYERS

const things = new Map<string, unknown>()
const Thing = defineType({
  name: 'Test::Thing',
  properties: { v: { type: 'any', onChange: 'update' } },
  attributes: { v: {} },
  recoverBy: 'token',
  create: async (call, { v }) => {
    things.set(call.token, v)
    return { physicalId: call.token, attributes: { v: v ?? null } }
  },
  update: async (_call, thing, { v }) => {
    things.set(thing.physicalId, v)
    return { attributes: { v: v ?? null } }
  },
  delete: async (_call, thing) => {
    things.delete(thing.physicalId)
  },
})

let database: Database
let engine: Engine
beforeEach(async () => {
  database = await openDatabase('memory:')
  const types = new TypeRegistry([Thing])
  engine = new Engine(database, {
    types,
    world: realWorld,
    log: quietLogger,
    slots: 100,
    silentSeconds: 10,
    idleSeconds: 0.5,
  })
  await engine.start()
})
afterEach(async () => {
  await engine.stop(1)
  await database.close()
})

/** Each thing repeats what one of the layer above says, so a change at the top reaches the bottom. */
function layered(top: number): Map<string, StoredDefinition> {
  const definitions = new Map<string, StoredDefinition>()
  for (let i = 0; i < RESOURCES; i++) {
    const above = `r${i - PER_LAYER}`
    const requires = i < PER_LAYER ? [] : [above]
    const v = i < PER_LAYER ? top : { $: ['get_attr', above, 'v'] }
    const body = { type: 'Test::Thing', properties: { v }, deletionPolicy: 'Delete' as const, metadata: {} }
    definitions.set(`r${i}`, { name: `r${i}`, requires, body, hash: hashDefinition({ ...body, requires }) })
  }
  return definitions
}

async function bring(action: StackAction, definitions: ReadonlyMap<string, StoredDefinition>) {
  const id = await database.transaction(async (sql) => {
    const known = await findStack(sql, 'default', 'web')
    const stack = await (known
      ? holdStack(sql, known.id)
      : makeStack(sql, 'default', { uid: randomUUID(), name: 'web' }))
    if (!stack) throw new Error('nobody else commands it')
    await converge(sql, stack, {
      action,
      onFailure: 'stop',
      timeoutSeconds: undefined,
      template: emptyTemplate,
      definitions: { kind: 'whole', definitions: Declaration.of(definitions.values()) },
    })
    await advance(sql, stack.id)
    return stack.id
  })
  engine.wake()
  for (;;) {
    const { status, action: said } = await readStack(database, id)
    if (status !== 'IN_PROGRESS') return `${said}_${status}`
    await realWorld.sleep(0.01)
  }
}

test('a layered stack is created, a change at its top reaches the bottom, and nothing of it stays', async () => {
  expect(await bring('CREATE', layered(1))).toBe('CREATE_COMPLETE')
  expect([...things.values()]).toEqual(Array.from({ length: RESOURCES }, () => 1))

  expect(await bring('UPDATE', layered(2))).toBe('UPDATE_COMPLETE')
  expect([...things.values()]).toEqual(Array.from({ length: RESOURCES }, () => 2))

  expect(await bring('DELETE', new Map())).toBe('DELETE_COMPLETE')
  expect(things.size).toBe(0)
})
