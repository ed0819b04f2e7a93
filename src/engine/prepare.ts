// Preparing: from claimed rows to what is to be done about each. The decision itself is pure (graph/decide.ts); here the
// rows are brought into the form it wants, and its answer into work.

import { decide, type Step, type VersionState } from '../graph/decide.js'
import { hooksBefore, isPastHook, nextHook } from '../graph/hooks.js'
import { asObserved } from '../graph/observed.js'
import { forbidden } from '../graph/policies.js'
import { hashOf, type Json, type JsonObject } from '../lib/json.js'
import type { PolledAction, ResourceType } from '../provider/contract.js'
import { ProviderError } from '../provider/error.js'
import { completeProperties } from '../provider/properties.js'
import type { TypeRegistry } from '../provider/registry.js'
import { blot } from '../provider/secrets.js'
import type { ClaimedRow, EarlierVersion, InputRow, Intent } from '../store/claim.js'
import type { DefinitionBody } from '../store/templates.js'
import { evaluate } from '../template/evaluate.js'
import { EvaluationError } from '../template/evaluation-error.js'
import { keepIgnored } from '../template/extensions.js'
import type { Hook } from '../template/hooks.js'
import { changeOf } from './change.js'
import { apartFromOwn, existingOf, isReferredTo, prepareReference, refused } from './external.js'
import { inputsFrom } from './inputs.js'
import { secretPartsOf, secretValues } from './secrecy.js'
import { operationTimeoutSeconds, TIMED_OUT } from './timeouts.js'
import { adoptFirst, carryOnVisit, isToBeAdopted, prepareVisit, resumeFirst, snapshotFirst } from './visit-prepare.js'
import type { VisitEnding } from './visit-settle.js'
import { isVerb, type KnownThing, type Task, type Work } from './work.js'

/** What is to be done about a claimed row. */
export type Decision =
  /** `row` is the version to work on: the claimed one, or an earlier one that takes the node over. */
  | {
      readonly kind: 'begin'
      readonly row: ClaimedRow
      readonly chosen: ChosenVersion
      readonly task: Task
      readonly intent: Intent | undefined
      readonly propertiesHash: string | null
      readonly attempt: number
    }
  | {
      readonly kind: 'replace'
      readonly row: ClaimedRow
      readonly wanted: JsonObject
      readonly intent: Intent
      readonly propertiesHash: string
    }
  /** The elders go before anything is made; `replaces`: a new version is to carry the node, the claimed one is an elder too. */
  | {
      readonly kind: 'makeWay'
      readonly row: ClaimedRow
      readonly elders: readonly number[]
      readonly replaces: boolean
      readonly intent: Intent
    }
  | {
      readonly kind: 'keep'
      readonly row: ClaimedRow
      readonly chosen: ChosenVersion
      readonly intent: Intent
      readonly propertiesHash: string
      /** A visit had found something, which is as wanted: left to others, for example. The record takes it over. */
      readonly settlesFinding?: boolean
    }
  | { readonly kind: 'refuse'; readonly row: ClaimedRow; readonly reason: string }
  /** A visit that needs no call. */
  | { readonly kind: 'pass'; readonly row: ClaimedRow; readonly ending: VisitEnding }
  /** Nothing more is done until somebody clears the hook. */
  | { readonly kind: 'hold'; readonly row: ClaimedRow; readonly hook: Hook }
  /** There is nothing in the world to be undone, or it is to stay there. */
  | { readonly kind: 'forget'; readonly row: ClaimedRow; readonly retained: boolean; readonly says?: string }

export type ChosenVersion = Pick<
  EarlierVersion,
  | 'id'
  | 'fence'
  | 'token'
  | 'physicalId'
  | 'requires'
  | 'suspended'
  | 'attributes'
  | 'privateData'
  | 'properties'
  | 'propertiesHash'
  | 'secret'
  | 'intent'
>

export interface Surroundings {
  /** Other living versions of the row's name. */
  readonly earlier: readonly EarlierVersion[]
  /** Rows of the stack by name. */
  readonly inputs: ReadonlyMap<string, InputRow>
  /** What is kept of the hash of secret properties; undefined in an engine without keys. */
  readonly hashSecret: ((plainHash: string) => string) | undefined
}

export function prepare(row: ClaimedRow, around: Surroundings, types: TypeRegistry): Decision {
  const unreadable =
    row.unreadable ?? [...around.earlier, ...inputsOf(row, around)].find((one) => one.unreadable)?.unreadable
  if (unreadable !== undefined) return { kind: 'refuse', row, reason: unreadable }
  const type = types.get(row.type)
  if (row.state === 'parked' && !takesUp(row, types)) {
    const { of = actionUnderWay(row) } = row.handle ?? {}
    return isVerb(of) ? carryOnVisit(row, of, type, limitsOf(row)) : carryOn(row, of, type)
  }
  if (row.phase === 'visit') return prepareVisit(row, type)
  if (isLeaving(row)) return prepareCleanup(row, type)
  const decision = prepareUpdate(row, around, types)
  if (row.state !== 'parked' || decision.kind !== 'refuse') return decision
  // What is refused while a nested stack is under way reaches it too.
  return carryOn(row, actionUnderWay(row), type, decision.reason)
}

/**
 * Whether the row's node is taken up. An operation that is pending is carried on first, but for a nested stack: it is told
 * at once what it is to become now, as any stack is.
 */
export function takesUp(row: ClaimedRow, types: TypeRegistry): boolean {
  if (row.state !== 'parked') return true
  const { handle, phase, traversal, stackTraversal, awaiting, halted } = row
  if (!types.get(row.type)?.composite || traversal !== stackTraversal || halted) return false
  if (phase === null || (phase === 'visit' && !isVerb(handle?.of ?? ''))) return false
  return awaiting === 0 && (handle?.traversal !== traversal || handle.phase !== phase)
}

const inputsOf = (row: ClaimedRow, { inputs }: Surroundings): InputRow[] =>
  inputs.size === 0 ? [] : row.definitionRequires.flatMap((name) => inputs.get(name) ?? [])

/** A pending operation is polled while it is wanted and in time; else it is cancelled, if its type can do that. */
function carryOn(row: ClaimedRow, of: PolledAction, type: ResourceType | undefined, refused?: string): Decision {
  const action = actionUnderWay(row)
  const timedOut = (row.elapsedSeconds ?? 0) > operationTimeoutSeconds(type, limitsOf(row))
  const overtaken = isSuperseded(row) && !type?.composite
  const unwanted = action !== 'delete' && (row.halted || !row.current || overtaken || refused !== undefined)
  const cancellable = type?.cancel !== undefined || type?.composite !== undefined
  // Once begun it is carried through, also when the same is wanted again: what would a poll find?
  const stop = timedOut || row.cancelling !== null || (unwanted && cancellable)
  const operation = {
    handle: row.handle?.operation ?? null,
    of,
    mend: row.handle?.mend ?? false,
    physicalId: row.physicalId,
    properties: row.intent?.properties ?? row.properties ?? {},
    attributes: row.attributes ?? {},
    privateData: row.privateData ?? null,
    cancelReason:
      row.cancelling ?? (timedOut ? TIMED_OUT : unwanted ? (refused ?? 'cancelled: no longer wanted') : undefined),
  }
  const task: Task = { kind: stop ? 'cancel' : 'poll', action, operation }
  const intent = row.intent ?? undefined
  return { kind: 'begin', row, chosen: row, task, intent, propertiesHash: null, attempt: row.attempt }
}

/** What its template says of attempts and time. What goes may have no definition any more, but had one. */
export const limitsOf = (row: ClaimedRow): Work['limits'] =>
  (isToBecome(row) ? row.definition?.isotherm : row.farewell?.limits) ?? undefined

/** It has come by with its definition: what is visited or goes has not. */
export const isToBecome = ({ phase, current }: Pick<ClaimedRow, 'phase' | 'current'>): boolean =>
  phase === 'update' && current

const actionUnderWay = ({ action }: ClaimedRow): PolledAction =>
  action === 'DELETE' ? 'delete' : action === 'UPDATE' ? 'update' : 'create'

const isSuperseded = (row: ClaimedRow) =>
  row.phase === 'update' && row.definitionHash !== null && row.definitionHash !== row.intent?.definitionHash

/** It is to be deleted: at the end, or first, to make way for what replaces it. */
export const isLeaving = ({ phase, current }: Pick<ClaimedRow, 'phase' | 'current'>): boolean =>
  phase === 'cleanup' || (phase === 'update' && !current)

function prepareCleanup(row: ClaimedRow, type: ResourceType | undefined): Decision {
  // Nothing was made, and what was to be taken over has not been.
  if (row.physicalId === null && row.intent?.adopts !== undefined)
    return { kind: 'forget', row, retained: false, says: `${row.intent.adopts} was never taken over` }
  const { action, status } = row
  // Only its hook was still to be cleared.
  if (action === 'DELETE' && status === 'COMPLETE') return { kind: 'forget', row, retained: false }
  if (action === 'INIT' || row.retain || isReferredTo(row)) {
    const retained = action !== 'INIT'
    return { kind: 'forget', row, retained, ...(retained && { says: 'retained' }) }
  }
  if (!type) return { kind: 'refuse', row, reason: unknownType(row.type) }
  const thing = {
    properties: row.properties ?? {},
    attributes: row.attributes ?? {},
    privateData: row.privateData ?? null,
  }
  const again = action === 'DELETE' && status === 'IN_PROGRESS'
  const hook = again ? undefined : nextHook(row, ['pre-delete'])
  if (hook) return { kind: 'hold', row, hook }
  if (!again && row.farewell?.keepFirst && type.snapshot && isMade(row)) return snapshotFirst(row)
  const attempt = again ? row.attempt + 1 : 1
  const task: Task = { kind: 'delete', physicalId: row.physicalId, thing }
  return { kind: 'begin', row, chosen: row, task, intent: undefined, propertiesHash: null, attempt }
}

/** Of what was never finished there is nothing to keep. */
const isMade = ({ physicalId, action, status }: ClaimedRow) =>
  physicalId !== null && !(action === 'CREATE' && status !== 'COMPLETE')

const unknownType = (name: string) =>
  `the type ${name} is not registered in this engine: register it, or run an engine that has it`

function prepareUpdate(claimed: ClaimedRow, around: Surroundings, types: TypeRegistry): Decision {
  const row = isBeingVisited(claimed) ? { ...claimed, status: 'FAILED' } : asObserved(claimed, claimed.observed)
  const definition = row.definition
  if (!definition) return { kind: 'refuse', row, reason: `the template has no definition of ${row.name}` }
  const type = types.get(definition.type)
  if (!type) return { kind: 'refuse', row, reason: unknownType(definition.type) }
  const requires = row.definitionRequires.flatMap((name) => around.inputs.get(name)?.id ?? [])
  if (definition.externalId !== undefined) return prepareReference(row, definition.externalId, requires)
  if (isReferredTo(claimed)) return refused(row)
  const inputs = new Map(inputsOf(row, around).map((input) => [input.name, input]))
  const secret = secretPartsOf(definition, inputs)
  const resolved = resolve(definition, { inputs, secret }, types, type)
  if (typeof resolved === 'string') return { kind: 'refuse', row, reason: resolved }
  const earlier = around.earlier.map((version) => asObserved(version, version.observed))
  const versions: [ClaimedRow, ...EarlierVersion[]] = [row, ...earlier]
  const wanted = leftToOthers(resolved, definition, versions, type)
  // What is in a composite's stack is looked at by that.
  if (isToBeAdopted(row) && row.type === type.name && !type.composite) return adoptFirst(row, wanted.properties, secret)
  const intent: Intent = {
    ...wanted,
    definitionHash: row.definitionHash ?? '',
    retain: definition.deletionPolicy === 'Retain',
    requires,
    ...adoptsFrom(definition, [row, ...around.earlier]),
    ...(secret && { secret }),
    ...(definition.nested && { nested: { ...definition.nested, updatePolicy: definition.updatePolicy ?? {} } }),
  }
  const plainHash = wantedHash(wanted.properties, intent)
  const touchesSecrets = secret || row.secret || around.earlier.some((version) => version.secret)
  const secretHash = touchesSecrets ? around.hashSecret?.(plainHash) : undefined
  const step = isPastHook(row, row.status)
    ? ({ kind: 'keep', version: row.id } as const)
    : apartFromOwn(
        decide(
          versions,
          { type: type.name, propertiesHash: plainHash, secretHash, properties: wanted.properties },
          { change: (before, after) => changeOf(type, before, after), whenFailed: type.whenFailed ?? 'replace' },
        ),
        versions,
        intent,
      )
  const reason = step.kind === 'update' || step.kind === 'replace' ? forbiddenTo(step.kind, row, definition) : undefined
  if (reason !== undefined) return { kind: 'refuse', row, reason }
  const propertiesHash = secret && secretHash ? secretHash : plainHash
  const hook = hookInTheWay(step, versions, definition, propertiesHash)
  if (hook) return { kind: 'hold', row, hook }
  const elders = eldersInTheWay(step, row, { definition, earlier })
  if (elders.length > 0) return { kind: 'makeWay', row, elders, replaces: step.kind === 'replace', intent }
  const found = [claimed, ...around.earlier].filter(({ status }) => status === 'FAILED').map(({ id }) => id)
  return fulfil(step, row, { earlier, type, found }, intent, propertiesHash)
}

/** What is under way, be it to be attempted again, has passed its hook. */
function hookInTheWay(
  step: Step,
  [row, ...earlier]: readonly [ClaimedRow, ...EarlierVersion[]],
  { isotherm }: DefinitionBody,
  propertiesHash: string,
): Hook | undefined {
  const chosen = step.kind === 'create' || step.kind === 'update' ? step.version : undefined
  const begun = [row, ...earlier].find(({ id }) => id === chosen)
  if (row.state === 'parked' || (begun && isAgain(begun, propertiesHash))) return undefined
  return nextHook(row, hooksBefore(step, { deleteFirst: isotherm?.replacement === 'delete_first' }))
}

/** Its stack is at work for a visit that nobody waits for any more. Told what it is to be, though that is the same, it ends that. */
const isBeingVisited = ({ state, handle }: ClaimedRow): boolean => state === 'parked' && isVerb(handle?.of ?? '')

/** Only where there would be something to be made: once the name has a thing, its replacement is another one. */
function adoptsFrom({ isotherm }: DefinitionBody, versions: readonly VersionState[]): Pick<Intent, 'adopts'> {
  const made = versions.some(({ physicalId }) => physicalId !== null)
  return isotherm?.adopt === undefined || made ? {} : { adopts: isotherm.adopt }
}

/** Those that must be gone before anything is made. A create that was interrupted had found the way free. */
function eldersInTheWay(
  step: Step,
  row: ClaimedRow,
  { definition, earlier }: { readonly definition: DefinitionBody; readonly earlier: readonly EarlierVersion[] },
): number[] {
  if (definition.isotherm?.replacement !== 'delete_first') return []
  const others = earlier.map(({ id }) => id)
  if (step.kind === 'replace') return [row.id, ...others]
  return step.kind === 'create' && step.version === row.id && !step.resume ? others : []
}

/** Only what exists is protected from what is done to it. */
const forbiddenTo = (action: 'update' | 'replace', row: ClaimedRow, definition: DefinitionBody) =>
  row.physicalId === null ? undefined : forbidden(action, definition)

/**
 * Changes of what `ignore_changes` names are not wanted of a thing that exists: of the one that can become what is wanted, be it
 * one that is taken back, or else of the one that is replaced.
 */
function leftToOthers(
  wanted: Wanted,
  { isotherm: { ignoreChanges } = {} }: DefinitionBody,
  versions: readonly VersionState[],
  type: ResourceType,
): Wanted {
  if (!ignoreChanges) return wanted
  const left = versions.flatMap(({ type: name, action, physicalId, properties: existing }) => {
    if (existing === null || physicalId === null || action === 'DELETE' || name !== type.name) return []
    const properties = keepIgnored(wanted.properties, existing, ignoreChanges)
    return { properties, change: changeOf(type, existing, properties) }
  })
  const fitting = left.find(({ change }) => change === 'none' || change === 'update') ?? left[0]
  return fitting ? { ...wanted, properties: fitting.properties } : wanted
}

/** A composite is what its files, metadata and policies make of it, and not its properties alone. */
const wantedHash = (properties: JsonObject, { nested, metadata, retain }: Intent) =>
  hashOf(nested ? { properties, nested: { ...nested, asked: [...nested.asked] }, metadata, retain } : properties)

type Wanted = Pick<Intent, 'properties' | 'metadata'>

/** The properties with all references resolved and checked; a text says why that cannot be. */
function resolve(
  definition: { properties: { readonly [name: string]: Json }; metadata: Json },
  { inputs: rows, secret }: { inputs: ReadonlyMap<string, InputRow>; secret: readonly string[] | undefined },
  types: TypeRegistry,
  type: ResourceType,
): Wanted | string {
  const inputs = inputsFrom(rows, types)
  const properties: JsonObject = {}
  try {
    for (const [name, value] of Object.entries(definition.properties)) properties[name] = evaluate(value, inputs)
    return { properties: completeProperties(type, properties), metadata: evaluate(definition.metadata, inputs) }
  } catch (error) {
    if (!(error instanceof EvaluationError || error instanceof ProviderError)) throw error
    return secret ? discreetly(error.message, definition, properties, rows, secret) : error.message
  }
}

/** What could not be resolved may be told with the very values that it was to be resolved from. */
function discreetly(
  message: string,
  { properties: written, metadata }: { properties: JsonObject | { readonly [name: string]: Json }; metadata: Json },
  properties: JsonObject,
  rows: ReadonlyMap<string, InputRow>,
  secret: readonly string[],
): string {
  const read = [...rows.values()].flatMap((row) => (row.secret ? [row.attributes, row.properties] : []))
  const known = secretValues(secret, { properties, metadata }, undefined)
  return blot(message, ...known, ...secretValues(secret, { properties: { ...written }, metadata }, undefined), ...read)
}

function fulfil(
  step: Step,
  row: ClaimedRow,
  {
    earlier,
    type,
    found,
  }: { readonly earlier: readonly EarlierVersion[]; readonly type: ResourceType; readonly found: readonly number[] },
  intent: Intent,
  propertiesHash: string,
): Decision {
  if (step.kind === 'refuse') return { kind: 'refuse', row, reason: step.reason }
  const wanted = intent.properties
  if (step.kind === 'replace') return { kind: 'replace', row, wanted, intent, propertiesHash }
  const chosen = step.version === row.id ? row : earlier.find(({ id }) => id === step.version)
  if (!chosen) throw new Error(`the decision chose version ${step.version} of ${row.name}, which is not there`)
  if (chosen.suspended && type.resume) return resumeFirst(row, chosen)
  const settlesFinding = found.includes(chosen.id)
  if (step.kind === 'keep') return { kind: 'keep', row, chosen, intent, propertiesHash, settlesFinding }
  const again = isAgain(row, propertiesHash) && chosen === row
  const attempt = again ? row.attempt + 1 : 1
  const task: Task =
    step.kind === 'create'
      ? { kind: 'create', wanted, resume: step.resume, ...existingOf(intent) }
      : { kind: 'update', wanted, thing: knownThing(chosen) }
  return { kind: 'begin', row, chosen, task, intent, propertiesHash, attempt }
}

/** Another attempt at what was begun already. */
const isAgain = (row: VersionState, propertiesHash: string) =>
  row.status === 'IN_PROGRESS' && row.propertiesHash === propertiesHash

function knownThing(version: ChosenVersion): KnownThing {
  return {
    physicalId: version.physicalId ?? '',
    properties: version.properties ?? {},
    attributes: version.attributes ?? {},
    privateData: version.privateData ?? null,
  }
}
