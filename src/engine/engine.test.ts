// The spine, end to end, with a type whose things live in a Map.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { realWorld } from '../lib/world.js'
import { defineType } from '../provider/contract.js'
import { TypeRegistry } from '../provider/registry.js'
import { quietLogger } from '../provider/testing.js'
import { openDatabase } from '../store/open.js'
import { findStack, insertStack, lockStack, projectId, readStack } from '../store/stacks.js'
import type { StoredDefinition } from '../store/templates.js'
import { hashDefinition } from '../template/definition.js'
import { advance } from './advance.js'
import { converge, emptyTemplate } from './converge.js'
import { Engine } from './engine.js'

const things = new Map<string, unknown>()
const Thing = defineType({
  name: 'Test::Thing',
  properties: { v: { type: 'any', onChange: 'update' }, z: { type: 'any' } },
  attributes: { v: {} },
  recoverBy: 'token',
  create: async (call, wanted) => {
    things.set(call.token, wanted)
    return { physicalId: call.token, attributes: { v: wanted.v ?? null } }
  },
  update: async (_call, thing, wanted) => {
    things.set(thing.physicalId, wanted)
    return { attributes: { v: wanted.v ?? null } }
  },
  delete: async (_call, thing) => {
    things.delete(thing.physicalId)
  },
})

test('a layered stack is created, updated and deleted', async () => {
  const db = await openDatabase('memory:')
  const engine = new Engine(db, {
    types: new TypeRegistry([Thing]),
    world: realWorld,
    log: { ...quietLogger, error: (d, m) => console.log(m, d) },
    slots: 1000,
    silentSeconds: 10,
    idleSeconds: 0.5,
  })
  await engine.start()
  const N = Number(process.env.N ?? 100)
  const make = (extra: number) => {
    const definitions = new Map<string, StoredDefinition>()
    for (let i = 0; i < N; i++) {
      const layer = Math.floor(i / (N / 10))
      const requires =
        layer === 0
          ? []
          : [...new Set([0, 1, 2].map((k) => `r${(layer - 1) * (N / 10) + ((i + k * 7) % (N / 10))}`))].sort()
      const body = {
        type: 'Test::Thing',
        properties: { v: i === 0 ? extra : requires.length ? { $: ['get_attr', requires[0] ?? '', 'v'] } : i },
        deletionPolicy: 'Delete' as const,
        metadata: {},
      }
      definitions.set(`r${i}`, { name: `r${i}`, requires, body, hash: hashDefinition({ ...body, requires }) })
    }
    return definitions
  }
  const go = async (action: 'CREATE' | 'UPDATE' | 'DELETE', definitions: Map<string, StoredDefinition>) => {
    const begun = performance.now()
    const id = await db.transaction(async (sql) => {
      const project = await projectId(sql, 'default')
      await insertStack(sql, { uid: randomUUID(), projectId: project, name: 's' })
      const stack = await findStack(sql, 'default', 's')
      if (!stack) throw new Error('no stack')
      await lockStack(sql, stack.id)
      await converge(sql, stack, {
        action,
        onFailure: 'stop',
        timeoutSeconds: undefined,
        template: emptyTemplate,
        definitions: { kind: 'whole', definitions },
      })
      await advance(sql, stack.id)
      return stack.id
    })
    const planned = performance.now()
    engine.wake()
    for (;;) {
      const stack = await readStack(db, id)
      if (stack.status !== 'IN_PROGRESS') {
        console.log(
          action,
          stack.status,
          stack.reason,
          Math.round(planned - begun),
          Math.round(performance.now() - planned),
        )
        return stack
      }
      await realWorld.sleep(0.02)
    }
  }
  expect((await go('CREATE', make(1))).status).toBe('COMPLETE')
  expect(things.size).toBe(N)
  expect((await go('UPDATE', make(1))).status).toBe('COMPLETE')
  expect((await go('UPDATE', make(2))).status).toBe('COMPLETE')
  expect((await go('DELETE', new Map())).status).toBe('COMPLETE')
  expect(things.size).toBe(0)
  await engine.stop(1)
  await db.close()
}, 120_000)
