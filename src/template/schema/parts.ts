// The small words that the JSON Schema of the template language is built from.
import type { Json, JsonObject } from '../../lib/json.js'

export const ref = (name: string): JsonObject => ({ $ref: `#/definitions/${name}` })

/** Any JSON, in which functions are called rightly. */
export const VALUE = ref('value')
/** A call of a function. */
export const CALL = ref('call')
export const CONDITION = ref('condition')

export const orCall = (schema: JsonObject): JsonObject => ({ anyOf: [schema, CALL] })

export const TEXT: JsonObject = orCall({ type: ['string', 'number', 'boolean', 'null'] })
export const LIST: JsonObject = orCall({ type: ['array', 'null'], items: VALUE })
export const MAP: JsonObject = orCall({ type: ['object', 'null'], additionalProperties: VALUE })
/** For people; scalars become text. */
export const WORDS: JsonObject = { type: ['string', 'number', 'boolean', 'null'] }
export const NUMBER: JsonObject = { anyOf: [{ type: 'number' }, { type: 'string', pattern: '^\\s*[-+]?(\\d|\\.\\d)' }] }

/** A map with these keys and no others. */
export function fields(properties: { readonly [key: string]: Json }, required: readonly string[] = []): JsonObject {
  return {
    type: 'object',
    properties: { ...properties },
    additionalProperties: false,
    ...(required.length > 0 && { required: [...required] }),
  }
}

/** One schema or the other, as a third says. */
export const choose = (condition: JsonObject, yes: Json, no?: Json): JsonObject =>
  Object.fromEntries([['if', condition], ['then', yes], ...(no === undefined ? [] : [['else', no]])])

/** A list of these items in this order; those from `least` on may be left out. */
export function tuple(items: readonly JsonObject[], least = items.length): JsonObject {
  return { type: 'array', items: [...items], additionalItems: false, minItems: least }
}

/** A map with one key, which is one of `names`. */
export const oneOfKeys = (names: readonly string[]): JsonObject => ({
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  propertyNames: { enum: [...names] },
})
