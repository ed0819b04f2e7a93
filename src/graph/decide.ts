// The decision: what brings one resource to what is wanted. Pure; it is taken at the visit, when the inputs are known,
// over all living versions of the name, so that an earlier version that fits is taken back and keeps its physical id.
import type { JsonObject } from '../lib/json.js'

export interface VersionState {
  readonly id: number
  readonly type: string
  readonly action: string
  readonly status: string
  readonly state: string
  readonly physicalId: string | null
  /** Hash of the properties it has or, while an action is under way, is to have. */
  readonly propertiesHash: string | null
  /** The properties of the last completed action, else those that were intended; null when neither is known. */
  readonly properties: JsonObject | null
}

export interface WantedState {
  readonly type: string
  readonly propertiesHash: string
  /** The same properties' hash as it is kept of secret ones: what has become secret, or is no more, has not changed. */
  readonly secretHash?: string | undefined
  readonly properties: JsonObject
}

/** What a change of properties asks for: the strongest demand of those that changed. */
export type Change = 'none' | 'update' | 'replace' | 'immutable'

/** What the decision must know of the wanted type. */
export interface TypeRules {
  change(before: JsonObject, wanted: JsonObject): Change
  readonly whenFailed: 'replace' | 'update'
}

export type Step =
  | { readonly kind: 'keep' | 'update'; readonly version: number }
  /** `resume`: an earlier attempt may have made the thing already, so it is looked for first. */
  | { readonly kind: 'create'; readonly version: number; readonly resume: boolean }
  /** A new version takes over from the one that carries the node. */
  | { readonly kind: 'replace' }
  | { readonly kind: 'refuse'; readonly reason: string }

/** @param versions all living versions of the name; the first carries the node. */
export function decide(
  versions: readonly [VersionState, ...VersionState[]],
  wanted: WantedState,
  rules: TypeRules,
): Step {
  const [carrier] = versions
  // A version on which an engine is still at work cannot be chosen, except the carrier, which is ours.
  const free = versions.filter(
    (version) =>
      version.type === wanted.type &&
      version.action !== 'DELETE' &&
      (version === carrier || (version.state !== 'running' && version.state !== 'parked')),
  )
  const same = free.find((version) => isSound(version) && isAsWanted(version, wanted))
  if (same) return { kind: 'keep', version: same.id }

  const interrupted = free.find((version) => version.status === 'IN_PROGRESS' && isAsWanted(version, wanted))
  if (interrupted) return resume(interrupted)

  const changes = new Map(free.map((version) => [version, changeOf(version, wanted, rules)]))
  if (isSound(carrier) && changes.get(carrier) === 'immutable') {
    return { kind: 'refuse', reason: 'a property that must never change has changed' }
  }
  const updatable = free.find(
    (version) => version.physicalId !== null && mendable(version, rules) && isGentle(changes.get(version)),
  )
  if (updatable) return { kind: 'update', version: updatable.id }
  if (carrier.type === wanted.type && carrier.action === 'INIT') {
    return { kind: 'create', version: carrier.id, resume: false }
  }
  const halfMade = free.find(
    (version) => version.physicalId === null && rules.whenFailed === 'update' && isGentle(changes.get(version)),
  )
  return halfMade ? { kind: 'create', version: halfMade.id, resume: true } : { kind: 'replace' }
}

const isAsWanted = ({ propertiesHash }: VersionState, wanted: WantedState) =>
  propertiesHash !== null && (propertiesHash === wanted.propertiesHash || propertiesHash === wanted.secretHash)

const isSound = (version: VersionState) => version.status === 'COMPLETE' && version.physicalId !== null

const mendable = (version: VersionState, rules: TypeRules) => isSound(version) || rules.whenFailed === 'update'

const isGentle = (change: Change | undefined) => change === 'none' || change === 'update'

function changeOf(version: VersionState, wanted: WantedState, rules: TypeRules): Change {
  return version.properties === null ? 'replace' : rules.change(version.properties, wanted.properties)
}

function resume(version: VersionState): Step {
  return version.action === 'CREATE'
    ? { kind: 'create', version: version.id, resume: true }
    : { kind: 'update', version: version.id }
}
