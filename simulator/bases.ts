// The two templates on which most stories are told, and what is needed to write others down in a line.
import type { JsonObject } from '../src/lib/json.js'
import { attributeOf, idOf, type SimTemplate, type Wanted } from './templates.js'

/** A resource whose type the telling chooses: `v`, `r`, `a` change in place, `z` asks for a replacement. */
export const some = (properties: JsonObject = {}, ...after: string[]): Wanted => ({ type: '', properties, after })

/** A resource of a certain type. */
export const of = (type: string, properties: JsonObject = {}, ...after: string[]): Wanted => ({
  type,
  properties,
  after,
})

/** C needs A and B, D has C's id, E has an attribute of C. */
export const diamond: SimTemplate = {
  A: some(),
  B: some(),
  C: some({ v: '4alpha' }, 'A', 'B'),
  D: some({ r: idOf('C') }),
  E: some({ a: attributeOf('C', 'v') }),
}

/** A change of A's `v` forces the replacement of C. */
export const replacing = (v: string): SimTemplate => ({
  A: some({ v }),
  B: some(),
  C: some({ z: attributeOf('A', 'v') }, 'B'),
  D: some({ r: idOf('C') }),
  E: some({ a: attributeOf('C', 'z') }),
})
