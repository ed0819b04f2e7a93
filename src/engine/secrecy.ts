// What of a visit must not be seen: worked out from the definition and from what it reads of secret rows, so that secrecy
// spreads along get_attr; and kept out of whatever a type says about it.
import type { Json, JsonObject } from '../lib/json.js'
import type { Logger, ResourceType } from '../provider/contract.js'
import { blot } from '../provider/secrets.js'
import type { InputRow } from '../store/claim.js'
import type { Definition } from '../template/definition.js'
import { referencesOf } from '../template/references.js'
import type { Value } from '../template/value.js'
import type { Outcome, Task, Work } from './work.js'

/**
 * The secret parts of a visit; undefined when there are none and nothing of it has to be sealed. A property that reads
 * anything of a sealed row is secret: what of that row was secret may have gone into every attribute of it.
 */
export function secretPartsOf(
  { properties, metadata, secret }: Pick<Definition, 'properties' | 'metadata' | 'secret'>,
  inputs: ReadonlyMap<string, Pick<InputRow, 'secret'>>,
): readonly string[] | undefined {
  const sealed = new Set([...inputs].flatMap(([name, row]) => (row.secret ? name : [])))
  if (sealed.size === 0) return secret
  const reads = (value: Value) => referencesOf(value).some(({ resource }) => sealed.has(resource))
  const parts = Object.keys(properties).flatMap((name) => (reads(properties[name] ?? null) ? `properties.${name}` : []))
  if (reads(metadata)) parts.push('metadata')
  return secret || parts.length > 0 ? [...new Set([...(secret ?? []), ...parts])] : undefined
}

/** What a definition makes secret by itself: what it gives to secret properties, and all of a type with secret attributes. */
export function secretByType(definition: Definition, type: ResourceType | undefined): readonly string[] | undefined {
  const { secret, properties } = definition
  const given = Object.keys(properties).filter((name) => type?.properties[name]?.secret)
  const bears = Object.values(type?.attributes ?? {}).some((attribute) => attribute.secret)
  if (given.length === 0 && !bears) return secret
  return [...new Set([...(secret ?? []), ...given.map((name) => `properties.${name}`)])]
}

/** The values of the secret parts, and of attributes that are secret by their type. */
export function secretValues(
  secret: readonly string[],
  { properties, attributes, metadata }: { properties: JsonObject; attributes?: JsonObject | null; metadata?: Json },
  type: ResourceType | undefined,
): Json[] {
  const parts = new Set(secret)
  const named = Object.keys(properties).filter(
    (name) => parts.has(`properties.${name}`) || type?.properties[name]?.secret === true,
  )
  const borne = Object.keys(attributes ?? {}).filter((name) => type?.attributes?.[name]?.secret)
  return [
    ...named.map((name) => properties[name] ?? null),
    ...borne.map((name) => attributes?.[name] ?? null),
    ...(parts.has('metadata') ? [metadata ?? null] : []),
  ]
}

/** The same outcome without any secret in its message. */
export function discreet(outcome: Outcome, work: Work, type: ResourceType): Outcome {
  if (!isSecret(work, type)) return outcome
  if (outcome.kind === 'failed') return { ...outcome, message: blot(outcome.message, ...valuesIn(work, type)) }
  if (outcome.kind !== 'visited' || outcome.reason === null) return outcome
  const { finding } = outcome
  const live = finding && 'properties' in finding ? secretValues(work.secret ?? [], finding, type) : []
  return { ...outcome, reason: blot(outcome.reason, ...valuesIn(work, type), ...live) }
}

/** A type's log lines about secret work, without the secrets. */
export function discreetLog(log: Logger, work: Work, type: ResourceType): Logger {
  if (!isSecret(work, type)) return log
  const values = valuesIn(work, type)
  const said = (level: 'debug' | 'info' | 'warn' | 'error') => (details: object, message: string) =>
    log[level](JSON.parse(blot(JSON.stringify(details), ...values)) as object, blot(message, ...values))
  return { debug: said('debug'), info: said('info'), warn: said('warn'), error: said('error') }
}

/** Rows from before there were keys are secret by their type alone. */
const isSecret = ({ secret }: Work, type: ResourceType): boolean =>
  secret !== undefined || Object.values(type.properties).some((schema) => schema.secret)

function valuesIn({ secret = [], task, intent }: Work, type: ResourceType): Json[] {
  const metadata = intent?.metadata ?? null
  return statesOf(task).flatMap((state) => secretValues(secret, { ...state, metadata }, type))
}

function statesOf(task: Task): { properties: JsonObject; attributes?: JsonObject }[] {
  switch (task.kind) {
    case 'create':
      return [{ properties: task.wanted }]
    case 'update':
      return [{ properties: task.wanted }, task.thing]
    case 'delete':
    case 'visit':
      return [task.thing]
    default:
      return [task.operation]
  }
}
