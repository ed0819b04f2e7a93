// One turn of an engine, in one transaction: settle what is finished, claim what is due, decide about it, and write the
// decisions. What is left to do afterwards are provider calls, with no transaction open.
import { groupBy } from '../lib/group-by.js'
import { beginWork, handOver, holdParked, recordIntents } from '../store/begin.js'
import {
  type ClaimedRow,
  claimArrived,
  claimRows,
  type InputRow,
  type Intent,
  preferKeys,
  readEarlierVersions,
  readInputs,
} from '../store/claim.js'
import type { Sql, Transaction } from '../store/database.js'
import { holdRows } from '../store/hooks.js'
import { secretHash } from '../store/keyring.js'
import { releaseChildren } from '../store/nested.js'
import { makeReady, type RowKey } from '../store/settle.js'
import { shareStacks } from '../store/stacks.js'
import { hooksOf } from '../template/hooks.js'
import { settleNested } from './nested/settle-nested.js'
import { type Decision, isLeaving, prepare, takesUp } from './prepare.js'
import { type Begin, handOverTo, makeRoom, replace } from './replace.js'
import { type Ending, failureText, heldAt, keyOf, nothingLearnt, type Removal, settle } from './settle.js'
import { settleFinished } from './settle-finished.js'
import type { TurnContext } from './turn-context.js'
import { beginVisited, isVisit, settleVisited } from './visit-settle.js'
import { actionOf, type FinishedWork, type Work } from './work.js'

export interface TurnResult {
  /** Provider calls to be made now. */
  readonly begun: readonly Work[]
  /** Outcomes whose stack was held by a command: to be settled in a later turn. */
  readonly postponed: readonly FinishedWork[]
  /** Whose outcomes came too late: others had been given the work. */
  readonly refused: readonly Work[]
}

/** @param slots how many provider calls may be begun. */
export async function turn(
  sql: Transaction,
  context: TurnContext,
  finished: readonly FinishedWork[],
  stackIds: readonly number[],
  slots: number,
): Promise<TurnResult> {
  await preferKeys(sql)
  const wanted = new Set([...finished.map(({ work }) => work.stackId), ...stackIds])
  const shared = new Set(
    await shareStacks(
      sql,
      [...wanted].sort((one, other) => one - other),
    ),
  )
  const ready = finished.filter(({ work }) => shared.has(work.stackId))
  const { refused, arrived } = await settleFinished(sql, context, ready)
  const claimed = await claim(sql, [...shared], slots, arrived)
  const decisions = await decideClaimed(sql, context, claimed)
  const begun = await writeDecisions(sql, context, decisions)
  return {
    begun,
    postponed: finished.filter(({ work }) => !shared.has(work.stackId)),
    refused: refused.length === 0 ? [] : worksOf(ready, new Set(refused.map(keyOf))),
  }
}

const worksOf = (finished: readonly FinishedWork[], keys: ReadonlySet<string>): Work[] =>
  finished.flatMap(({ work }) => (keys.has(keyOf(work)) ? work : []))

/** Each stack gets its part of the slots; what has just arrived comes first and need never be written as ready. */
async function claim(
  sql: Transaction,
  stackIds: readonly number[],
  slots: number,
  arrived: readonly RowKey[],
): Promise<ClaimedRow[]> {
  const limit = Math.ceil(slots / Math.max(1, stackIds.length))
  const room = new Map(stackIds.map((id) => [id, limit]))
  const first = arrived.filter(({ stackId }) => {
    const left = room.get(stackId) ?? 0
    room.set(stackId, left - 1)
    return left > 0
  })
  const direct = await claimArrived(sql, first)
  const taken = new Set(direct.map(({ id }) => id))
  await makeReady(
    sql,
    arrived.filter(({ id }) => !taken.has(id)),
  )
  const due = await claimRows(
    sql,
    [...room].map(([stackId, left]) => ({ stackId, limit: left })),
  )
  return [...direct, ...due]
}

async function decideClaimed(sql: Sql, { types }: TurnContext, claimed: readonly ClaimedRow[]): Promise<Decision[]> {
  const updates = claimed.filter((row) => row.phase === 'update' && row.current && takesUp(row, types))
  // A version that arming made and nobody has begun has no elders that could be taken back; in a first create, all are such.
  const elders = updates.filter(
    (row) => row.action !== 'INIT' || row.fence > 0 || row.definition?.isotherm?.replacement,
  )
  const earlier = groupBy(await readEarlierVersions(sql, elders), keyOfName)
  const inputs = await inputsByStack(sql, updates)
  const hashSecret = secretHash(sql)
  return claimed.map((row) =>
    prepare(
      row,
      { earlier: earlier.get(keyOfName(row)) ?? [], inputs: inputs.get(row.stackId) ?? new Map(), hashSecret },
      types,
    ),
  )
}

const keyOfName = ({ stackId, name }: { stackId: number; name: string }) => `${stackId}/${name}`

async function inputsByStack(sql: Sql, rows: readonly ClaimedRow[]): Promise<Map<number, Map<string, InputRow>>> {
  const names = new Map<string, { stackId: number; name: string }>()
  for (const { stackId, definitionRequires } of rows) {
    for (const name of definitionRequires) names.set(`${stackId}/${name}`, { stackId, name })
  }
  const byStack = new Map<number, Map<string, InputRow>>()
  for (const row of await readInputs(sql, [...names.values()])) {
    const stack = byStack.get(row.stackId) ?? new Map<string, InputRow>()
    byStack.set(row.stackId, stack.set(row.name, row))
  }
  return byStack
}

async function writeDecisions(sql: Transaction, context: TurnContext, decisions: readonly Decision[]): Promise<Work[]> {
  const begins = decisions.filter((decision) => decision.kind === 'begin')
  const keeps = decisions.filter((decision) => decision.kind === 'keep')
  const replacements = await replace(
    sql,
    decisions.filter((decision) => decision.kind === 'replace'),
  )
  await handOver(
    sql,
    [...begins, ...keeps, ...replacements]
      .filter(({ row, chosen }) => chosen.id !== row.id)
      .map(({ row, chosen }) => handOverTo(row, chosen.id)),
  )
  await makeRoom(
    sql,
    decisions.filter((decision) => decision.kind === 'makeWay'),
  )
  await holdRows(
    sql,
    decisions.flatMap((decision) => (decision.kind === 'hold' ? heldAt(decision.row, decision.hook) : [])),
  )
  const works = [...begins, ...replacements].map(workOf)
  await begin(sql, context, works)
  const { arrived } = await settle(sql, context.engineId, [
    ...keeps.map(keptEnding),
    ...decisions.flatMap((decision) => (decision.kind === 'refuse' ? refusedEnding(decision) : [])),
    ...decisions.flatMap((decision) => (decision.kind === 'forget' ? forgotten(decision) : [])),
  ])
  const visited = await settleVisited(
    sql,
    context.engineId,
    decisions.flatMap((decision) => (decision.kind === 'pass' ? decision.ending : [])),
  )
  await releaseChildren(
    sql,
    decisions.flatMap((decision) => (decision.kind === 'forget' && decision.retained ? decision.row : [])),
  )
  const nested = await settleNested(
    sql,
    context,
    works.map(({ work }) => work),
  )
  await makeReady(sql, [...arrived, ...visited.arrived, ...nested.arrived])
  return nested.calls
}

type Keep = Extract<Decision, { kind: 'keep' }>

interface Begun {
  readonly work: Work
  readonly propertiesHash: string | null
}

function workOf({ row, chosen, task, intent, propertiesHash, attempt }: Begin): Begun {
  const parked = isUnderWay(task)
  const type = parked || row.phase !== 'update' || isLeaving(row) ? row.type : (row.definition?.type ?? row.type)
  return {
    propertiesHash,
    work: {
      stackId: row.stackId,
      id: chosen.id,
      fence: chosen.fence + 1,
      // A pending operation ends for those who began it: a newer traversal will come by again.
      traversal: parked ? (row.handle?.traversal ?? 0) : row.traversal,
      phase: parked ? (row.handle?.phase ?? null) : row.phase,
      stackUid: row.stackUid,
      stackName: row.stackName,
      project: row.project,
      traceparent: row.traceparent,
      name: row.name,
      type,
      token: chosen.token,
      attempt,
      task,
      // Until it is settled, what it required before and what it requires now must both live.
      requires: [...new Set([...chosen.requires, ...(intent?.requires ?? [])])],
      intent,
      ...secretOf(intent, chosen),
      ...(row.definition?.isotherm && { limits: row.definition.isotherm }),
      ...(row.hookRules && { hooks: hooksOf(row.hookRules, row.name) }),
    },
  }
}

/** What is secret now or was before. */
function secretOf(intent: Intent | undefined, { secret }: Begin['chosen']): Pick<Work, 'secret'> {
  if (!intent) return secret ? { secret } : {}
  return intent.secret ? { secret: intent.secret } : {}
}

async function begin(sql: Sql, { engineId, types }: TurnContext, begun: readonly Begun[]): Promise<void> {
  const parked = begun.filter(({ work }) => isUnderWay(work.task))
  const visits = begun.map(({ work }) => work).filter((work) => isVisit(work) && !isUnderWay(work.task))
  const fresh = begun.filter(({ work }) => !isUnderWay(work.task) && !isVisit(work))
  await holdParked(
    sql,
    engineId,
    parked.map(({ work }) => work),
  )
  await beginVisited(sql, engineId, visits)
  await beginWork(
    sql,
    engineId,
    fresh.map(({ work: { stackId, id, traversal, attempt, requires, task }, propertiesHash }) => ({
      stackId,
      id,
      action: actionOf(task),
      attempt,
      propertiesHash,
      requires,
      traversal,
    })),
  )
  await recordIntents(
    sql,
    fresh.flatMap(({ work: { stackId, id, task, type, intent } }) =>
      task.kind === 'create' && intent && (intent.adopts || types.get(type)?.recoverBy !== 'token')
        ? { stackId, id, intent }
        : [],
    ),
  )
}

const isUnderWay = (task: Work['task']): boolean =>
  task.kind === 'poll' || task.kind === 'cancel' || (task.kind === 'visit' && task.handle !== undefined)

const unheld = (row: ClaimedRow, version: { id: number; fence: number }) => ({
  stackId: row.stackId,
  id: version.id,
  fence: version.fence,
  held: false,
  traversal: row.traversal,
  phase: row.phase,
  ...nothingLearnt,
})

/** The early cut-off: no input changed that matters, so no provider is called; what the template says is recorded. */
function keptEnding({ row, chosen, intent, propertiesHash }: Keep): Ending {
  const { definitionHash, requires, retain } = intent
  return {
    settlement: {
      ...unheld(row, chosen),
      kind: 'kept',
      status: 'COMPLETE',
      reason: null,
      definitionHash,
      propertiesHash: secretChanged(chosen, intent) ? propertiesHash : null,
      requires,
      retain,
    },
    ...((chosen.id !== row.id || row.lastDefinitionHash !== definitionHash || secretChanged(chosen, intent)) && {
      data: keptData(row, chosen, intent),
    }),
    released: chosen.requires.filter((needed) => !requires.includes(needed)),
  }
}

/** What it reads may have become secret, or is no more. */
const secretChanged = (chosen: Keep['chosen'], { secret }: Intent) =>
  (chosen.secret === undefined) !== (secret === undefined)

/** The metadata may have changed, which is nobody's business but the record's. */
const keptData = ({ stackId }: ClaimedRow, chosen: Keep['chosen'], { properties, metadata, secret }: Intent) => ({
  stackId,
  id: chosen.id,
  properties,
  attributes: chosen.attributes,
  metadata,
  privateData: chosen.privateData,
  ...(secret && { secret }),
})

function refusedEnding({ row, reason }: Extract<Decision, { kind: 'refuse' }>): Ending {
  const action = isLeaving(row) ? 'DELETE' : row.physicalId === null ? 'CREATE' : 'UPDATE'
  const kind = row.phase === 'update' ? 'refused' : 'failed'
  const event = { action, status: 'FAILED', reason }
  return {
    settlement: { ...unheld(row, row), kind, status: 'FAILED', reason, event },
    released: [],
    failure: failureText({ action, type: row.type, name: row.name }, reason),
  }
}

function forgotten({ row, retained }: Extract<Decision, { kind: 'forget' }>): Removal {
  const { stackId, traversal, id, fence, requires } = row
  const event = retained ? { action: 'DELETE', status: 'COMPLETE', reason: 'retained' } : null
  return { stackId, id, fence, held: false, traversal, event, released: requires }
}
