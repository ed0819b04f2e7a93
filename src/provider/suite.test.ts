// The suite is itself tested: a right type passes every case, and each way of being wrong fails one.
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../lib/json.js'
import { defineType, type ResourceType, type TypeSpec } from './contract.js'
import { type Fresh, type ProviderSubject, providerSuite } from './suite.js'

const schemas = {
  size: { type: 'integer', required: true, onChange: 'update' },
  zone: { type: 'string', default: 'north' },
  key: { type: 'string', secret: true },
} as const

interface Shelf {
  readonly things: Map<string, JsonObject>
  readonly byToken: Map<string, string>
}

/** A type over things on a shelf in memory; `wrong` replaces some of its functions. */
function shelfType(shelf: Shelf, wrong: Partial<TypeSpec<typeof schemas>>): ResourceType {
  return defineType({
    name: 'Acme::Thing',
    properties: schemas,
    attributes: { size: {} },
    async create(call, wanted) {
      call.signal.throwIfAborted()
      const known = shelf.byToken.get(call.token)
      const physicalId = known ?? `thing-${shelf.things.size + 1}`
      shelf.byToken.set(call.token, physicalId)
      shelf.things.set(physicalId, { ...wanted })
      return { pending: { handle: { physicalId }, pollAfterSeconds: 1 }, physicalId }
    },
    async poll(_, operation) {
      return { physicalId: operation.physicalId ?? '', attributes: { size: operation.properties.size } }
    },
    async find(call) {
      const physicalId = shelf.byToken.get(call.token)
      return physicalId === undefined ? null : { physicalId }
    },
    async read(_, thing) {
      const live = shelf.things.get(thing.physicalId)
      return live ? { properties: live, attributes: { size: live.size ?? null } } : null
    },
    async update(_, thing, wanted) {
      shelf.things.set(thing.physicalId, { ...wanted })
      return { attributes: { size: wanted.size } }
    },
    async delete(_, thing) {
      shelf.things.delete(thing.physicalId)
    },
    ...wrong,
  })
}

function subjectOf(wrong: Partial<TypeSpec<typeof schemas>> = {}): ProviderSubject {
  const shelf: Shelf = { things: new Map(), byToken: new Map() }
  return {
    type: shelfType(shelf, wrong),
    wanted: { size: 1, key: 'hush-hush' },
    changed: { size: 2 },
    replaced: { zone: 'south' },
    exists: async (physicalId) => shelf.things.has(physicalId),
    count: async () => shelf.things.size,
    vanish: async (physicalId) => void shelf.things.delete(physicalId),
    async fresh(): Promise<Fresh> {
      shelf.things.clear()
      shelf.byToken.clear()
      return {}
    },
  }
}

async function failuresOf(subject: ProviderSubject): Promise<string[]> {
  const failures: string[] = []
  for (const { name, run } of providerSuite(subject)) {
    await run().catch(() => failures.push(name))
  }
  return failures
}

describe('the suite passes a type that keeps the contract', () => {
  for (const { name, run } of providerSuite(subjectOf())) it(name, run)
})

describe('the suite catches', () => {
  let made = 0
  const wrongs: [what: string, caughtBy: string, wrong: Partial<TypeSpec<typeof schemas>>][] = [
    [
      'a create that ignores its token',
      'create again with the same token makes no second thing',
      { create: async () => ({ physicalId: String(++made) }) },
    ],
    [
      'a find that finds anything',
      'find finds the thing by its token and nothing by a foreign one',
      { find: async () => ({ physicalId: 'thing-1' }) },
    ],
    ['an update that does nothing', 'each property that can be updated is updated alone', { update: async () => ({}) }],
    ['a delete that does nothing', 'delete removes the thing and can be repeated', { delete: async () => {} }],
    [
      'a delete that minds a thing that has gone',
      'delete of a thing that has gone is done',
      {
        delete: async () => {
          throw new Error('not found')
        },
      },
    ],
    [
      'a create that hears no signal',
      'a call whose signal has aborted ends with an error and makes nothing',
      { create: async () => ({ physicalId: 'thing-1' }) },
    ],
    [
      'attributes that were not declared',
      'create makes the thing',
      { poll: async () => ({ attributes: { colour: 'red' } }) },
    ],
    [
      'secrets in errors',
      'errors show no secret',
      {
        create: async (_, wanted) => {
          throw new Error(`refused ${wanted.key}`)
        },
      },
    ],
  ]
  for (const [what, caughtBy, wrong] of wrongs) {
    it(what, async () => expect(await failuresOf(subjectOf(wrong))).toContain(caughtBy))
  }
})
