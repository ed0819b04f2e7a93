// Settling: outcomes become rows, arrivals and events. The mapping is pure; the effect is one transaction that the caller
// opens.
import { pausedAt } from '../graph/hooks.js'
import type { Sql } from '../store/database.js'
import type { NewEvent } from '../store/events.js'
import { type Held, holdRows } from '../store/hooks.js'
import { wakeWaiting } from '../store/nested.js'
import {
  type Arrival,
  arrive,
  clearHandles,
  type PendingData,
  type RemovedRow,
  type RemovedVersion,
  removeRows,
  type Settled,
  type SettledData,
  type Settlement,
  settleRows,
  type Told,
  writeData,
  writeHandles,
} from '../store/settle.js'
import { markFailed } from '../store/stacks.js'
import type { Hook } from '../template/hooks.js'
import { Arrivals } from './arrivals.js'
import { type RetryPolicy, retryAfter } from './retry.js'
import { withinTimeSeconds } from './timeouts.js'
import { actionOf, type FinishedWork, type Outcome, type Work } from './work.js'

/** The end of one row's visit, ready to be written. */
export interface Ending {
  readonly settlement: Settlement
  /** Absent when nothing in the world was changed or learnt. */
  readonly data?: SettledData
  readonly handle?: PendingData
  /** Versions required before and not any more: their clean-up may have waited for this. */
  readonly released: readonly number[]
  readonly failure?: string
  /** Where it waits until somebody says that it may go on. */
  readonly hook?: Hook
}

/** A version that is no more. */
export interface Removal extends RemovedVersion {
  /** What it required until now. */
  readonly released: readonly number[]
}

/** What was not settled, because the row had been handed on. */
export type Refused = Pick<Settlement, 'stackId' | 'id' | 'fence'>

/** Writes endings and removals, each behind its fence, and tells whoever waited. @returns those that came too late. */
export async function settle(sql: Sql, engineId: string, ends: readonly (Ending | Removal)[]): Promise<Refused[]> {
  const endings = ends.filter((end): end is Ending => !isRemoval(end))
  const removals = ends.filter(isRemoval)
  const settled = await settleRows(
    sql,
    engineId,
    endings.map(({ settlement }) => settlement),
  )
  const removed = await removeRows(
    sql,
    engineId,
    removals.map(({ released: _, ...version }) => version),
  )
  const written = new Map(settled.map((row) => [keyOf(row), row]))
  const valid = endings.filter(({ settlement }) => written.has(keyOf(settlement)))
  const gone = new Set(removed.map(keyOf))
  const validRemovals = removals.filter((removal) => gone.has(keyOf(removal)))
  // A visit that only keeps, and was superseded, records nothing.
  const counted = valid.filter(({ settlement }) => settlement.kind !== 'kept' || written.get(keyOf(settlement))?.mine)
  await writeData(
    sql,
    counted.flatMap(({ data }) => data ?? []),
  )
  await writeHandles(
    sql,
    counted.flatMap(({ handle }) => handle ?? []),
  )
  await clearHandles(
    sql,
    counted.filter(({ settlement }) => !KEEPING_HANDLES.has(settlement.kind)).map(({ settlement }) => settlement),
  )
  await holdRows(
    sql,
    counted.flatMap(({ hook, settlement }) =>
      hook && written.get(keyOf(settlement))?.mine ? heldAt(settlement, hook) : [],
    ),
  )
  for (const { settlement, failure } of counted) {
    if (failure === undefined || !written.get(keyOf(settlement))?.mine) continue
    await markFailed(sql, settlement.stackId, settlement.traversal, failure)
    await wakeWaiting(sql, settlement.stackId)
  }
  await arrive(sql, arrivalsOf(counted, written, validRemovals, removed))
  if (valid.length === endings.length && validRemovals.length === removals.length) return []
  const asked = [...endings.map(({ settlement }) => settlement), ...removals]
  return asked.filter((one) => !written.has(keyOf(one)) && !gone.has(keyOf(one)))
}

/**
 * Pending goes on with its handle; what is done has lost it with the rest of its data, and what is kept never had one. With
 * any other end it goes: whoever took over what was begun next would poll what came before.
 */
const KEEPING_HANDLES: ReadonlySet<Settlement['kind']> = new Set(['parked', 'done', 'kept'])

/** With the fence: an engine that was given up for dead may hold an old claim of a row beside its new one. */
export const keyOf = ({ stackId, id, fence }: { stackId: number; id: number; fence: number }) =>
  `${stackId}/${id}/${fence}`

function arrivalsOf(
  endings: readonly Ending[],
  written: ReadonlyMap<string, Settled>,
  removals: readonly Removal[],
  removed: readonly RemovedRow[],
): Arrival[] {
  const arrivals = new Arrivals()
  for (const { settlement, released } of endings) {
    const row = written.get(keyOf(settlement))
    arrivals.add(settlement.stackId, released, 'cleanup')
    const successful = settlement.kind === 'done' || settlement.kind === 'kept'
    if (row?.mine && successful) arrivals.add(settlement.stackId, row.tells, 'update')
  }
  for (const { stackId, id, released } of removals) {
    arrivals.add(
      stackId,
      released.filter((needed) => needed !== id),
      'cleanup',
    )
  }
  for (const { stackId, tells } of removed) arrivals.add(stackId, tells, 'update')
  return arrivals.list()
}

/** What an outcome means for its row. Pure. */
export function endingOf({ work, outcome }: FinishedWork, policy: RetryPolicy, random: number): Ending | Removal {
  switch (outcome.kind) {
    case 'gone':
      if (work.hooks?.includes('post-delete')) return goneButHeld(work)
      return {
        stackId: work.stackId,
        id: work.id,
        fence: work.fence,
        held: !work.parked,
        traversal: work.traversal,
        event: told('COMPLETE'),
        released: work.requires,
      }
    case 'done':
      return doneEnding(work, outcome)
    case 'ended':
      return endedEnding(work, outcome)
    case 'pending':
      return pendingEnding(work, outcome)
    case 'handedBack': {
      const kind = work.task.kind === 'poll' || work.task.kind === 'cancel' ? 'parked' : 'again'
      return { settlement: settlementOf(work, kind, 'IN_PROGRESS'), released: [] }
    }
    case 'failed':
      return failedEnding(work, outcome, policy, random)
    case 'visited':
      throw new Error(`the work on ${work.name} was no visit`)
  }
}

const isRemoval = (ending: Ending | Removal): ending is Removal => !('settlement' in ending)

/** What the history says is what Heat's clients look for. */
export const heldAt = (row: Pick<Settlement, 'stackId' | 'id' | 'traversal'>, hook: Hook): Held => ({
  stackId: row.stackId,
  id: row.id,
  traversal: row.traversal,
  hook,
  says: pausedAt(hook),
})

/** The row stays, and whoever waits for it to be gone waits on, until the hook is cleared. */
const goneButHeld = (work: Work): Ending => ({
  settlement: settlementOf(work, 'held', 'COMPLETE', told('COMPLETE')),
  released: [],
  hook: 'post-delete',
})

function hookAfter({ hooks, task }: Work): Hook | undefined {
  const action = actionOf(task)
  return hooks?.find((hook) => hook === (action === 'CREATE' ? 'post-create' : 'post-update'))
}

function doneEnding(work: Work, outcome: Extract<Outcome, { kind: 'done' }>): Ending {
  const { stackId, id, intent } = work
  const requires = intent?.requires ?? work.requires
  const hook = hookAfter(work)
  return {
    ...(hook && { hook }),
    settlement: {
      ...settlementOf(work, hook ? 'held' : 'done', 'COMPLETE', told('COMPLETE')),
      physicalId: outcome.physicalId,
      definitionHash: intent?.definitionHash ?? null,
      requires,
      retain: intent?.retain ?? null,
    },
    data: {
      stackId,
      id,
      properties: intent?.properties ?? {},
      attributes: outcome.attributes,
      metadata: intent?.metadata ?? {},
      privateData: outcome.privateData,
      ...secretOf(work),
    },
    released: work.requires.filter((needed) => !requires.includes(needed)),
  }
}

/** Its deletion comes by again, and finds on the row what there is to be deleted. */
function endedEnding(work: Work, { physicalId, attributes, privateData }: Extract<Outcome, { kind: 'ended' }>): Ending {
  const { stackId, id, intent } = work
  const metadata = intent?.metadata ?? {}
  const properties = intent?.properties ?? {}
  return {
    settlement: { ...settlementOf(work, 'again', 'IN_PROGRESS'), physicalId },
    data: { stackId, id, properties, attributes, metadata, privateData, ...secretOf(work) },
    released: [],
  }
}

const secretOf = ({ secret }: Pick<Work, 'secret'>) => (secret ? { secret } : {})

type Pending = Extract<Outcome, { kind: 'pending' }>

function pendingEnding(work: Work, outcome: Pending): Ending {
  return {
    settlement: {
      ...settlementOf(work, 'parked', 'IN_PROGRESS'),
      physicalId: outcome.physicalId,
      waitSeconds: withinTimeSeconds(outcome.pollAfterSeconds, work.limits),
    },
    handle: handleOf(work, outcome),
    released: [],
  }
}

/** With what a pending operation is carried on. */
export function handleOf(work: Work, { handle: operation, of, mend }: Pending): PendingData {
  const { stackId, id, intent, traversal, phase } = work
  return {
    stackId,
    id,
    handle: { operation, of, mend, traversal, phase },
    intent: intent ?? null,
    ...secretOf(work),
  }
}

function failedEnding(
  work: Work,
  outcome: Extract<Outcome, { kind: 'failed' }>,
  policy: RetryPolicy,
  random: number,
): Ending {
  const waitSeconds = retryAfter(outcome, work.attempt, policy, random)
  const polling = work.task.kind === 'poll'
  const reason = outcome.message
  if (waitSeconds !== undefined) {
    // A poll that failed is polled again: the operation itself goes on.
    const kind = polling ? 'parked' : 'again'
    const event = told('IN_PROGRESS', `attempt ${work.attempt} failed: ${reason}`)
    const settlement = settlementOf(work, kind, 'IN_PROGRESS', event)
    return { settlement: { ...settlement, reason, physicalId: outcome.physicalId, waitSeconds }, released: [] }
  }
  return {
    settlement: {
      ...settlementOf(work, 'failed', 'FAILED', told('FAILED', reason)),
      reason,
      physicalId: outcome.physicalId,
    },
    released: [],
    failure: failureText(work, reason),
  }
}

/** In Heat's words: `Resource CREATE failed: Acme::Thing: resources.web: no space left`. */
export const failureText = (
  work: { task?: Work['task']; action?: string; type: string; name: string },
  reason: string,
): string => {
  const failed = `Resource ${work.task ? actionOf(work.task) : work.action} failed`
  // What failed inside a nested stack is told with the whole way to it.
  const [, type, inside] = /^(\S+): (resources\.\S+: .*)$/s.exec(reason) ?? []
  if (type !== undefined) return `${failed}: ${type}: resources.${work.name}.${inside}`
  return `${failed}: ${work.type}: resources.${work.name}: ${reason}`
}

/** A settlement in which the row keeps what it says of the world. */
export const nothingLearnt = {
  reason: null,
  physicalId: null,
  definitionHash: null,
  propertiesHash: null,
  requires: null,
  retain: null,
  waitSeconds: 0,
  event: null,
} as const

const told = (status: string, reason: string | null = null): Told => ({ action: null, status, reason })

function settlementOf(
  work: Work,
  kind: Settlement['kind'],
  status: Settlement['status'],
  event: Told | null = null,
): Settlement {
  const { stackId, id, fence, traversal, phase } = work
  return {
    stackId,
    id,
    fence,
    held: !work.parked,
    traversal,
    phase,
    kind,
    status,
    ...nothingLearnt,
    event,
  }
}

export function eventOf(
  work: Pick<Work, 'stackId' | 'traversal' | 'id' | 'name' | 'type' | 'task'> & { readonly engineId?: string },
  status: string,
  reason: string | null = null,
  physicalId: string | null = null,
): NewEvent {
  const { stackId, traversal, id, name, type, task } = work
  return {
    stackId,
    traversal,
    resourceId: id,
    name,
    type,
    physicalId: physicalId ?? knownId(task),
    action: actionOf(task),
    status,
    reason,
  }
}

function knownId(task: Work['task']): string | null {
  switch (task.kind) {
    case 'create':
      return null
    case 'update':
    case 'visit':
      return task.thing.physicalId
    case 'delete':
      return task.physicalId
    default:
      return task.operation.physicalId
  }
}
