// Several environments become one: the later one holds, unless a merge strategy says that values come together.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { coerce, PARAMETER_TYPES, type ParameterType } from './coerce.js'
import type { Environment, Strategy } from './environment.js'
import { kindOf } from './text.js'
import { setField } from './value.js'

export interface MergedEnvironment {
  /** In the shape of an environment, without the strategies. */
  readonly merged: JsonObject
  readonly problems: readonly Problem[]
  /** What of an earlier file does not hold, though nobody may have meant that. */
  readonly warnings: readonly Problem[]
}

/** What a parameter's value is merged as; undefined when that is not known, and the value's own kind decides. */
export type TypeOf = (parameter: string) => ParameterType | undefined

export function mergeEnvironments(environments: readonly Environment[], typeOf: TypeOf): MergedEnvironment {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const strategies = new Map<string, Strategy>()
  let parameters: JsonObject = {}
  let defaults: JsonObject = {}
  let registry: JsonObject = {}
  for (const environment of environments) {
    const merger = new Merger(environment, strategies, typeOf, problems)
    parameters = merger.merge('parameters', parameters, environment.parameters)
    defaults = merger.merge('parameter_defaults', defaults, environment.parameterDefaults)
    warnings.push(...lostOf(registry, environment))
    registry = { ...without(registry, environment.resourceRegistry), ...environment.resourceRegistry }
  }
  const merged: JsonObject = {}
  if (Object.keys(parameters).length > 0) merged.parameters = parameters
  if (Object.keys(defaults).length > 0) merged.parameter_defaults = defaults
  if (Object.keys(registry).length > 0) merged.resource_registry = registry
  const encrypted = [...new Set(environments.flatMap(({ encryptedParamNames }) => encryptedParamNames))]
  if (encrypted.length > 0) merged.encrypted_param_names = encrypted
  const sinks = environments.flatMap(({ eventSinks }) => eventSinks)
  if (sinks.length > 0) merged.event_sinks = sinks
  return { merged, problems, warnings }
}

/**
 * Taken out first, so that the later one also stands later: null removes what stands before it. As in Heat the whole block
 * `resources` is one such entry: it replaces that of the files before.
 */
function without(below: JsonObject, above: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(below).filter(([key]) => !Object.hasOwn(above, key)))
}

function lostOf(below: JsonObject, { resourceRegistry, problemAt }: Environment): Problem[] {
  const { resources: before = null } = below
  const { resources = null } = resourceRegistry
  if (!isJsonObject(before) || !isJsonObject(resources)) return []
  const lost = Object.keys(before).filter((name) => !covers(resources[name] ?? null, before[name] ?? null))
  if (lost.length === 0) return []
  const message = `this block replaces that of an earlier file, which spoke of ${lost.join(', ')} too`
  const hint = 'say it all in one file'
  return [{ ...problemAt('resource_registry.resources', message, hint), severity: 'warning' }]
}

const covers = (above: Json, below: Json): boolean =>
  isJsonObject(above) && isJsonObject(below)
    ? Object.keys(below).every((key) => Object.hasOwn(above, key))
    : above !== null

class Merger {
  constructor(
    readonly environment: Environment,
    /** What the files so far say of each parameter. */
    readonly strategies: Map<string, Strategy>,
    readonly typeOf: TypeOf,
    readonly problems: Problem[],
  ) {}

  merge(section: string, before: JsonObject, values: JsonObject): JsonObject {
    const merged: JsonObject = { ...before }
    for (const [name, value] of Object.entries(values)) {
      const old = Object.hasOwn(before, name) ? (before[name] ?? null) : null
      const strategy = value === null ? 'overwrite' : this.#strategy(section, name)
      const joined = strategy === 'overwrite' || old === null ? value : this.#join(section, name, old, value, strategy)
      setField(merged, name, joined)
    }
    return merged
  }

  #strategy(section: string, name: string): Strategy {
    const { strategies, problemAt } = this.environment
    const known = this.strategies.get(name)
    const wanted = strategies.byParameter.get(name) ?? known ?? strategies.fallback
    this.strategies.set(name, known ?? wanted)
    if (known !== undefined && known !== wanted) {
      const message = `${name} is to be merged by ${wanted}, but by ${known} in an earlier file`
      this.problems.push(problemAt(`${section}.${name}`, message, 'one parameter has one strategy in all files'))
    }
    return known ?? wanted
  }

  #join(section: string, name: string, old: Json, value: Json, strategy: Strategy): Json {
    const type = this.typeOf(name) ?? guessed(old)
    const joined = joinAs(type, old, value, strategy === 'deep_merge')
    if (joined !== undefined) return joined
    const what =
      type === 'boolean' ? 'booleans cannot be merged' : `${kindOf(old)} and ${kindOf(value)} cannot be merged`
    const hint = 'use the strategy overwrite'
    this.problems.push(this.environment.problemAt(`${section}.${name}`, `${name}: ${what}`, hint))
    return value
  }
}

function guessed(value: Json): ParameterType {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return 'number'
  if (Array.isArray(value)) return 'comma_delimited_list'
  return typeof value === 'object' ? 'json' : 'string'
}

function joinAs(type: ParameterType, old: Json, value: Json, deep: boolean): Json | undefined {
  if (type === 'boolean') return undefined
  if (type === 'string' && (typeof old === 'object' || typeof value === 'object')) return undefined
  const [one, other] = [coerce(type, old), coerce(type, value)]
  if ('wrong' in one || 'wrong' in other) return undefined
  if (type === 'number') return Number(one.value) + Number(other.value)
  if (type === 'string') return String(one.value) + String(other.value)
  return joinData(one.value, other.value, deep)
}

function joinData(old: Json, value: Json, deep: boolean): Json | undefined {
  if (Array.isArray(old) && Array.isArray(value)) return [...old, ...value]
  return isJsonObject(old) && isJsonObject(value) ? joinMaps(old, value, deep) : undefined
}

/** A null in the later map says nothing. Below the first level only a deep merge joins. */
function joinMaps(old: JsonObject, value: JsonObject, deep: boolean): JsonObject {
  const fields: JsonObject = { ...old }
  for (const [key, field] of Object.entries(value)) {
    if (field === null) continue
    const before = Object.hasOwn(old, key) ? (old[key] ?? null) : null
    setField(fields, key, (deep && before !== null && joinDeep(before, field)) || field)
  }
  return fields
}

function joinDeep(old: Json, value: Json): Json | undefined {
  if (typeof old === 'string' && typeof value === 'string') return old + value
  return joinData(old, value, true)
}

/** The types that the parameters of a template have, HOT or CloudFormation. */
export function parameterTypesOf(document: Json): TypeOf {
  const root = isJsonObject(document) ? document : {}
  const section = root.parameters ?? root.Parameters ?? null
  return (name) => {
    const parameter = isJsonObject(section) && Object.hasOwn(section, name) ? section[name] : undefined
    const type = isJsonObject(parameter) ? (parameter.type ?? parameter.Type) : undefined
    const spelled = typeof type === 'string' ? type.toLowerCase().replaceAll('_', '') : ''
    return PARAMETER_TYPES.find((known) => known.replaceAll('_', '') === spelled)
  }
}
