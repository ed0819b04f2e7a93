// Between a template and a type's functions: properties are checked at plan time, when some values are still calls, and
// completed at run time, when all are known. Here also stands what a changed property asks for.
import { equalJson, isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { formatProblem } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'
import { callOf, type Value } from '../template/value.js'
import type { ResourceType } from './contract.js'
import { ProviderError } from './error.js'
import { kindOf, readAs, readInside, show } from './kinds.js'
import { checksOf, type PropertyCheck, type PropertyProblem, type TypeCheck, violations } from './schema.js'
import { withoutSecrets } from './secrets.js'

export type { PropertyProblem } from './schema.js'

type Symbolic = { readonly [name: string]: Value }

/**
 * What is wrong with a resource's properties as far as it can be told before anything runs. A value that is a call is
 * taken for right; a list or map that contains one is checked around it.
 */
export function checkProperties(type: ResourceType, properties: Symbolic): PropertyProblem[] {
  const checks = checksOf(type)
  const problems: PropertyProblem[] = []
  const known = new Map<string, Json | undefined>()
  for (const name of Object.keys(properties)) {
    const check = checks.byName.get(name)
    const value = properties[name] ?? null
    if (!check) {
      if (!type.anyProperties) problems.push(unknownProperty(type, name))
    } else if (value !== null) known.set(name, checkValue(check, value, problems))
  }
  reportMissing(checks, properties, problems)
  if (problems.length === 0) reportOwnRules(type, known, problems)
  return problems
}

/**
 * The properties as the type's functions receive them: leniently read, defaults filled in, null left out.
 * Throws a ProviderError of class `invalid` that names every problem.
 */
export function completeProperties(type: ResourceType, resolved: JsonObject): JsonObject {
  const checks = checksOf(type)
  const problems: PropertyProblem[] = []
  const known = new Map<string, Json>()
  for (const name of Object.keys(resolved)) {
    const check = checks.byName.get(name)
    const value = resolved[name] ?? null
    if (!check) {
      if (type.anyProperties) known.set(name, value)
      else problems.push(unknownProperty(type, name))
    } else if (value !== null) {
      const read = readChecked(check, value, problems)
      if (read !== undefined) known.set(name, read)
    }
  }
  reportMissing(checks, resolved, problems)
  if (problems.length === 0) reportOwnRules(type, known, problems)
  if (problems.length > 0) throw new ProviderError('invalid', problems.map(formatProblem).join('; '))
  for (const [name, { schema }] of checks.byName) {
    if (schema.default !== undefined && !known.has(name)) known.set(name, schema.default)
  }
  return Object.fromEntries(known)
}

/** An unknown attribute, or undefined when the type has it. `show` belongs to every type. */
export function checkAttribute(type: ResourceType, attribute: string): { message: string; hint?: string } | undefined {
  const attributes = type.attributes ?? {}
  if (attribute === 'show' || type.anyAttributes || Object.hasOwn(attributes, attribute)) return undefined
  if (type.composite && attribute.startsWith('resource.')) return undefined
  const names = Object.keys(attributes)
  const hint = didYouMean(attribute, names) ?? (names.length > 0 ? `it has ${names.join(', ')}` : 'it has none')
  return { message: `${type.name} has no attribute ${attribute}`, hint }
}

export interface PropertyChange {
  readonly name: string
  readonly onChange: 'update' | 'replace' | 'immutable'
}

/**
 * The properties that differ, with what each asks for. A property that is absent counts as its default, so that a type
 * may gain a property without changing the things that exist.
 */
export function changedProperties(type: ResourceType, before: JsonObject, wanted: JsonObject): PropertyChange[] {
  const changes: PropertyChange[] = []
  for (const name of new Set([...Object.keys(before), ...Object.keys(wanted)])) {
    const schema = Object.hasOwn(type.properties, name) ? type.properties[name] : undefined
    const absent = schema?.default ?? null
    if (equalJson(before[name] ?? absent, wanted[name] ?? absent)) continue
    const whenUndeclared = type.update ? 'update' : 'replace'
    changes.push({ name, onChange: schema ? (schema.onChange ?? 'replace') : whenUndeclared })
  }
  return changes
}

/** Whether going from `before` to `wanted` takes a new thing. Immutable properties are not asked here. */
export function needsReplacement(type: ResourceType, before: JsonObject, wanted: JsonObject): boolean {
  const changes = changedProperties(type, before, wanted)
  if (changes.length === 0) return false
  return changes.some((change) => change.onChange === 'replace') || (type.replaces?.(before, wanted) ?? false)
}

function unknownProperty(type: ResourceType, name: string): PropertyProblem {
  const names = Object.keys(type.properties)
  const hint = didYouMean(name, names) ?? (names.length > 0 ? `it has ${names.join(', ')}` : 'it has none')
  return { path: `properties.${name}`, message: `${type.name} has no such property`, hint }
}

function reportMissing(checks: TypeCheck, given: Symbolic, problems: PropertyProblem[]): void {
  for (const name of checks.required) {
    if ((given[name] ?? null) === null)
      problems.push({ path: `properties.${name}`, message: 'required, but not given' })
  }
}

/** Reports what is wrong with a symbolic value; returns it when it is known entirely. */
function checkValue(check: PropertyCheck, value: Value, problems: PropertyProblem[]): Json | undefined {
  if (typeof value !== 'object') return readChecked(check, value, problems)
  const unknown: string[] = []
  const data = unquote(value, '', unknown)
  if (unknown.length === 0) return readChecked(check, data, problems)
  if (unknown[0] === '') return undefined
  const read = readAs(check.schema.type, data)
  if (read === undefined) problems.push(wrongKind(check, data))
  else problems.push(...violations(check, readInside(check.schema.schema, read), unknown))
  return undefined
}

/** The data in a symbolic value; the JSON pointers of the calls in it are added to `unknown`. */
function unquote(value: Value, pointer: string, unknown: string[]): Json {
  if (Array.isArray(value)) return value.map((item, index) => unquote(item, `${pointer}/${index}`, unknown))
  if (!isJsonObject(value)) return value
  const call = callOf(value)
  if (call?.name === 'quote') return call.args[0] ?? null
  if (call) {
    unknown.push(pointer)
    return value
  }
  const fields = Object.entries(value).map(([name, field]): [string, Json] => {
    const step = name.replaceAll('~', '~0').replaceAll('/', '~1')
    return [name, unquote(field, `${pointer}/${step}`, unknown)]
  })
  return Object.fromEntries(fields)
}

function readChecked(check: PropertyCheck, value: Json, problems: PropertyProblem[]): Json | undefined {
  const read = readAs(check.schema.type, value)
  if (read === undefined) {
    problems.push(wrongKind(check, value))
    return undefined
  }
  if (!check.accepts) return read
  const inside = readInside(check.schema.schema, read)
  problems.push(...violations(check, inside))
  return inside
}

function wrongKind({ name, schema }: PropertyCheck, value: Json): PropertyProblem {
  const got = schema.secret || typeof value === 'object' ? kindOf(value) : show(value)
  return { path: `properties.${name}`, message: `must be of kind ${schema.type}, got ${got}` }
}

/** The type's own rules see null for what is absent and undefined for what is not known yet. */
function reportOwnRules(
  type: ResourceType,
  known: ReadonlyMap<string, Json | undefined>,
  problems: PropertyProblem[],
): void {
  if (!type.validate) return
  const seen: { [name: string]: Json | undefined } = {}
  for (const [name, schema] of Object.entries(type.properties)) {
    seen[name] = known.has(name) ? known.get(name) : (schema.default ?? null)
  }
  for (const { property, message } of type.validate(seen)) {
    problems.push({ path: `properties.${property}`, message: withoutSecrets(type, seen, message) })
  }
}
