// The `parameters` section and the values given for it: user's value, else the environment's default, else the template's.
import type { Json, JsonObject } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import { coerce, PARAMETER_TYPES, type ParameterType } from './coerce.js'
import { readConstraints, violations } from './constraints.js'
import type { Parameter } from './definition.js'
import { DEFAULT_LIMITS } from './limits.js'
import { realJson } from './reals.js'
import type { Scope } from './scope.js'
import { checkKeys, flagAt, mapAt, textAt } from './shape.js'
import { kindOf, pythonReal } from './text.js'
import { setField } from './value.js'
import { rankOf, type Version } from './version.js'

interface GivenParameters {
  readonly parameters: JsonObject
  /** Used where the user gives nothing; names that the template does not have are ignored. */
  readonly parameterDefaults: JsonObject
  /** Given, but not known yet: what uses them is not looked into. */
  readonly open?: ReadonlySet<string>
}

const KEYS = ['type', 'label', 'description', 'default', 'hidden', 'constraints', 'immutable', 'tags']
const KEY_SET = new Set(KEYS)
const TAGS_SINCE = rankOf('2018-03-02')

/** The keys of a parameter in a version of the language. */
export const parameterKeys = (version: Version): ReadonlySet<string> =>
  new Set(KEYS.filter((key) => key !== 'tags' || version >= TAGS_SINCE))

/** Every parameter with its value; `scope` stands at the root. A parameter with a problem of its own is left out. */
export function resolveParameters(
  scope: Scope,
  section: Json | undefined,
  given: GivenParameters,
): Record<string, Parameter> {
  return scope.at('parameters', () => {
    const schemas = mapAt(scope, section, 'the section parameters')
    const resolved: Record<string, Parameter> = {}
    for (const [name, raw] of Object.entries(schemas)) {
      const parameter = scope.at(name, () => resolveParameter(scope, name, raw, given))
      if (parameter) Object.defineProperty(resolved, name, { value: parameter, enumerable: true, configurable: true })
    }
    reportUnknown(scope, schemas, given.parameters)
    return resolved
  })
}

/** What was given wrongly stands nowhere in the template, so these problems have a path but no line. */
function reportUnknown(scope: Scope, schemas: JsonObject, given: JsonObject): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(schemas, name)) continue
    const hint = didYouMean(name, Object.keys(schemas))
    scope.context.problems.push({
      path: `parameters.${name}`,
      message: `the template has no parameter ${name}`,
      kind: 'unknown parameter',
      ...(hint === undefined ? {} : { hint }),
    })
    scope.problemCount++
  }
}

function resolveParameter(scope: Scope, name: string, raw: Json, given: GivenParameters): Parameter | undefined {
  const schema = mapAt(scope, raw, 'a parameter')
  checkSchema(scope, schema)
  const type = typeOf(scope, schema)
  if (!type) return undefined
  const rules = scope.at('constraints', () => readConstraints(scope, schema.constraints ?? null, type))
  const hidden = flagAt(scope, schema, 'hidden')
  const reading: Reading = { scope, type, rules, hidden }
  const own =
    schema.default === undefined ? null : scope.at('default', () => spelled(scope, type, schema.default ?? null))
  const user = fieldOf(given.parameters, name) ?? fieldOf(given.parameterDefaults, name)
  const fallback = own === null ? undefined : scope.at('default', () => readDefault(reading, own, user !== undefined))
  const value = user === undefined ? fallback : readValue(reading, user)
  if (!hidden) {
    if (type === 'number') noteReal(scope, name, user ?? own, value)
    if (type === 'json') noteRealJson(scope, name, user, own)
  }
  if (given.open?.has(name)) return undefined
  if (user === undefined && own === null) return missing(scope, name)
  const description = textAt(scope, schema, 'description')
  const label = textAt(scope, schema, 'label')
  const immutable = flagAt(scope, schema, 'immutable')
  if (value === undefined) return undefined
  return {
    type,
    value,
    hidden,
    ...(immutable ? { immutable } : {}),
    ...(description === undefined ? {} : { description }),
    ...(label === undefined ? {} : { label }),
  }
}

/** The default where it is to be text: there `1.0` is not 1. */
function spelled(scope: Scope, type: ParameterType, own: Json): Json {
  if (type === 'comma_delimited_list' && Array.isArray(own)) return scope.textualParts(own)
  return type === 'string' || type === 'number' ? scope.textual(own) : own
}

/** A number that was given as `1.0` is `1.0` in texts, too. */
function noteReal(scope: Scope, name: string, given: Json, value: Json | undefined): void {
  if (typeof given !== 'string' || typeof value !== 'number' || !/[.eE]/.test(given)) return
  if (Number.isInteger(value)) scope.context.realParameters.set(name, pythonReal(value))
}

/** The same of the numbers in a map or a list that becomes JSON in a text. */
function noteRealJson(scope: Scope, name: string, user: Json | undefined, own: Json): void {
  const given = user ?? own
  const written = typeof given === 'string' ? realJson(given, DEFAULT_LIMITS.depthMax) : undefined
  const text = written ?? (user === undefined ? scope.at('default', () => scope.realHere()) : undefined)
  if (text !== undefined) scope.context.realParameters.set(name, text)
}

function missing(scope: Scope, name: string): undefined {
  scope.problem(`no value was given for the parameter ${name}`, 'it has no default either', 'missing parameter')
}

function checkSchema(scope: Scope, schema: JsonObject): void {
  checkKeys(scope, schema, KEY_SET, 'a parameter')
  if (schema.tags === undefined) return
  scope.at('tags', () => {
    if (scope.context.version < TAGS_SINCE) return scope.problem('tags came with version 2018-03-02')
    return Array.isArray(schema.tags) ? null : scope.problem('tags must be a list')
  })
}

/** What other languages call the types. */
const OTHER_WORDS: { readonly [type in ParameterType]?: RegExp } = {
  number: /^(int|integer|float|double|long)$/i,
  string: /^(str|text)$/i,
  boolean: /^bool$/i,
  json: /^(map|dict|object|any)$/i,
  comma_delimited_list: /^(list|array)$/i,
}

function otherWord(type: string): string | undefined {
  const meant = PARAMETER_TYPES.find((known) => OTHER_WORDS[known]?.test(type))
  return meant && `it is called ${meant} here`
}

function typeOf(scope: Scope, schema: JsonObject): ParameterType | undefined {
  const { type } = schema
  if (type === undefined) {
    scope.problem('the parameter has no type', `types are ${PARAMETER_TYPES.join(', ')}`)
    return undefined
  }
  const known = PARAMETER_TYPES.find((candidate) => candidate === type)
  if (known) return known
  const hint =
    (typeof type === 'string' && (otherWord(type) ?? didYouMean(type, PARAMETER_TYPES))) ||
    `types are ${PARAMETER_TYPES.join(', ')}`
  scope.at('type', () =>
    scope.problem(`unknown parameter type ${typeof type === 'string' ? type : kindOf(type)}`, hint),
  )
  return undefined
}

/** A value that is null counts as not given. */
function fieldOf(map: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(map, name) ? (map[name] ?? undefined) : undefined
}

interface Reading {
  readonly scope: Scope
  readonly type: ParameterType
  readonly rules: readonly JsonObject[]
  readonly hidden: boolean
}

/** The template's default is checked even when it is not used: its author wants to know. Heat takes one of another type then. */
function readDefault(reading: Reading, own: Json, unused: boolean): Json | undefined {
  const { scope, type, rules } = reading
  if (!unused || rules.length > 0 || !('wrong' in coerce(type, own))) return readValue(reading, own)
  scope.warn(`the default is not of type ${type}`, 'it is a problem wherever no value is given')
  return undefined
}

function readValue({ scope, type, rules, hidden }: Reading, given: Json): Json | undefined {
  if (!isTextual(scope, type, given)) return undefined
  const coerced = coerce(type, given)
  if ('wrong' in coerced) {
    // What is hidden is not quoted in messages.
    scope.problem(hidden ? `the value is not of type ${type}` : coerced.wrong, `the parameter's type is ${type}`)
    return undefined
  }
  if (!isShallow(coerced.value, DEFAULT_LIMITS.depthMax)) {
    scope.problem(`the value is nested more than ${DEFAULT_LIMITS.depthMax} levels deep`)
    return undefined
  }
  const violated = violations(rules, coerced.value, type)
  for (const message of violated) scope.problem(`the value is not allowed: ${message}`)
  return violated.length === 0 ? coerced.value : undefined
}

/** What is no text becomes the text that Python writes, as in Heat. From a template that uses this one as a type, it is refused there. */
function isTextual(scope: Scope, type: ParameterType, given: Json): boolean {
  const structure = structureIn(type, given)
  if (structure === undefined) return true
  if (scope.context.facade) return scope.problem(`expected a text, not ${structure}`) ?? false
  const hint = 'for lists and maps there are the types comma_delimited_list and json'
  scope.warn(`${structure} where a text is expected becomes what Python writes for it`, hint)
  return true
}

/** The list or map that stands where a text is expected, in words. */
function structureIn(type: ParameterType, given: Json): string | undefined {
  const texts = type === 'string' ? [given] : type === 'comma_delimited_list' && Array.isArray(given) ? given : []
  const wrong = texts.find((text) => typeof text === 'object')
  return wrong === undefined ? undefined : kindOf(wrong)
}

/** JSON text in a parameter has not been through the template's own limits. */
function isShallow(value: Json, levelsLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levelsLeft > 0 && Object.values(value).every((child) => isShallow(child, levelsLeft - 1))
}

/** The values of parameters by name, hidden ones included. */
export function valuesOf(parameters: { readonly [name: string]: Parameter }): JsonObject {
  const values: JsonObject = {}
  for (const [name, { value }] of Object.entries(parameters)) setField(values, name, value)
  return values
}
