// A preview: what the engine will do, worked out beforehand with the engine's own decision. Where a value is not known
// before other resources have settled, the answer is conditional and says so. Pure.
import { hashOf, type Json, type JsonObject } from '../lib/json.js'
import type { Definition } from '../template/definition.js'
import { evaluateKnown, type Inputs, UNKNOWN, type Unknown } from '../template/evaluate.js'
import { EvaluationError } from '../template/evaluation-error.js'
import { keepIgnored } from '../template/extensions.js'
import { referencesOf } from '../template/references.js'
import { selectAttribute } from '../template/select.js'
import type { ArmedNode, Cone } from './cone.js'
import { decide, type TypeRules, type VersionState } from './decide.js'
import type { TraversalPlan } from './plan.js'
import { forbidden } from './policies.js'

export interface PreviewVersion extends VersionState {
  readonly name: string
  readonly current: boolean
  readonly retain: boolean
  /** What `get_resource` gives for it. */
  readonly reference: Json
  readonly attributes: JsonObject
}

export interface PreviewType extends TypeRules {
  /** Defaults and coercions applied to all but the unknown ones; throws an Error with a message for people. */
  complete(properties: JsonObject, unknown: ReadonlySet<string>): JsonObject
  readonly onChangeOf: (property: string) => 'update' | 'replace' | 'immutable'
  /** The type has a rule of its own by which gentle changes may need a new thing. */
  readonly replacesByRule: boolean
  /** A change in place leaves what `get_resource` gives as it is. */
  readonly steadyReference: boolean
}

export interface PreviewInput {
  readonly plan: TraversalPlan
  readonly definitionOf: (name: string) => Definition | undefined
  /** The living versions of a name, the one that carries the node first. */
  readonly versionsOf: (name: string) => readonly PreviewVersion[]
  readonly typeOf: (name: string) => PreviewType | undefined
  /** What is kept of the hash of secret properties. */
  readonly hashSecret?: ((plainHash: string) => string) | undefined
  /** Versions that are to be deleted, or left over from earlier. */
  readonly leaving: readonly PreviewVersion[]
}

export type PlannedAction = 'create' | 'update' | 'replace' | 'keep' | 'delete' | 'retain' | 'fail'

export interface PropertyDifference {
  readonly name: string
  /** Absent when the property is new. */
  readonly before?: Json
  /** Absent when it goes away or is not known yet. */
  readonly after?: Json
  readonly known: boolean
  readonly onChange: 'update' | 'replace' | 'immutable'
}

export interface PlannedChange {
  readonly name: string
  readonly type: string
  readonly action: PlannedAction
  /** False: it depends on a value that is not known yet, and may turn out to be `possibly` instead. */
  readonly certain: boolean
  readonly possibly: readonly PlannedAction[]
  /** What it is called until then, where it keeps its thing under another name. */
  readonly movedFrom?: string
  readonly differences: readonly PropertyDifference[]
  /** Why, nearest cause first; each names what it comes from. */
  readonly reasons: readonly PlannedReason[]
  readonly problem?: string
  /** Because of this the command as a whole is not accepted. */
  readonly refused?: true
}

export interface PlannedReason {
  readonly text: string
  /** The path in the template that it comes from, for its place. */
  readonly path?: string
}

interface Foreseen {
  readonly action: PlannedAction
  readonly certain: boolean
}

export function previewPlan(input: PreviewInput): PlannedChange[] {
  const foreseen = new Map<string, Foreseen>()
  const changes: PlannedChange[] = []
  for (const name of inOrder(input.plan.cone)) {
    const change = foresee(name, input, foreseen)
    foreseen.set(name, change)
    changes.push(change)
  }
  for (const version of input.leaving) changes.push(departure(version, input))
  return changes
}

/** Names of the cone, predecessors first. */
function inOrder(cone: Cone): string[] {
  const awaiting = new Map([...cone].map(([name, node]) => [name, node.awaiting]))
  const order = [...cone].filter(([, node]) => node.awaiting === 0).map(([name]) => name)
  for (let i = 0; i < order.length; i++) {
    for (const dependant of cone.get(order[i] ?? '')?.dependants ?? []) {
      const left = (awaiting.get(dependant) ?? 0) - 1
      awaiting.set(dependant, left)
      if (left === 0) order.push(dependant)
    }
  }
  return order
}

function departure(version: PreviewVersion, { definitionOf }: PreviewInput): PlannedChange {
  const { name, type } = version
  const stays = version.retain || (version.action === 'INIT' && version.physicalId === null)
  const text = definitionOf(name) ? 'an earlier version that has been replaced' : 'no longer in the template'
  const action = version.retain ? 'retain' : 'delete'
  const reasons = [{ text: stays && version.retain ? `${text}; deletion_policy is Retain` : text }]
  return { name, type, action, certain: true, possibly: [], differences: [], reasons }
}

function foresee(name: string, input: PreviewInput, foreseen: ReadonlyMap<string, Foreseen>): PlannedChange {
  const definition = input.definitionOf(name)
  const type = input.typeOf(name)
  const base = { name, type: definition?.type ?? '', possibly: [], differences: [] }
  if (!definition || !type)
    return { ...base, action: 'fail', certain: true, reasons: [], problem: 'the type is not registered' }
  if (definition.externalId !== undefined) return referred(name, definition, definition.externalId, input)
  const wanted = evaluateProperties(definition, knownInputs(input, foreseen), type)
  if (wanted.problem !== undefined) {
    const reasons = reasonsOf(name, 'fail', [], input)
    return { ...base, action: 'fail', certain: true, reasons, problem: wanted.problem }
  }
  const [carrier, ...others] = input.versionsOf(name)
  if (!carrier) {
    const adopt = definition.isotherm?.adopt
    const taken = adopt === undefined ? [] : [{ text: `${adopt} exists already and is taken over` }]
    return { ...base, action: 'create', certain: true, reasons: [...taken, ...reasonsOf(name, 'create', [], input)] }
  }
  const paths = definition.isotherm?.ignoreChanges ?? []
  const left = carrier.physicalId === null ? wanted : withoutIgnored(wanted, carrier.properties ?? {}, paths)
  const compared = differencesOf(carrier, left, type)
  const decided =
    isBusy(carrier) || left.unknown.size > 0
      ? conditional(carrier, others, definition.type, compared, type)
      : certain([carrier, ...others], definition.type, left.known, type, input.hashSecret)
  const outlook = fromNothing([carrier, ...others], decided)
  // What is not there differs from nothing.
  const differences = outlook.action === 'create' ? [] : compared
  const order = deletedFirst(outlook, carrier, definition)
  const reasons = [...order, ...reasonsOf(name, outlook.action, differences, input)]
  return { ...base, ...allowed(outlook, carrier, definition), differences, reasons }
}

/** What is only referred to is read, and never changed. */
function referred(name: string, { type }: Definition, id: string, input: PreviewInput): PlannedChange {
  const known = input.versionsOf(name)[0]?.physicalId ?? null
  const base = { name, type, certain: true, possibly: [], differences: [] }
  const reasons = [{ text: `${id} exists already and is only read`, path: `resources.${name}` }]
  if (known === null) return { ...base, action: 'create', reasons }
  if (known === id) return { ...base, action: 'keep', reasons }
  const problem = `Update to property external_id of ${name} (${type}) is not supported`
  return { ...base, action: 'fail', reasons, problem }
}

/** An attempt that made nothing is replaced by another one: what people see is a creation. */
function fromNothing(versions: readonly PreviewVersion[], outlook: Outlook): Outlook {
  const isThere = versions.some((version) => version.physicalId !== null || isBusy(version))
  return isThere || outlook.action !== 'replace' || !outlook.certain ? outlook : { ...outlook, action: 'create' }
}

function deletedFirst({ action }: Outlook, { physicalId }: PreviewVersion, { isotherm }: Definition): PlannedReason[] {
  if (action !== 'replace' || physicalId === null || isotherm?.replacement !== 'delete_first') return []
  return [{ text: 'the old one is deleted before the new one is made' }]
}

/** What must not be done will fail, if it comes to it. */
function allowed(outlook: Outlook, { physicalId }: PreviewVersion, definition: Definition): Outlook {
  const { action, certain } = outlook
  if (physicalId === null || (action !== 'update' && action !== 'replace')) return outlook
  const problem = forbidden(action, definition)
  if (problem === undefined) return outlook
  return certain ? { action: 'fail', certain, possibly: [], problem } : { ...outlook, problem }
}

function withoutIgnored(wanted: Wanted, existing: JsonObject, paths: readonly string[]): Wanted {
  if (paths.length === 0) return wanted
  const unknown = new Set([...wanted.unknown].filter((name) => !paths.includes(name)))
  return { ...wanted, unknown, known: keepIgnored(wanted.known, existing, paths) }
}

interface Wanted {
  readonly known: JsonObject
  readonly unknown: ReadonlySet<string>
  readonly problem?: string
}

function evaluateProperties(definition: Definition, inputs: Inputs<Json | Unknown>, type: PreviewType): Wanted {
  const known: JsonObject = {}
  const unknown = new Set<string>()
  try {
    for (const [property, value] of Object.entries(definition.properties)) {
      const result = evaluateKnown(value, inputs).value
      if (result === UNKNOWN) unknown.add(property)
      else known[property] = result
    }
    return { known: type.complete(known, unknown), unknown }
  } catch (error) {
    const problem = error instanceof EvaluationError || error instanceof Error ? error.message : String(error)
    return { known, unknown, problem }
  }
}

/** What other resources give, as far as it is certain before anything has been done. */
function knownInputs(input: PreviewInput, foreseen: ReadonlyMap<string, Foreseen>): Inputs<Json | Unknown> {
  const settled = (name: string, steady: (action: PlannedAction) => boolean) => {
    const future = foreseen.get(name)
    if (future && !(future.certain && steady(future.action))) return undefined
    return input.versionsOf(name)[0]
  }
  return {
    reference: (name) => {
      const keeps = (action: PlannedAction) =>
        action === 'keep' || (action === 'update' && (input.typeOf(name)?.steadyReference ?? false))
      return settled(name, keeps)?.reference ?? UNKNOWN
    },
    attribute: (name, attribute, path) => {
      const version = settled(name, (action) => action === 'keep')
      return version ? selectAttribute(version.attributes, attribute, path) : UNKNOWN
    },
  }
}

function differencesOf(carrier: PreviewVersion, wanted: Wanted, type: PreviewType): PropertyDifference[] {
  const before = carrier.properties ?? {}
  const differences: PropertyDifference[] = []
  for (const name of [...wanted.unknown]) {
    const old = before[name]
    differences.push({ name, known: false, onChange: type.onChangeOf(name), ...(old !== undefined && { before: old }) })
  }
  for (const name of new Set([...Object.keys(wanted.known), ...Object.keys(before)])) {
    if (wanted.unknown.has(name)) continue
    const old = before[name] ?? null
    const after = wanted.known[name] ?? null
    if (hashOf(old) === hashOf(after)) continue
    differences.push({ name, before: old, after, known: true, onChange: type.onChangeOf(name) })
  }
  return differences
}

type Outlook = Pick<PlannedChange, 'action' | 'certain' | 'possibly' | 'problem'>

function certain(
  versions: readonly [PreviewVersion, ...PreviewVersion[]],
  typeName: string,
  properties: JsonObject,
  type: PreviewType,
  hashSecret: PreviewInput['hashSecret'],
): Outlook {
  const propertiesHash = hashOf(properties)
  const wanted = { type: typeName, properties, propertiesHash, secretHash: hashSecret?.(propertiesHash) }
  const step = decide(versions, wanted, type)
  if (step.kind === 'refuse') return { action: 'fail', certain: true, possibly: [], problem: step.reason }
  return { action: step.kind, certain: true, possibly: [] }
}

/** Something is not known yet: what is known may already settle the matter, else the alternatives are named. */
function conditional(
  carrier: PreviewVersion,
  others: readonly PreviewVersion[],
  wantedType: string,
  differences: readonly PropertyDifference[],
  type: PreviewType,
): Outlook {
  if (carrier.action === 'INIT') return { action: 'create', certain: true, possibly: [] }
  // With earlier versions about, or an action under way, too much depends on how things end.
  if (others.length > 0) return { action: 'replace', certain: false, possibly: ['update', 'keep'] }
  if (isBusy(carrier)) return { action: 'update', certain: false, possibly: ['keep', 'replace'] }
  const demands = (known: boolean) =>
    new Set(differences.filter((one) => one.known === known).map(({ onChange }) => onChange))
  const sound = carrier.status === 'COMPLETE' || type.whenFailed === 'update'
  if (!sound || carrier.type !== wantedType || demands(true).has('replace')) {
    return { action: 'replace', certain: true, possibly: [] }
  }
  const possibly: PlannedAction[] = []
  if (demands(false).has('replace') || type.replacesByRule) possibly.push('replace')
  if (!demands(true).has('update') && carrier.status === 'COMPLETE') possibly.push('keep')
  return { action: 'update', certain: possibly.length === 0, possibly }
}

const isBusy = ({ state }: PreviewVersion) => state === 'running' || state === 'parked'

/** The chain from what will be done back to what was written. */
function reasonsOf(
  name: string,
  action: PlannedAction,
  differences: readonly PropertyDifference[],
  input: PreviewInput,
): PlannedReason[] {
  const forcing = differences.filter(({ onChange }) => onChange === 'replace')
  // A type may ask for a new thing although each property alone could be updated.
  const telling = action === 'replace' && forcing.length > 0 ? forcing : differences
  const reasons: PlannedReason[] = telling.flatMap((difference) => differenceReason(name, difference, input))
  const seen = new Set<string>()
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); ) {
    seen.add(at)
    const cause: ArmedNode['cause'] | undefined = input.plan.cone.get(at)?.cause
    if (!cause) break
    reasons.push({ text: causeText(at, cause), path: `resources.${at}` })
    at = cause.kind === 'dependency' ? cause.on : undefined
  }
  return reasons
}

function differenceReason(name: string, difference: PropertyDifference, input: PreviewInput): PlannedReason[] {
  const path = `resources.${name}.properties.${difference.name}`
  if (difference.known) return [{ text: `${difference.name} changes`, path }]
  const value = input.definitionOf(name)?.properties[difference.name] ?? null
  const sources = new Set(referencesOf(value).map(({ resource }) => resource))
  const from = [...sources].filter((source) => input.plan.cone.has(source))
  return [{ text: `${difference.name} depends on ${from.join(', ')}, known only after apply`, path }]
}

function causeText(name: string, cause: ArmedNode['cause']): string {
  switch (cause.kind) {
    case 'new':
      return `${name} does not exist yet`
    case 'definition':
      return `the definition of ${name} changed`
    case 'failed':
      return `${name} failed before`
    case 'unfinished':
      return `${name} is not finished`
    case 'suspended':
      return `${name} is suspended, and is resumed first`
    case 'restored':
      return `${name} was to go, and is wanted again`
    case 'stale':
      return `${name} was not reached by the last update`
    case 'dependency':
      return `${name} depends on ${cause.on}`
  }
}
