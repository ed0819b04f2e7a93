// What the library answers: plain values, ready to be printed as JSON. Times are ISO 8601 in UTC, spans are seconds.
import { isVisiting } from '../graph/stage.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { AttributeSchemas, PropertySchemas, ResourceType } from '../provider/contract.js'
import type { Sql } from '../store/database.js'
import { listEngines } from '../store/engines.js'
import type { EventRow } from '../store/events.js'
import type { ListedRow } from '../store/stack-list.js'
import type { StackRow } from '../store/stacks.js'
import type { ResourceRow } from '../store/views.js'
import type { WatchRow } from '../store/watches.js'
import type { FailingView } from './failing.js'

export interface StackSummary {
  /** UUID. */
  readonly id: string
  readonly name: string
  readonly project: string
  /** For example `CREATE_COMPLETE` or `UPDATE_IN_PROGRESS`. */
  readonly status: string
  readonly reason: string
  /** Rises with every command. */
  readonly traversal: number
  readonly tags: readonly string[]
  /** Who made it, where that is known. */
  readonly madeBy: string | null
  /** As it was asked for. */
  readonly timeoutMinutes: number | null
  readonly rollbackDisabled: boolean | null
  readonly createdAt: string
  readonly updatedAt: string | null
  readonly deletedAt: string | null
  /** Of a nested stack: the id of the stack that it is a part of. */
  readonly parent: string | null
}

export interface StackView extends StackSummary {
  readonly description: string
  /** Hidden ones as `******`. */
  readonly parameters: { readonly [name: string]: Json }
  readonly outputs: { readonly [name: string]: OutputView }
  /** How its reality is watched; null when it is not. */
  readonly watch: WatchView | null
  /** It is in progress, but engines fail to go on with it, and have put it aside; null: nothing of the kind is known. */
  readonly failing: FailingView | null
}

export interface WatchView {
  readonly everyMinutes: number
  /** So many resources are mended without a person; when more differ, it is only told. */
  readonly driftLimit: number
  readonly nextCheckAt: string
}

export const watchView = (watch: WatchRow | undefined): WatchView | null =>
  watch
    ? {
        everyMinutes: watch.everySeconds / 60,
        driftLimit: watch.driftLimit,
        nextCheckAt: watch.dueAt.toISOString(),
      }
    : null

export function stackSummary(stack: StackRow | ListedRow): StackSummary {
  return {
    id: stack.uid,
    name: stack.name,
    project: stack.project,
    status: `${stack.action}_${stack.status}`,
    reason: stack.reason,
    traversal: stack.traversal,
    tags: stack.tags,
    madeBy: stack.madeBy,
    timeoutMinutes: stack.timeoutMinutes,
    rollbackDisabled: stack.rollbackDisabled,
    createdAt: isoTime(stack.createdAt),
    updatedAt: stack.updatedAt && isoTime(stack.updatedAt),
    deletedAt: stack.deletedAt && isoTime(stack.deletedAt),
    parent: stack.parentUid,
  }
}

const isoTime = (time: Date | string): string => (typeof time === 'string' ? new Date(time) : time).toISOString()

export interface OutputView {
  readonly value: Json
  readonly description?: string
  /** Why the value could not be worked out; it is null then. */
  readonly error?: string
}

export interface EnginePulse {
  readonly id: string
  /** Since it was last heard of. */
  readonly pulseSeconds: number
}

export interface EngineView extends EnginePulse {
  readonly host: string
  readonly pid: number
  readonly startedAt: string
}

/** A resource type as its users see it: what can be said of it, and what it answers. */
export interface TypeView {
  readonly name: string
  readonly description: string
  readonly properties: PropertySchemas
  readonly attributes: AttributeSchemas
  /** Any property name is accepted. */
  readonly anyProperties?: boolean
  /** Any attribute name is accepted. */
  readonly anyAttributes?: boolean
}

export function typeView(type: ResourceType): TypeView {
  const { name, description = '', properties, attributes = {}, anyProperties, anyAttributes } = type
  return {
    name,
    description,
    properties,
    attributes,
    ...(anyProperties && { anyProperties }),
    ...(anyAttributes && { anyAttributes }),
  }
}

export async function engineViews(sql: Sql): Promise<EngineView[]> {
  return (await listEngines(sql)).map((row) => ({ ...row, startedAt: row.startedAt.toISOString() }))
}

export interface ResourceView {
  readonly name: string
  readonly type: string
  readonly physicalId: string | null
  /** For example `CREATE_COMPLETE`. */
  readonly status: string
  readonly reason: string | null
  /** The version; it changes when the resource is replaced. */
  readonly version: number
  /** False for an old version that still waits to be deleted. */
  readonly current: boolean
  /** `waiting` for others, `ready`, `running`, `parked` (pending or backing off), `idle`. */
  readonly state: string
  /** Names of the resources it depends on. */
  readonly requires: readonly string[]
  /** How many of them it still waits for. */
  readonly awaiting: number
  readonly attempt: number
  /** Where it waits until somebody says that it may go on: `pre-create`. */
  readonly hook: string | null
  /** Since the action under way began. */
  readonly elapsedSeconds: number | null
  readonly createdAt: string
  readonly updatedAt: string
  /** Of a resource in a nested stack, where stacks are looked into. */
  readonly within?: WithinView
}

/** A nested stack, seen from the one that was asked. */
export interface WithinView {
  /** Its name. */
  readonly stack: string
  /** UUID. */
  readonly stackId: string
  /** The resource that it brings about, from the stack that was asked: `group/0`. */
  readonly path: string
}

export interface ResourceDetail extends ResourceView {
  /** Names of the resources whose definitions in force require it. */
  readonly requiredBy: readonly string[]
  readonly properties: JsonObject | null
  readonly attributes: JsonObject
  readonly metadata: Json
}

export interface EventView {
  /** Where it stands in the stack's history; give it as `after` to read on. */
  readonly id: string
  readonly at: string
  readonly traversal: number
  readonly stack: string
  /** Absent for events of the stack itself. */
  readonly resource?: string
  readonly type?: string
  readonly physicalId?: string
  readonly status: string
  readonly reason?: string
  /** Of an event in a nested stack, where stacks are looked into; `stack` is that one's name. */
  readonly within?: WithinView
}

export interface WhyView {
  readonly resource: ResourceView
  /** Sentences that answer the question, the most telling first. */
  readonly because: readonly string[]
  readonly waitsFor: readonly {
    readonly name: string
    readonly status: string
    readonly elapsedSeconds: number | null
  }[]
  readonly heldBy: {
    readonly engine: string
    readonly host: string
    readonly pid: number
    readonly pulseSeconds: number
  } | null
  readonly nextAttemptSeconds: number | null
  readonly lastError: string | null
  /** Other versions of the same name that still exist. */
  readonly otherVersions: readonly ResourceView[]
  readonly events: readonly EventView[]
}

export function resourceView(row: ResourceRow, nameOf: ReadonlyMap<number, string>): ResourceView {
  const seconds = row.elapsedSeconds
  return {
    name: row.name,
    type: row.type,
    physicalId: row.physicalId,
    status: statusOf(row),
    reason: row.reason,
    version: row.id,
    current: row.current,
    state: row.state === 'ready' && (row.dueSeconds ?? 0) > 0 ? 'parked' : row.state,
    requires: row.requires.flatMap((id) => nameOf.get(id) ?? []),
    awaiting: row.state === 'waiting' ? row.awaiting : 0,
    attempt: row.attempt,
    hook: row.hook,
    elapsedSeconds: seconds === null ? null : Math.max(0, seconds),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** What exists untouched while what is wanted was refused shows as a failed update. */
function statusOf(row: ResourceRow): string {
  if (row.visit !== null && isVisiting(row.visit)) return `${row.visit}_IN_PROGRESS`
  if (row.action === 'INIT' && row.status === 'FAILED') return 'CREATE_FAILED'
  const refused = row.status === 'COMPLETE' && row.state === 'idle' && row.phase === 'update' && row.reason !== null
  return refused ? 'UPDATE_FAILED' : `${row.action}_${row.status}`
}

export function eventView(row: EventRow, stack: Pick<StackRow, 'name'>): EventView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    traversal: row.traversal,
    stack: stack.name,
    ...(row.resourceId !== null && { resource: row.name }),
    ...(row.type !== null && { type: row.type }),
    ...(row.physicalId !== null && { physicalId: row.physicalId }),
    status: `${row.action}_${row.status}`,
    ...(row.reason !== null && { reason: row.reason }),
  }
}

/** Seconds until a row is looked at again; null where nobody looks: a nested stack tells itself when it is over. */
export const untilNextLook = (dueSeconds: number | null): number | null =>
  dueSeconds === null || dueSeconds > YEARS ? null : Math.max(0, dueSeconds)

const YEARS = 1e8
