// The kinds of property values, and the lenient reading that templates are used to: "5" is an integer where an integer
// is asked for. `properties.ts` applies this both at plan time and when the values are known.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { PropertyKind } from './contract.js'

/** `value` as the kind asks for it, or undefined when it cannot be read so. */
export function readAs(kind: PropertyKind, value: Json): Json | undefined {
  switch (kind) {
    case 'any':
      return value
    case 'string':
      return typeof value === 'string' ? value : isScalar(value) ? String(value) : undefined
    case 'integer':
      return readInteger(value)
    case 'number':
      return readNumber(value)
    case 'boolean':
      return readBoolean(value)
    case 'list':
      return Array.isArray(value) ? value : undefined
    case 'map':
      return isJsonObject(value) ? value : undefined
  }
}

const isScalar = (value: Json): value is number | boolean => typeof value === 'number' || typeof value === 'boolean'

function readInteger(value: Json): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined
  if (typeof value !== 'string' || !/^\s*[+-]?\d+\s*$/.test(value)) return undefined
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
}

function readNumber(value: Json): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return undefined
  return Number.isFinite(Number(value)) ? Number(value) : undefined
}

function readBoolean(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return undefined
  const word = value.trim().toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

const SCHEMA_KINDS: { readonly [type: string]: PropertyKind } = {
  string: 'string',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
}

/**
 * Reads what lies inside a list or map as its JSON Schema asks for: scalars leniently, null as absent, defaults filled
 * in. What cannot be read stays as it is, so that the schema check reports it.
 */
export function readInside(schema: JsonObject | undefined, value: Json): Json {
  if (!schema) return value
  if (Array.isArray(value)) return readItems(schema, value)
  if (isJsonObject(value)) return readFields(schema, value)
  const kind = typeof schema.type === 'string' ? SCHEMA_KINDS[schema.type] : undefined
  return kind && value !== null ? (readAs(kind, value) ?? value) : value
}

function readItems(schema: JsonObject, items: Json[]): Json[] {
  const { items: itemSchema } = schema
  return isJsonObject(itemSchema) ? items.map((item) => readInside(itemSchema, item)) : items
}

function readFields(schema: JsonObject, fields: JsonObject): JsonObject {
  const named = isJsonObject(schema.properties) ? schema.properties : {}
  const others = isJsonObject(schema.additionalProperties) ? schema.additionalProperties : undefined
  const read = new Map<string, Json>()
  for (const [name, field] of Object.entries(fields)) {
    const fieldSchema = Object.hasOwn(named, name) ? named[name] : others
    if (field === null && isJsonObject(fieldSchema) && !mayBeNull(fieldSchema)) continue
    read.set(name, isJsonObject(fieldSchema) ? readInside(fieldSchema, field) : field)
  }
  for (const [name, fieldSchema] of Object.entries(named)) {
    if (!read.has(name) && isJsonObject(fieldSchema) && fieldSchema.default !== undefined) {
      read.set(name, fieldSchema.default)
    }
  }
  return Object.fromEntries(read)
}

/** A schema that says nothing of kinds leaves null alone. */
function mayBeNull({ type, enum: values, default: byDefault }: JsonObject): boolean {
  const named = type ?? values
  return named === undefined
    ? byDefault === undefined
    : Array.isArray(named) && named.some((one) => one === null || one === 'null')
}

/** A value as an error message shows it: short. */
export function show(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

export const kindOf = (value: Json): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : typeof value
