// A property of a type as editors see it: what may be written for it in a template, which is more than what the type's
// functions receive. Texts that read as numbers count as numbers, null as absent, and any part may be a call.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { PropertyKind, PropertySchema } from './contract.js'

/** The schemas, by reference, of a call, of any value, of a map that is a call, and of what has a call somewhere. */
export interface CallSchemas {
  readonly call: JsonObject
  readonly value: JsonObject
  readonly looksLikeCall: JsonObject
  readonly hasCall: JsonObject
}

/**
 * A draft-07 schema of what a template may say for a property. It refuses only what is refused whatever the calls in it
 * become; the rest is left to the validator.
 */
export function writtenSchema(property: PropertySchema, calls: CallSchemas): JsonObject {
  const writer = new Writer(calls)
  const { schema = {}, type } = property
  const opened = writer.kind(type, usesReferences(schema) ? {} : schema, property.required !== true)
  return {
    ...opened,
    description: describe(property),
    ...(property.default !== undefined && { default: property.default }),
  }
}

const CHANGES = { update: 'Changes in place.', replace: 'A change replaces.', immutable: 'Cannot change.' }

function describe({ description, required, secret, onChange = 'replace' }: PropertySchema): string {
  const words = description?.trim().replace(/([^.!?])$/, '$1.')
  const traits = [words, required && 'Required.', secret && 'Never shown.', CHANGES[onChange]]
  return traits.filter(Boolean).join(' ')
}

/** A pointer into the property's own schema would lead elsewhere in the whole. */
const usesReferences = (schema: Json): boolean =>
  typeof schema === 'object' &&
  schema !== null &&
  Object.entries(schema).some(([key, part]) => key.startsWith('$') || usesReferences(part))

const KINDS: { readonly [type: string]: PropertyKind } = {
  string: 'string',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
  object: 'map',
}

const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
const TEXTS = ['minLength', 'maxLength', 'pattern']

class Writer {
  constructor(readonly calls: CallSchemas) {}

  /** A value of a kind, or a call. */
  kind(kind: PropertyKind, schema: JsonObject, mayBeAbsent: boolean): JsonObject {
    if (kind === 'any' && Object.keys(schema).length === 0) return this.calls.value
    const absent = mayBeAbsent ? [{ type: 'null' }] : []
    const literals = this.#literals(kind, schema)
    return literals.length === 0 ? this.calls.value : { anyOf: [...literals, ...absent, this.calls.call] }
  }

  #literals(kind: PropertyKind, schema: JsonObject): JsonObject[] {
    const listed = listedValues(schema)
    switch (kind) {
      case 'any':
        return this.#written(schema)
      case 'string':
        return listed
          ? [{ enum: listed.flatMap(readings) }]
          : [{ type: 'string', ...picked(schema, TEXTS) }, { type: ['number', 'boolean'] }]
      case 'integer':
        return listed ? [{ enum: listed.flatMap(readings) }] : numbers('integer', '^\\s*[+-]?\\d+\\s*$', schema)
      case 'number':
        return listed ? [{ enum: listed.flatMap(readings) }] : numbers('number', '^\\s*[+-]?(\\d|\\.\\d)', schema)
      case 'boolean':
        return [{ type: 'boolean' }, { type: 'string', pattern: '^\\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\\s*$' }]
      case 'list':
        return this.#list(schema)
      case 'map':
        return this.#map(schema)
    }
  }

  /** What lies inside a list or a map. */
  #inside(schema: Json | undefined): Json {
    if (!isJsonObject(schema)) return schema === false ? this.calls.call : this.calls.value
    const literals = this.#written(schema)
    return literals.length === 0 ? this.calls.value : { anyOf: [...literals, { type: 'null' }, this.calls.call] }
  }

  /** By the schema alone, which may name several kinds, or values, or alternatives. */
  #written(schema: JsonObject): JsonObject[] {
    const { type, anyOf, oneOf } = schema
    const kinds = (Array.isArray(type) ? type : [type]).flatMap((name) => KINDS[String(name)] ?? [])
    if (kinds.length > 0) return kinds.flatMap((kind) => this.#literals(kind, schema))
    const listed = listedValues(schema)
    if (listed) return [{ enum: listed.flatMap(readings) }]
    const alternatives = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : []
    const opened = alternatives.map((alternative) => (isJsonObject(alternative) ? this.#written(alternative) : []))
    // Nothing that can be said makes everything possible, and so does one such alternative.
    return opened.length === 0 || opened.some((one) => one.length === 0) ? [] : [...opened.flat(), this.calls.hasCall]
  }

  #list(schema: JsonObject): JsonObject[] {
    const { prefixItems, items } = schema
    const within = Array.isArray(prefixItems)
      ? { items: prefixItems.map((item) => this.#inside(item)), additionalItems: this.#inside(items) }
      : { items: this.#inside(items) }
    const counts = picked(schema, ['minItems', 'maxItems'])
    // What a function gives may leave its item out, so items are counted only where all are written.
    const counted = Object.keys(counts).length > 0 && { anyOf: [counts, { contains: this.calls.looksLikeCall }] }
    return [{ type: 'array', ...within, ...counted }]
  }

  #map(schema: JsonObject): JsonObject[] {
    const { properties, additionalProperties } = schema
    const named = isJsonObject(properties) ? properties : {}
    const opened = Object.entries(named).map(([name, field]): [string, Json] => {
      const described = isJsonObject(field) && typeof field.description === 'string' ? field.description : undefined
      const inside = this.#inside(field)
      return [name, isJsonObject(inside) && described !== undefined ? { ...inside, description: described } : inside]
    })
    return [
      {
        type: 'object',
        not: this.calls.looksLikeCall,
        properties: Object.fromEntries(opened),
        additionalProperties: additionalProperties === false ? false : this.#inside(additionalProperties),
        ...picked(schema, ['required', 'minProperties', 'maxProperties', 'propertyNames']),
      },
    ]
  }
}

function numbers(type: 'integer' | 'number', pattern: string, schema: JsonObject): JsonObject[] {
  return [
    { type, ...picked(schema, BOUNDS) },
    { type: 'string', pattern },
  ]
}

function listedValues(schema: JsonObject): Json[] | undefined {
  if (schema.const !== undefined) return [schema.const]
  return Array.isArray(schema.enum) ? schema.enum : undefined
}

/** A value and the other ways to write it that are read as it: `"1"` for 1, 1 for `"1"`. */
function readings(value: Json): Json[] {
  if (typeof value === 'number' || typeof value === 'boolean') return [value, String(value)]
  if (typeof value !== 'string') return [value]
  const word = value === 'true' ? [true] : value === 'false' ? [false] : []
  return [value, ...word, ...(value !== '' && String(Number(value)) === value ? [Number(value)] : [])]
}

const picked = (schema: JsonObject, keywords: readonly string[]): JsonObject =>
  Object.fromEntries(keywords.flatMap((keyword) => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]])))
