// What is hashed and what is written of a definition. The hashes are in databases, so they may never change.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashOf, type Json, type JsonObject } from '../lib/json.js'
import { type Definition, hashDefinition, writeDefinition } from './definition.js'

const json = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)))
const object: fc.Arbitrary<JsonObject> = fc.dictionary(fc.string(), json)
const plain: fc.Arbitrary<Definition> = fc.record({
  type: fc.string(),
  properties: object,
  requires: fc.uniqueArray(fc.string()).map((names) => names.sort()),
  deletionPolicy: fc.constantFrom('Delete' as const, 'Retain' as const, 'Snapshot' as const),
  metadata: object,
})

describe('a definition that says nothing out of the ordinary', () => {
  test('has the hash of its canonical JSON, as it is stored by whatever version', () => {
    fc.assert(
      fc.property(plain, ({ type, properties, requires, deletionPolicy, metadata }) => {
        const said: JsonObject = {
          type,
          requires: [...requires],
          properties: { ...properties },
          metadata,
          deletionPolicy,
        }
        expect(hashDefinition({ type, properties, requires, deletionPolicy, metadata })).toBe(hashOf(said))
      }),
    )
  })

  test('is written as the JSON of all but what it requires', () => {
    fc.assert(
      fc.property(plain, (definition) => {
        const { requires: _, ...body } = definition
        expect(JSON.parse(writeDefinition(definition).text ?? '')).toEqual(JSON.parse(JSON.stringify(body)))
      }),
    )
  })
})

describe('a definition that says more is not written', () => {
  const one: Definition = { type: 'T', properties: {}, requires: [], deletionPolicy: 'Delete', metadata: {} }
  const more: Partial<Definition>[] = [
    { description: 'a thing' },
    { updatePolicy: { batch: 1 } },
    { secret: [] },
    { isotherm: { protect: true } },
    { externalId: 'x' },
    { restricted: ['update'] },
    { nested: { hash: hashOf('nothing'), asked: [] } },
  ]
  test.each(more)('%o', (said) => {
    expect(writeDefinition({ ...one, ...said }).text).toBeUndefined()
  })
})
