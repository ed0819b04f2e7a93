// The canonical text: what hashes are taken over, so it may never change.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical, hashOf, type Json } from './json.js'

test('the canonical text says the whole value, whatever its keys and characters', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as Json
      expect(JSON.parse(canonical(json))).toEqual(json)
    }),
  )
})

test('it does not depend on the order of keys, and lists keep theirs', () => {
  expect(canonical({ b: [2, 1, {}], a: 'x"y\\z\nü', c: [] })).toBe('{"a":"x\\"y\\\\z\\nü","b":[2,1,{}],"c":[]}')
})

test('a hash stays what it was: rows were written with it', () => {
  expect(hashOf({ size: 1, name: 'ü' })).toBe('547d9d12-84ef-6212-1e5d-f6f4468a0a01')
})
