// A type's property declarations, compiled once into checks: JSON Schema keywords through ajv, messages made safe.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { isJsonObject, type Json } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import type { PropertySchema, ResourceType } from './contract.js'
import { kindOf, show } from './kinds.js'

export interface PropertyProblem {
  /** For example `properties.size` or `properties.ports.0`. */
  readonly path: string
  readonly message: string
  readonly hint?: string
}

export interface PropertyCheck {
  readonly name: string
  readonly schema: PropertySchema
  /** Absent when the declaration has no further keywords; most have none, and this runs a million times. */
  readonly accepts: ValidateFunction | undefined
}

export interface TypeCheck {
  readonly byName: ReadonlyMap<string, PropertyCheck>
  readonly required: readonly string[]
}

// Unknown keywords are the type author's mistakes and throw; a schema may leave `type` to the property's kind.
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, verbose: true })
const compiled = new WeakMap<ResourceType, TypeCheck>()

/** The checks of a type. Throws when one of its schemas is no JSON Schema. */
export function checksOf(type: ResourceType): TypeCheck {
  const known = compiled.get(type)
  if (known) return known
  const byName = new Map<string, PropertyCheck>()
  for (const [name, schema] of Object.entries(type.properties)) {
    const accepts = schema.schema && ajv.compile(schema.schema)
    byName.set(name, { name, schema, accepts })
  }
  const required = Object.keys(type.properties).filter((name) => type.properties[name]?.required)
  const check = { byName, required }
  compiled.set(type, check)
  return check
}

/**
 * What is wrong with a value according to its keywords. Parts at the `unknown` JSON pointers are not there yet: only
 * what holds whatever they become is reported.
 */
export function violations(check: PropertyCheck, value: Json, unknown: readonly string[] = []): PropertyProblem[] {
  if (!check.accepts || check.accepts(value)) return []
  const errors = check.accepts.errors ?? []
  return errors.filter((error) => isCertain(error, unknown)).map((error) => describe(check, error))
}

const COMBINING = /\/(anyOf|oneOf|not|if|then|else|contains|dependentSchemas)(\/|$)/
const SURE_ABOVE_UNKNOWN = new Set(['required', 'additionalProperties', 'type'])

function isCertain(error: ErrorObject, unknown: readonly string[]): boolean {
  if (unknown.length === 0) return true
  if (COMBINING.test(error.schemaPath)) return false
  const place = `${error.instancePath}/`
  if (unknown.some((pointer) => place.startsWith(`${pointer}/`))) return false
  const isAbove = unknown.some((pointer) => pointer.startsWith(place))
  return !isAbove || SURE_ABOVE_UNKNOWN.has(error.keyword)
}

function describe(check: PropertyCheck, error: ErrorObject): PropertyProblem {
  const own = `properties.${check.name}`
  // Neither the value nor the keys inside it may show.
  if (check.schema.secret) return { path: own, message: demand(error) }
  const path = own + error.instancePath.replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const { additionalProperty } = error.params
  if (typeof additionalProperty === 'string') {
    return { path: `${path}.${additionalProperty}`, message: 'no such key here', ...allowedKeys(error) }
  }
  const data: Json = error.data as Json
  const got = error.keyword === 'required' ? '' : `, got ${kindOf(data) === 'map' ? 'a map' : show(data)}`
  const near = error.keyword === 'enum' && typeof data === 'string' ? didYouMean(data, wordsIn(error)) : undefined
  return { path, message: `${demand(error)}${got}`, ...(near !== undefined && { hint: near }) }
}

const wordsIn = ({ schema }: ErrorObject): string[] => (Array.isArray(schema) ? schema.map(String) : [])

function demand(error: ErrorObject): string {
  if (error.keyword === 'enum' && Array.isArray(error.schema)) return `must be one of ${error.schema.join(', ')}`
  return error.message ?? `must satisfy ${error.keyword}`
}

function allowedKeys(error: ErrorObject): { hint?: string } {
  const fields = error.parentSchema?.properties
  return isJsonObject(fields) ? { hint: `allowed: ${Object.keys(fields).join(', ')}` } : {}
}
