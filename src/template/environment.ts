// Environments: what is kept beside a template. Each section is read and checked here; what they mean together is decided
// by environment-merge.ts (several files) and registry.ts (types).
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'
import type { Parsed } from './parse.js'
import { type Registry, readRegistry } from './registry.js'
import { kindOf, show, wordOf } from './text.js'
import { mapChildren } from './value.js'

export interface Environment {
  readonly parameters: JsonObject
  readonly parameterDefaults: JsonObject
  readonly registry: Registry
  /** The section as it was written. */
  readonly resourceRegistry: JsonObject
  readonly encryptedParamNames: readonly string[]
  readonly eventSinks: readonly Json[]
  readonly strategies: Strategies
  /** Tells a problem with its place in this environment. */
  readonly problemAt: ProblemAt
}

export type ProblemAt = (path: string, message: string, hint?: string) => Problem

export const STRATEGIES = ['overwrite', 'merge', 'deep_merge'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** How parameters of several files become one. */
export interface Strategies {
  readonly fallback: Strategy
  readonly byParameter: ReadonlyMap<string, Strategy>
}

export interface ParsedEnvironment {
  /** Empty where there are problems. */
  readonly environment: Environment
  readonly problems: readonly Problem[]
}

/** Reads an environment. Never throws; the problems of parsing are handed on. An empty file says nothing, which is allowed. */
export function parseEnvironment({ document, placeOf, realAt, file, problems: earlier }: Parsed): ParsedEnvironment {
  const problems = [...earlier]
  const problemAt: ProblemAt = (path, message, hint) => {
    return { ...(file !== undefined && { file }), ...placeOf(path), path, message, ...(hint !== undefined && { hint }) }
  }
  const report: Report = (path, message, hint) => void problems.push(problemAt(path, message, hint))
  const sections = sectionsOf(document ?? null, report)
  const map = (name: string) => mapOf(sections[name] ?? null, name, report)
  const resourceRegistry = map('resource_registry')
  const environment: Environment = {
    parameters: spelled(map('parameters'), 'parameters', realAt),
    parameterDefaults: spelled(map('parameter_defaults'), 'parameter_defaults', realAt),
    registry: readRegistry(resourceRegistry, (path, ...rest) =>
      report(['resource_registry', ...path].join('.'), ...rest),
    ),
    resourceRegistry,
    encryptedParamNames: namesOf(sections.encrypted_param_names ?? null, report),
    eventSinks: sinksOf(sections.event_sinks ?? null, report),
    strategies: strategiesOf(map('parameter_merge_strategies'), report),
    problemAt,
  }
  return { environment, problems }
}

/** A whole number that was written with a point is kept as its text, for a parameter of type string is to have that. */
function spelled(values: JsonObject, section: string, realAt: Parsed['realAt']): JsonObject {
  const changed = mapChildren(values, (value, name) =>
    typeof value === 'number' && Number.isInteger(value) ? (realAt(`${section}.${name}`) ?? value) : value,
  )
  return isJsonObject(changed) ? changed : values
}

type Report = (path: string, message: string, hint?: string) => void

const SECTIONS = [
  'parameters',
  'parameter_defaults',
  'resource_registry',
  'encrypted_param_names',
  'event_sinks',
  'parameter_merge_strategies',
]

function sectionsOf(document: Json, report: Report): JsonObject {
  if (document === null) return {}
  if (!isJsonObject(document)) {
    report('', `an environment must be a map, not ${kindOf(document)}`, 'it has sections such as parameters')
    return {}
  }
  for (const [section, value] of Object.entries(document)) {
    if (!SECTIONS.includes(section)) {
      const hint = didYouMean(section, SECTIONS) ?? `the sections are ${SECTIONS.join(', ')}`
      report(section, `unknown section ${section} in an environment`, hint)
    } else if (value === null) report(section, `the section ${section} is empty`, 'leave it out, or write {}')
  }
  return document
}

function mapOf(value: Json, section: string, report: Report): JsonObject {
  if (isJsonObject(value)) return value
  if (value !== null) report(section, `the section ${section} must be a map of names and values, not ${kindOf(value)}`)
  return {}
}

function namesOf(value: Json, report: Report): string[] {
  if (value === null) return []
  if (!Array.isArray(value)) {
    report('encrypted_param_names', `expected a list of names, not ${kindOf(value)}`)
    return []
  }
  return value.flatMap((name, index) => {
    if (typeof name === 'string') return [name]
    report(`encrypted_param_names.${index}`, `expected the name of a parameter, not ${kindOf(name)}`)
    return []
  })
}

const SINK_KEYS = ['type', 'target', 'ttl']

function sinksOf(value: Json, report: Report): Json[] {
  if (value === null) return []
  if (!Array.isArray(value)) {
    report('event_sinks', `expected a list of sinks, not ${kindOf(value)}`)
    return []
  }
  for (const [index, sink] of value.entries()) checkSink(sink, `event_sinks.${index}`, report)
  return value
}

function checkSink(sink: Json, path: string, report: Report): void {
  if (!isJsonObject(sink)) return void report(path, `a sink must be a map, not ${kindOf(sink)}`)
  for (const key of Object.keys(sink)) {
    if (!SINK_KEYS.includes(key)) report(`${path}.${key}`, `a sink has no key ${key}`, didYouMean(key, SINK_KEYS))
  }
  if (sink.type === undefined) report(path, 'the sink has no type', 'for example type: zaqar-queue')
  else if (sink.type !== 'zaqar-queue')
    report(`${path}.type`, `unknown type ${show(sink.type)}`, 'the type is zaqar-queue')
}

function strategiesOf(section: JsonObject, report: Report): Strategies {
  const byParameter = new Map<string, Strategy>()
  let fallback: Strategy = 'overwrite'
  for (const [name, written] of Object.entries(section)) {
    const strategy = STRATEGIES.find((known) => known === written)
    if (!strategy) {
      const hint = didYouMean(wordOf(written), STRATEGIES) ?? `strategies are ${STRATEGIES.join(', ')}`
      report(`parameter_merge_strategies.${name}`, `unknown merge strategy ${show(written)}`, hint)
    } else if (name === 'default') fallback = strategy
    else byParameter.set(name, strategy)
  }
  return { fallback, byParameter }
}
