// The `resource_registry` of an environment: which type a type's name stands for, everywhere, under a wildcard, or for one
// resource only.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import { matchesPattern } from './file-pattern.js'
import { HOOKS } from './hooks.js'
import { kindOf, show } from './text.js'

interface Mapping {
  /** `['OS::Old']`, or `['resources', 'web', 'OS::Old']`. */
  readonly path: readonly string[]
  readonly target: string
}

/** Hooks or restricted actions of the resources whose names match. */
export interface Intervention {
  readonly key: 'hooks' | 'restricted_actions'
  /** `['resources', 'web_*']`. */
  readonly path: readonly string[]
  readonly pattern: string
  readonly values: readonly string[]
}

export interface Registry {
  readonly mappings: readonly Mapping[]
  readonly interventions: readonly Intervention[]
  /** Where hooks or restricted actions stand that are said of no resource: as in Heat they mean nothing. */
  readonly misplaced: readonly (readonly string[])[]
}

type Report = (path: readonly string[], message: string, hint?: string) => void

/** Reads the section; null removes what was mapped before it. */
export function readRegistry(section: JsonObject, report: Report): Registry {
  const mappings = new Map<string, Mapping>()
  const interventions: Intervention[] = []
  const misplaced: (readonly string[])[] = []
  const walk = (path: readonly string[], map: JsonObject): void => {
    for (const [key, value] of Object.entries(map)) {
      const here = [...path, key]
      if (value === null) remove(mappings, here)
      else if (isIntervention(key) && path[0] === 'resources' && path.length > 1)
        readIntervention(key, here, value, interventions, report)
      else if (isIntervention(key) && areKnown(key, value)) misplaced.push(here)
      else if (isJsonObject(value) && (here[0] === 'resources' || path.length > 0)) walk(here, value)
      else if (typeof value === 'string') readMapping(here, value, mappings, report)
      else report(here, `expected the name of a type or of a template's file, not ${kindOf(value)}`)
    }
  }
  walk([], section)
  return { mappings: [...mappings.values()], interventions, misplaced }
}

const keyOf = (path: readonly string[]): string => JSON.stringify(path)

function remove(mappings: Map<string, Mapping>, path: readonly string[]): void {
  const name = path.at(-1) ?? ''
  const around = keyOf(path.slice(0, -1))
  for (const [key, mapping] of mappings) {
    const other = mapping.path.at(-1) ?? ''
    const same = name.endsWith('*') ? other.startsWith(name.slice(0, -1)) : other === name
    if (same && keyOf(mapping.path.slice(0, -1)) === around) mappings.delete(key)
  }
}

function readMapping(path: readonly string[], target: string, mappings: Map<string, Mapping>, report: Report): void {
  const name = path.at(-1) ?? ''
  if (target === '')
    report(path, `nothing is said for ${name}`, 'null removes a mapping; OS::Heat::None stands for nothing')
  else mappings.set(keyOf(path), { path, target })
}

const VALUES = {
  hooks: HOOKS,
  restricted_actions: ['update', 'replace'],
} as const

const isIntervention = (key: string): key is Intervention['key'] => Object.hasOwn(VALUES, key)

function areKnown(key: Intervention['key'], value: Json): boolean {
  const known: readonly Json[] = VALUES[key]
  return (Array.isArray(value) ? value : [value]).every((one) => known.includes(one))
}

function readIntervention(
  key: Intervention['key'],
  path: readonly string[],
  value: Json,
  interventions: Intervention[],
  report: Report,
): void {
  const known: readonly string[] = VALUES[key]
  const values: string[] = []
  for (const one of Array.isArray(value) ? value : [value]) {
    if (typeof one === 'string' && known.includes(one)) values.push(one)
    else {
      const hint = (typeof one === 'string' && didYouMean(one, known)) || `there are ${known.join(', ')}`
      report(path, `${key} has no ${show(one)}`, hint)
    }
  }
  // Deeper ones are for the resources of nested stacks.
  const [, pattern, ...deeper] = path
  if (pattern !== undefined && deeper.length === 1)
    interventions.push({ key, path: path.slice(0, -1), pattern, values })
}

// Resolving

export type ResolvedType =
  | { readonly kind: 'type'; readonly name: string }
  /** A template that is used as a type. */
  | { readonly kind: 'template'; readonly file: string }
  | { readonly kind: 'circular'; readonly names: readonly string[] }
  /** A name stands for a wildcard, which stands for nothing itself. Where no resource is of such a type, it does no harm. */
  | { readonly kind: 'wildcard'; readonly name: string; readonly target: string }

/**
 * What `type` stands for in the definition of `resource`. As in Heat: what is said for one resource comes first, then, in
 * the order of their names, wildcards and types (so `A::*` before `A::B`); the target is looked up again.
 */
export function resolveType(registry: Registry, type: string, resource: string): ResolvedType {
  const names = [type]
  for (let name = type; ; ) {
    if (isTemplateFile(name)) return { kind: 'template', file: name }
    const next = targetOf(registry, name, resource)
    if (next === undefined || next === name)
      return name.endsWith('*') && name !== type
        ? { kind: 'wildcard', name: type, target: name }
        : { kind: 'type', name }
    // A wildcard whose target it fits itself, `My::*: My::Old::*`, makes ever longer names.
    const endless = names.includes(next) || names.length > LOOK_UPS_MAX
    if (endless) return { kind: 'circular', names: [...names.slice(0, 3), next] }
    names.push(next)
    name = next
  }
}

/** Names that stand for templates and not for types. */
export const isTemplateFile = (name: string): boolean => /\.(yaml|yml|template)$/.test(name)

const LOOK_UPS_MAX = 100

function targetOf({ mappings }: Registry, type: string, resource: string): string | undefined {
  let best: Mapping | undefined
  for (const mapping of mappings) {
    if (fits(mapping, type, resource) && (!best || comesFirst(mapping, best, resource))) best = mapping
  }
  if (!best) return undefined
  const name = best.path.at(-1) ?? ''
  const both = name.endsWith('*') && best.target.endsWith('*')
  return both ? best.target.slice(0, -1) + type.slice(name.length - 1) : best.target
}

function fits({ path, target }: Mapping, type: string, resource: string): boolean {
  const name = path.at(-1) ?? ''
  // A wildcard never maps its own target: `OS::*: OS::Heat::None` would go round.
  const named = name.endsWith('*') ? type !== target && type.startsWith(name.slice(0, -1)) : type === name
  if (!named) return false
  if (path.length === 1) return true
  const [, pattern = ''] = path
  return path.length === 3 && matchesPattern(pattern, resource)
}

function comesFirst(one: Mapping, other: Mapping, resource: string): boolean {
  if (one.path.length !== other.path.length) return one.path.length > other.path.length
  const [named, otherNamed] = [one.path[1] === resource, other.path[1] === resource]
  if (one.path.length > 1 && named !== otherNamed) return named
  return one.path.join('\0') < other.path.join('\0')
}
