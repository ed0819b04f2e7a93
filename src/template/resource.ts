// One entry of the `resources` section becomes a definition. Patches and streams of definitions come through here one by
// one, so nothing is built per call but the definition.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import type { Definition } from './definition.js'
import { readExtensions } from './extensions.js'
import type { Scope } from './scope.js'
import { checkKeys, mapAt, textAt } from './shape.js'
import { kindOf, wordOf } from './text.js'
import { OMITTED, quote, setField, type Value } from './value.js'
import { rankOf, type Version } from './version.js'

const KEYS = new Set([
  'type',
  'properties',
  'metadata',
  'depends_on',
  'deletion_policy',
  'update_policy',
  'description',
  'isotherm',
])
const SINCE = { condition: '2016-10-14', external_id: '2016-10-14' } as const
const NEWER_KEYS = new Set([...KEYS, ...Object.keys(SINCE)])

/** The keys of a resource in a version of the language. */
export const resourceKeys = (version: Version): ReadonlySet<string> =>
  version >= rankOf('2016-10-14') ? NEWER_KEYS : KEYS

/** The definition that `raw` is; `scope` stands at it. Undefined when it is so wrong that no definition can be made. */
export function resolveResource(scope: Scope, name: string, raw: Json): Definition | undefined {
  checkName(scope, name)
  if (!isJsonObject(raw)) {
    scope.problem(`a resource must be a map, not ${kindOf(raw)}`, 'it needs at least a type')
    return undefined
  }
  checkKeys(scope, raw, resourceKeys(scope.context.version), 'a resource', SINCE)
  scope.references.clear()
  const { hiddenUses } = scope
  const secret: string[] = []
  const type = typeOf(scope, raw)
  const properties = resolveProperties(scope, raw, secret)
  const metadata =
    raw.metadata === undefined ? {} : scope.at('metadata', () => metadataOf(scope, raw.metadata ?? null, secret))
  const requires = requiresOf(scope, raw)
  const externalId = externalIdOf(scope, raw)
  const written = deletionPolicyOf(scope, raw)
  // What is only referred to stays, whatever is said.
  const deletionPolicy = externalId === undefined ? written : 'Retain'
  const isotherm =
    raw.isotherm === undefined ? undefined : scope.at('isotherm', () => readExtensions(scope, raw.isotherm ?? null))
  const updatePolicy = updatePolicyOf(scope, raw)
  if (isotherm?.replacement && deletionPolicy === 'Retain') {
    const hint = 'what is retained is not deleted first'
    scope.at('isotherm', () => scope.at('replacement', () => scope.problem('the deletion policy is Retain', hint)))
  }
  const description = textAt(scope, raw, 'description')
  return {
    type,
    properties,
    requires,
    deletionPolicy,
    metadata,
    ...(description !== undefined && { description }),
    ...(updatePolicy && { updatePolicy }),
    ...(isotherm && { isotherm }),
    ...(externalId !== undefined && { externalId }),
    ...(scope.hiddenUses !== hiddenUses && { secret }),
  }
}

function checkName(scope: Scope, name: string): void {
  if (name === '' || name.length > 255) scope.problem('the name of a resource has 1 to 255 characters')
  else if (name.includes('/')) scope.problem('the name of a resource must not contain a slash')
}

function typeOf(scope: Scope, raw: JsonObject): string {
  const { type } = raw
  if (typeof type === 'string' && type !== '') return type
  if (type === undefined) scope.problem('the resource has no type')
  else
    scope.at('type', () =>
      scope.problem(type === '' ? 'the type is empty' : `the type must be a text, not ${kindOf(type)}`),
    )
  return ''
}

/** Each property stands alone: one that is symbolic does not make its neighbours so. */
function resolveProperties(scope: Scope, raw: JsonObject, secret: string[]): { [name: string]: Value } {
  const written = raw.properties
  if (written === undefined || written === null) return {}
  scope.path.push('properties')
  const properties = isJsonObject(written) && scope.isCall(written) ? calledProperties(scope, written, secret) : null
  const resolved = properties ?? writtenProperties(scope, mapAt(scope, written, 'properties'), secret)
  scope.path.pop()
  return resolved
}

/** The whole map may come from a function, for example a parameter of type json; its contents are data. */
function calledProperties(scope: Scope, written: JsonObject, secret: string[]): { [name: string]: Value } {
  const { hiddenUses } = scope
  const properties = mapAt(scope, scope.resolveNow(written), 'properties')
  const quoted: JsonObject = {}
  for (const [name, value] of Object.entries(properties)) setField(quoted, name, quote(value))
  if (scope.hiddenUses > hiddenUses) secret.push(...Object.keys(quoted).map((name) => `properties.${name}`))
  return quoted
}

function writtenProperties(scope: Scope, written: JsonObject, secret: string[]): { [name: string]: Value } {
  const properties: JsonObject = {}
  for (const [name, value] of Object.entries(written)) {
    const { hiddenUses } = scope
    scope.path.push(name)
    const resolved = scope.resolveQuoted(value)
    scope.path.pop()
    if (resolved !== OMITTED) setField(properties, name, resolved)
    if (scope.hiddenUses > hiddenUses) secret.push(`properties.${name}`)
  }
  return properties
}

function metadataOf(scope: Scope, written: Json, secret: string[]): Value {
  const { problemCount, hiddenUses } = scope
  const metadata = scope.resolveQuoted(written)
  if (scope.hiddenUses > hiddenUses) secret.push('metadata')
  if (metadata === OMITTED || metadata === null) return {}
  if (!isJsonObject(metadata) && scope.problemCount === problemCount) {
    scope.problem(`metadata must be a map, not ${kindOf(metadata)}`)
  }
  return metadata
}

function requiresOf(scope: Scope, raw: JsonObject): string[] {
  const written = raw.depends_on ?? []
  const names = Array.isArray(written) ? written : [written]
  if (names.length > 0) scope.at('depends_on', () => noteDependencies(scope, names, Array.isArray(written)))
  return scope.references.size === 0 ? [] : [...scope.references].sort()
}

function noteDependencies(scope: Scope, names: readonly Json[], listed: boolean): void {
  names.forEach((name, index) => {
    const note = () => noteDependency(scope, name)
    if (listed) scope.at(index, note)
    else note()
  })
}

/** Waiting for a resource whose condition is false is waiting for nothing. */
function noteDependency(scope: Scope, name: Json): void {
  if (typeof name !== 'string') return void scope.problem(`expected the name of a resource, not ${kindOf(name)}`)
  const { context } = scope
  const presence = context.resource(name)
  if (presence === 'present') scope.references.add(name)
  if (presence === 'absent') scope.problem(`no resource named ${name}`, didYouMean(name, context.resourceNames()))
}

const POLICIES = new Map<string, Definition['deletionPolicy']>([
  ['Delete', 'Delete'],
  ['Retain', 'Retain'],
  ['Snapshot', 'Snapshot'],
])
const LOWER_POLICIES = new Map<string, Definition['deletionPolicy']>([
  ...POLICIES,
  ['delete', 'Delete'],
  ['retain', 'Retain'],
  ['snapshot', 'Snapshot'],
])

const policiesOf = (version: Version) => (version >= rankOf('2016-10-14') ? LOWER_POLICIES : POLICIES)

/** The words for what becomes of a thing that goes, in a version of the language. */
export const deletionPolicies = (version: Version): string[] => [...policiesOf(version).keys()]

function deletionPolicyOf(scope: Scope, raw: JsonObject): Definition['deletionPolicy'] {
  if (raw.deletion_policy === undefined || raw.deletion_policy === null) return 'Delete'
  return scope.at('deletion_policy', () => readPolicy(scope, scope.resolveNow(raw.deletion_policy ?? null)))
}

function readPolicy(scope: Scope, written: Json): Definition['deletionPolicy'] {
  const policy = policiesOf(scope.context.version).get(wordOf(written))
  if (policy) return policy
  const hint = didYouMean(wordOf(written), POLICIES.keys()) ?? 'policies are Delete, Retain and Snapshot'
  scope.problem(`unknown deletion policy ${wordOf(written)}`, hint)
  return 'Delete'
}

function externalIdOf(scope: Scope, raw: JsonObject): string | undefined {
  const { external_id: written } = raw
  // In an older version the key is unknown, and told as such.
  if (written === undefined || written === null || scope.context.version < rankOf('2016-10-14')) return undefined
  return scope.at('external_id', () => {
    const id = scope.resolveNow(written)
    if (typeof id === 'string' && id !== '') return id
    scope.problem(`expected the physical id of what exists, not ${id === '' ? 'an empty text' : kindOf(id)}`)
    return undefined
  })
}

/** What the policy asks for, the resource's type knows. */
function updatePolicyOf(scope: Scope, raw: JsonObject): JsonObject | undefined {
  const { update_policy: policy } = raw
  if (policy === undefined || policy === null) return undefined
  const read = scope.at('update_policy', () => mapAt(scope, scope.resolveNow(policy), 'update_policy'))
  return Object.keys(read).length === 0 ? undefined : read
}

/** Whether the condition of `raw` lets it be part of the stack; `scope` stands at the resource or output. */
export function isEnabled(scope: Scope, raw: Json): boolean {
  if (!isJsonObject(raw) || raw.condition === undefined || raw.condition === null) return true
  // In an older version the key is unknown, and told as such.
  if (scope.context.version < rankOf('2016-10-14')) return true
  return scope.at('condition', () => scope.condition(raw.condition ?? null))
}
