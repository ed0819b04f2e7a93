// One turn of an engine, in two transactions: what is finished is settled; what is due is claimed, decided about and begun.
// What is left to do afterwards are provider calls, with no transaction open. Two, because several engines may be telling
// the same successors: each holds their rows only from telling them to the end of its settling (ADR 0030).
import { groupBy } from '../lib/group-by.js'
import { beginWork, handOver, holdParked, recordIntents } from '../store/begin.js'
import {
  type ClaimedRow,
  claimRows,
  type InputRow,
  type Intent,
  preferKeys,
  readEarlierVersions,
  readInputs,
} from '../store/claim.js'
import type { Sql, Transaction } from '../store/database.js'
import { readFarewells } from '../store/farewells.js'
import { holdRows } from '../store/hooks.js'
import { secretHash } from '../store/keyring.js'
import { readOutermost, releaseChildren } from '../store/nested.js'
import { shareStacks } from '../store/stacks.js'
import { hooksOf } from '../template/hooks.js'
import { settleNested } from './nested/settle-nested.js'
import { type Decision, isLeaving, isToBecome, limitsOf, prepare, takesUp } from './prepare.js'
import { type Begin, handOverTo, makeRoom, replace } from './replace.js'
import { type Ending, failureText, heldAt, keyOf, nothingLearnt, type Removal, settle } from './settle.js'
import { settleFinished } from './settle-finished.js'
import type { TurnContext } from './turn-context.js'
import { beginVisited, isVisit, settleVisited } from './visit-settle.js'
import { actionOf, type FinishedWork, type Work } from './work.js'

export interface SettledTurn {
  /** Outcomes whose stack was held by a command: to be settled in a later turn. */
  readonly postponed: readonly FinishedWork[]
  /** Whose outcomes came too late: others had been given the work. */
  readonly refused: readonly Work[]
}

/** Settles what is finished, and queues whoever waited for nothing else. */
export async function settleTurn(
  sql: Transaction,
  context: TurnContext,
  finished: readonly FinishedWork[],
): Promise<SettledTurn> {
  const shared = await enter(
    sql,
    finished.map(({ work }) => work.stackId),
  )
  const mine = finished.filter(({ work }) => shared.has(work.stackId))
  const refused = await settleFinished(sql, context, mine)
  return {
    postponed: finished.filter(({ work }) => !shared.has(work.stackId)),
    refused: refused.length === 0 ? [] : worksOf(mine, new Set(refused.map(keyOf))),
  }
}

export interface ClaimedTurn {
  /** The calls to be made now. */
  readonly begun: readonly Work[]
  /** Of some stack as many rows were claimed as might be: there are probably more. */
  readonly more: boolean
}

/**
 * Claims what is due, decides about it, and writes the decisions. Each stack gets its part of the slots.
 * @param slots how many provider calls may be begun
 */
export async function claimTurn(
  sql: Transaction,
  context: TurnContext,
  stackIds: readonly number[],
  slots: number,
): Promise<ClaimedTurn> {
  const shared = [...(await enter(sql, stackIds))]
  const parts = await partsOf(sql, shared, slots)
  const claimed = await claimRows(sql, parts)
  const begun = await writeDecisions(sql, context, await decideClaimed(sql, context, claimed))
  const byStack = groupBy(claimed, ({ stackId }) => stackId)
  return { begun, more: parts.some(({ stackId, limit }) => (byStack.get(stackId)?.length ?? 0) >= limit) }
}

/**
 * Each stack gets its part of the slots, and those that are nested in nothing get theirs of all of them: beginning a nested stack
 * takes no slot, and begun in small numbers they would cost a turn for each few.
 */
async function partsOf(sql: Sql, stackIds: readonly number[], slots: number) {
  const outermost = stackIds.length > 1 ? await readOutermost(sql, stackIds) : new Set(stackIds)
  const part = (among: number) => Math.ceil(slots / Math.max(1, among))
  return stackIds.map((stackId) => ({
    stackId,
    limit: part(outermost.has(stackId) ? outermost.size : stackIds.length),
  }))
}

/** Those of the stacks that no command holds now: until the transaction ends none will. */
async function enter(sql: Transaction, stackIds: readonly number[]): Promise<ReadonlySet<number>> {
  await preferKeys(sql)
  const inOrder = [...new Set(stackIds)].sort((one, other) => one - other)
  return new Set(await shareStacks(sql, inOrder))
}

const worksOf = (finished: readonly FinishedWork[], keys: ReadonlySet<string>): Work[] =>
  finished.flatMap(({ work }) => (keys.has(keyOf(work)) ? work : []))

async function decideClaimed(sql: Sql, { types }: TurnContext, claimed: readonly ClaimedRow[]): Promise<Decision[]> {
  const updates = claimed.filter((row) => row.phase === 'update' && row.current && takesUp(row, types))
  // A version that arming made and nobody has begun has no elders that could be taken back; in a first create, all are such.
  const elders = updates.filter(
    (row) => row.action !== 'INIT' || row.fence > 0 || row.definition?.isotherm?.replacement,
  )
  const earlier = groupBy(await readEarlierVersions(sql, elders), keyOfName)
  const inputs = await inputsByStack(sql, updates)
  const farewells = await farewellsOf(sql, claimed)
  const hashSecret = secretHash(sql)
  return claimed.map((row) =>
    prepare(
      { ...row, ...farewells.get(row.id) },
      { earlier: earlier.get(keyOfName(row)) ?? [], inputs: inputs.get(row.stackId) ?? new Map(), hashSecret },
      types,
    ),
  )
}

/** By the row's id. */
async function farewellsOf(sql: Sql, claimed: readonly ClaimedRow[]) {
  const others = claimed.filter((row) => !isToBecome(row) && row.action !== 'INIT')
  return new Map((await readFarewells(sql, others)).map(({ id, ...farewell }) => [id, { farewell }]))
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
  await settle(sql, context.engineId, [
    ...keeps.map(keptEnding),
    ...decisions.flatMap((decision) => (decision.kind === 'refuse' ? refusedEnding(decision) : [])),
    ...decisions.flatMap((decision) => (decision.kind === 'forget' ? forgotten(decision) : [])),
  ])
  await settleVisited(
    sql,
    context.engineId,
    decisions.flatMap((decision) => (decision.kind === 'pass' ? decision.ending : [])),
  )
  await releaseChildren(
    sql,
    decisions.flatMap((decision) => (decision.kind === 'forget' && decision.retained ? decision.row : [])),
  )
  return settleNested(
    sql,
    context,
    works.map(({ work }) => work),
  )
}

type Keep = Extract<Decision, { kind: 'keep' }>

interface Begun {
  readonly work: Work
  readonly propertiesHash: string | null
}

function workOf({ row, chosen, task, intent, propertiesHash, attempt }: Begin): Begun {
  const parked = isUnderWay(task)
  const type = parked || row.phase !== 'update' || isLeaving(row) ? row.type : (row.definition?.type ?? row.type)
  const limits = limitsOf(row)
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
      ...(limits && { limits }),
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
    parked.map(({ work }) => ({ ...work, cancelling: cancellingOf(work, types) })),
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

/** A nested stack is told in the transaction in which this is decided: nothing can come between. */
function cancellingOf({ task, type }: Work, types: TurnContext['types']): string | undefined {
  if (task.kind !== 'cancel' || types.get(type)?.composite) return undefined
  return task.operation.cancelReason ?? 'cancelled'
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
