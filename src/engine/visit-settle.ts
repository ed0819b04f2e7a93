// Settling visits: what a row was asked becomes its status, an event, and the arrivals at those that wait for it. As for
// other work the mapping is pure, and the effect is part of the turn's transaction.
import type { Observation } from '../graph/observed.js'
import { hashOf, type Json } from '../lib/json.js'
import type { ClaimedRow, Handle, Intent } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import { appendEvents, type NewEvent } from '../store/events.js'
import { type Kept, keepBeforeDeletion } from '../store/farewells.js'
import {
  type Arrival,
  arrive,
  clearHandles,
  type Settled,
  type SettledData,
  writeData,
  writeHandles,
} from '../store/settle.js'
import { markFailed } from '../store/stacks.js'
import {
  beginVisits,
  settleVisits,
  type VisitSettlement,
  writeObservations,
  writeSnapshotData,
} from '../store/visit.js'
import { Arrivals } from './arrivals.js'
import { type RetryPolicy, retryAfter } from './retry.js'
import { eventOf, failureText, keyOf, type Refused } from './settle.js'
import { withinTimeSeconds } from './timeouts.js'
import { actionOf, type FinishedWork, type Outcome, type Visited, type VisitTask, type Work } from './work.js'

export interface VisitEnding {
  readonly settlement: VisitSettlement
  readonly observed?: Observation | null
  /** Of a thing that was taken over. */
  readonly data?: SettledData
  /** What is kept before it is deleted. */
  readonly kept?: Kept
  /** By the resource's name. */
  readonly snapshot?: { readonly name: string; readonly data: Json }
  readonly handle?: Handle
  /** The parts that must not be seen; what has any is sealed. */
  readonly secret?: readonly string[]
  /** What the history says of it. */
  readonly events?: readonly NewEvent[]
  readonly failure?: string
}

/** Visits are begun: the rows are held, and everybody can see it. */
export async function beginVisited(sql: Sql, engineId: string, works: readonly Work[]): Promise<void> {
  await beginVisits(
    sql,
    engineId,
    works.map(({ stackId, id, attempt, task }) => {
      const suspends = task.kind === 'visit' && task.verb === 'suspend'
      return { stackId, id, attempt, suspends }
    }),
  )
  const told = works.filter(({ task, attempt }) => attempt === 1 && task.kind === 'visit' && !task.quiet)
  await appendEvents(
    sql,
    told.map((work) => ({ ...eventOf(work, 'IN_PROGRESS'), engineId })),
  )
}

/** Writes the ends of visits, each behind its fence, and tells whoever waited. @returns those that came too late. */
export async function settleVisited(sql: Sql, engineId: string, endings: readonly VisitEnding[]): Promise<Refused[]> {
  if (endings.length === 0) return []
  const settled = await settleVisits(
    sql,
    engineId,
    endings.map(({ settlement }) => settlement),
  )
  const written = new Map(settled.map((row) => [keyOf(row), row]))
  const valid = endings.filter(({ settlement }) => written.has(keyOf(settlement)))
  const mine = valid.filter(({ settlement }) => written.get(keyOf(settlement))?.mine)
  await writeObservations(
    sql,
    mine.flatMap(({ settlement: { stackId, id }, observed, secret }) =>
      observed === undefined ? [] : { stackId, id, observed, ...(secret && { secret }) },
    ),
  )
  await writeData(
    sql,
    mine.flatMap(({ data, secret }) => (data ? { ...data, ...(secret && { secret }) } : [])),
  )
  await writeSnapshotData(
    sql,
    mine.flatMap(({ settlement: { stackId, traversal }, snapshot, secret }) =>
      snapshot ? { stackId, traversal, ...snapshot, ...(secret && { secret }) } : [],
    ),
  )
  await keepBeforeDeletion(
    sql,
    mine.flatMap(({ kept, secret }) => (kept ? { ...kept, ...(secret && { secret }) } : [])),
  )
  await writeHandles(
    sql,
    valid.flatMap(({ settlement: { stackId, id }, handle, secret }) =>
      handle ? { stackId, id, handle, intent: NO_INTENT, ...(secret && { secret }) } : [],
    ),
  )
  await clearHandles(
    sql,
    valid.filter(({ settlement }) => settlement.kind !== 'parked').map(({ settlement }) => settlement),
  )
  for (const { settlement, failure } of mine) {
    if (failure !== undefined) await markFailed(sql, settlement.stackId, settlement.traversal, failure)
  }
  await appendEvents(
    sql,
    valid.flatMap(({ events }) => events ?? []),
  )
  await arrive(sql, arrivalsOf(mine, written))
  return endings.filter((ending) => !valid.includes(ending)).map(({ settlement }) => settlement)
}

const NO_INTENT: Intent | null = null

function arrivalsOf(endings: readonly VisitEnding[], written: ReadonlyMap<string, Settled>): Arrival[] {
  const arrivals = new Arrivals()
  for (const { settlement } of endings) {
    if (settlement.kind !== 'done' || settlement.phase !== 'visit') continue
    arrivals.add(settlement.stackId, written.get(keyOf(settlement))?.tells ?? [], 'visit')
  }
  return arrivals.list()
}

export const isVisit = (work: Work): work is Work & { readonly task: VisitTask } => work.task.kind === 'visit'

/** What its deletion asks for first: that its row is not what its name means any more is no reason to break it off. */
export const isForDeletion = (work: Work): boolean =>
  isVisit(work) && work.task.verb === 'snapshot' && work.phase !== 'visit'

/** What an outcome means for the row that was visited. Pure. */
export function visitEndingOf(
  finished: FinishedWork,
  policy: RetryPolicy,
  random: number,
  hashSecret?: (plainHash: string) => string,
): VisitEnding {
  const { secret } = finished.work
  const { work, outcome } = finished
  const ending =
    outcome.kind === 'visited' && outcome.live
      ? adoptedEnding(work, outcome.live, secret && hashSecret)
      : endingOfVisit(finished, policy, random)
  return secret ? { ...ending, secret } : ending
}

function endingOfVisit({ work, outcome }: FinishedWork, policy: RetryPolicy, random: number): VisitEnding {
  const { task } = work
  if (task.kind !== 'visit') throw new Error(`the work on ${work.name} is no visit`)
  switch (outcome.kind) {
    case 'visited':
      return visitedEnding(work, task, outcome)
    case 'pending': {
      const { traversal, phase, limits } = work
      const waitSeconds = withinTimeSeconds(outcome.pollAfterSeconds, limits)
      const settlement = { ...settlementOf(work, 'parked'), waitSeconds }
      return { settlement, handle: { operation: outcome.handle, of: task.verb, mend: false, traversal, phase } }
    }
    case 'handedBack':
      return { settlement: settlementOf(work, task.handle === undefined ? 'again' : 'parked') }
    case 'failed':
      return failedEnding(work, task, outcome, policy, random)
    case 'done':
    case 'ended':
    case 'gone':
      throw new Error(`a visit of ${work.name} cannot end as ${outcome.kind}`)
  }
}

function visitedEnding(
  work: Work,
  task: VisitTask,
  { finding, reason, snapshot }: Extract<Outcome, { kind: 'visited' }>,
): VisitEnding {
  const action = actionOf(task)
  const status = finding ? ('FAILED' as const) : ('COMPLETE' as const)
  // A look that found nothing leaves the row as it is, unless an earlier one had found something.
  const silent = task.quiet && !finding && !task.ailing
  const suspended = { check: null, snapshot: null, suspend: true, resume: false }[task.verb]
  const says = silent ? {} : { action, status, reason }
  const failure = finding && !task.quiet ? failureText(work, reason ?? '') : undefined
  // What was asked for the sake of an update or a deletion comes by once more, for that.
  const kind = work.phase !== 'visit' ? 'again' : finding ? 'failed' : 'done'
  return {
    settlement: { ...settlementOf(work, kind), ...says, suspended },
    ...(task.verb === 'check' && { observed: finding }),
    ...(task.verb === 'snapshot' && snapshotIn(work, task, snapshot)),
    ...(!silent && { events: [eventOf(work, status, reason)] }),
    ...(failure !== undefined && { failure }),
  }
}

function snapshotIn(work: Work, { thing }: VisitTask, data: Json): Pick<VisitEnding, 'snapshot' | 'kept'> {
  const { stackId, traversal, name, type, phase } = work
  if (phase === 'visit') return { snapshot: { name, data } }
  return { kept: { stackId, traversal, name, type, physicalId: thing.physicalId, data } }
}

/** It comes by once more, to be brought to what is wanted. */
function adoptedEnding(
  work: Work,
  { believed, ...live }: NonNullable<Visited['live']>,
  hashSecret: ((plainHash: string) => string) | undefined,
): VisitEnding {
  const { stackId, id, task } = work
  const { thing, ailing } = task.kind === 'visit' ? task : {}
  const hash = hashOf(live.properties)
  // Nobody can say how much was done to it when that failed.
  const isUnknown = believed && ailing
  const status = isUnknown ? ('FAILED' as const) : ('COMPLETE' as const)
  const reason = isUnknown ? 'it had failed before it was taken over, and cannot be looked at' : null
  const says = { action: 'ADOPT', status, reason, propertiesHash: hashSecret?.(hash) ?? hash }
  return {
    settlement: { ...settlementOf(work, 'again'), ...says },
    data: { stackId, id, ...live, metadata: {}, privateData: thing?.privateData ?? null },
    events: [{ ...eventOf(work, status, reason), action: 'ADOPT' }],
  }
}

function failedEnding(
  work: Work,
  task: VisitTask,
  outcome: Extract<Outcome, { kind: 'failed' }>,
  policy: RetryPolicy,
  random: number,
): VisitEnding {
  const reason = outcome.message
  const waitSeconds = retryAfter(outcome, work.attempt, policy, random)
  if (waitSeconds !== undefined) {
    const kind = task.handle === undefined ? 'again' : 'parked'
    return {
      settlement: { ...settlementOf(work, kind), reason, waitSeconds },
      events: [eventOf(work, 'IN_PROGRESS', `attempt ${work.attempt} failed: ${reason}`)],
    }
  }
  const action = task.adopts ? 'ADOPT' : actionOf(task)
  // That a thing could not be looked at says nothing of the thing, but that it is not taken over yet.
  const says = action === 'CHECK' ? {} : ({ action, status: 'FAILED' } as const)
  return {
    settlement: { ...settlementOf(work, 'failed'), ...says, reason },
    events: [{ ...eventOf(work, 'FAILED', reason), action }],
    failure: failureText({ action, type: work.type, name: work.name }, reason),
  }
}

function settlementOf(work: Work, kind: VisitSettlement['kind']): VisitSettlement {
  const { stackId, id, fence, traversal, phase } = work
  return { stackId, id, fence, held: true, traversal, phase, kind, ...NOTHING_SAID }
}

const NOTHING_SAID = {
  action: null,
  status: null,
  reason: null,
  suspended: null,
  propertiesHash: null,
  waitSeconds: 0,
} as const

/** A visit that asks nothing and says nothing. */
export function passed(row: ClaimedRow): VisitEnding {
  const { stackId, id, fence, traversal, phase } = row
  return { settlement: { stackId, id, fence, held: false, traversal, phase, kind: 'done', ...NOTHING_SAID } }
}

export function eventOfRow(row: ClaimedRow, action: string, status: string, reason: string | null): NewEvent {
  const { stackId, traversal, id: resourceId, name, type, physicalId } = row
  return { stackId, traversal, resourceId, name, type, physicalId, action, status, reason }
}
