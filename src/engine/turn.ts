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
import { readRoots, releaseChildren } from '../store/nested.js'
import { clearHandles } from '../store/settle.js'
import { shareStacks } from '../store/stacks.js'
import { hooksOf } from '../template/hooks.js'
import { NEVER_SECONDS } from './nested/outcomes.js'
import { settleNested } from './nested/settle-nested.js'
import { type Decision, isLeaving, isToBecome, limitsOf, prepare, takesUp } from './prepare.js'
import { type Begin, handOverTo, makeRoom, replace } from './replace.js'
import { type Ending, failureText, heldAt, keyOf, nothingLearnt, type Removal, settle } from './settle.js'
import { settleFinished } from './settle-finished.js'
import { withinTimeSeconds } from './timeouts.js'
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
  /** How many rows were claimed, by stack. */
  readonly rows: ReadonlyMap<number, number>
}

/**
 * Claims what is due, decides about it, and writes the decisions. Each stack gets its part of the slots.
 * @param stackIds nested ones in the order in which they are to be served, until the slots are used up
 * @param slots how many provider calls may be begun
 */
export async function claimTurn(
  sql: Transaction,
  context: TurnContext,
  stackIds: readonly number[],
  slots: number,
): Promise<ClaimedTurn> {
  const open = await enter(sql, stackIds)
  const shared = stackIds.filter((id) => open.has(id))
  const { outermost, nested } = partsOf(shared, slots, shared.length > 1 ? await readRoots(sql, shared) : new Map())
  const claimed = [...(await claimRows(sql, outermost)), ...(await claimRows(sql, nested, slots))]
  const begun = await writeDecisions(sql, context, await decideClaimed(sql, context, claimed))
  const rows = new Map([...groupBy(claimed, ({ stackId }) => stackId)].map(([id, { length }]) => [id, length]))
  const more = [...outermost, ...nested].some(({ stackId, limit }) => (rows.get(stackId) ?? 0) >= limit)
  return { begun, more: more || sumOf(nested.map(({ stackId }) => rows.get(stackId) ?? 0)) >= slots, rows }
}

interface Part {
  readonly stackId: number
  /** Rows. */
  readonly limit: number
}

/**
 * Outermost stacks get theirs of all slots: beginning a nested stack takes none, and begun in small numbers they would cost a turn for
 * each few. Nested ones share the slots by what they are nested in, and are served one whole after the other: a row costs
 * the less the fewer stacks are in a turn.
 */
function partsOf(stackIds: readonly number[], slots: number, roots: ReadonlyMap<number, number>) {
  const part = (among: number) => Math.ceil(slots / Math.max(1, among))
  const outermost = stackIds.filter((stackId) => !roots.has(stackId))
  const nested = stackIds.filter((stackId) => roots.has(stackId))
  const each = part(new Set(roots.values()).size)
  return {
    outermost: outermost.map((stackId): Part => ({ stackId, limit: part(outermost.length) })),
    nested: nested.map((stackId): Part => ({ stackId, limit: each })),
  }
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

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
  const held = decisions.filter((decision) => decision.kind === 'hold')
  await holdRows(
    sql,
    held.map(({ row, hook }) => heldAt(row, hook)),
  )
  // Nobody polls what goes on inside a composite until its hook is cleared; then it is told what it is to become.
  await clearHandles(
    sql,
    held.map(({ row }) => row).filter(({ state }) => state === 'parked'),
  )
  const works = [...begins, ...replacements].map((begun) => workOf(begun, context.types))
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
  /** What was intended before is recorded: it must not be taken for what is intended now. */
  readonly wasIntended: boolean
}

function workOf({ row, chosen, task, intent, propertiesHash, attempt }: Begin, types: TurnContext['types']): Begun {
  const underWay = isUnderWay(task)
  const type = underWay || row.phase !== 'update' || isLeaving(row) ? row.type : (row.definition?.type ?? row.type)
  const limits = limitsOf(row)
  const parked = task.kind !== 'visit' && types.get(type)?.composite !== undefined
  return {
    propertiesHash,
    wasIntended: chosen.intent !== null,
    work: {
      stackId: row.stackId,
      id: chosen.id,
      fence: parked && underWay ? chosen.fence : chosen.fence + 1,
      // A pending operation ends for those who began it: a newer traversal will come by again.
      traversal: underWay ? (row.handle?.traversal ?? 0) : row.traversal,
      phase: underWay ? (row.handle?.phase ?? null) : row.phase,
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
      ...(parked && { parked }),
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
  const parked = begun.filter(({ work }) => isUnderWay(work.task) && !work.parked)
  const visits = begun.map(({ work }) => work).filter((work) => isVisit(work) && !isUnderWay(work.task))
  const fresh = begun.filter(({ work }) => !isUnderWay(work.task) && !isVisit(work))
  await holdParked(
    sql,
    engineId,
    parked.map(({ work }) => ({ ...work, cancelling: cancellingOf(work) })),
  )
  await beginVisited(sql, engineId, visits)
  await beginWork(
    sql,
    engineId,
    fresh.map(({ work, propertiesHash }) => {
      const { stackId, id, traversal, attempt, requires, task, limits } = work
      const parkSeconds = work.parked ? withinTimeSeconds(NEVER_SECONDS, limits) : null
      return { stackId, id, action: actionOf(task), attempt, propertiesHash, requires, traversal, parkSeconds }
    }),
  )
  await recordIntents(
    sql,
    fresh.flatMap(({ work: { stackId, id, task, type, intent }, wasIntended }) =>
      task.kind === 'create' && intent && (intent.adopts || wasIntended || types.get(type)?.recoverBy !== 'token')
        ? { stackId, id, intent }
        : [],
    ),
  )
}

const cancellingOf = ({ task }: Work): string | undefined =>
  task.kind === 'cancel' ? (task.operation.cancelReason ?? 'cancelled') : undefined

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
function keptEnding({ row, chosen, intent, propertiesHash, settlesFinding = false }: Keep): Ending {
  const { definitionHash, requires, retain } = intent
  const isOtherwise = settlesFinding || secretChanged(chosen, intent)
  const told = { action: null, status: 'COMPLETE', reason: 'what was found is as wanted' }
  return {
    settlement: {
      ...unheld(row, chosen),
      kind: 'kept',
      status: 'COMPLETE',
      reason: null,
      definitionHash,
      propertiesHash: isOtherwise ? propertiesHash : null,
      requires,
      retain,
      event: settlesFinding ? told : null,
    },
    ...((chosen.id !== row.id || row.lastDefinitionHash !== definitionHash || isOtherwise) && {
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
  const wanted = isLeaving(row) ? 'DELETE' : row.physicalId === null ? 'CREATE' : 'UPDATE'
  // What is under way ends by this.
  const action = row.status === 'IN_PROGRESS' ? row.action : wanted
  const kind = row.phase === 'update' ? 'refused' : 'failed'
  const event = { action, status: 'FAILED', reason }
  return {
    settlement: { ...unheld(row, row), kind, status: 'FAILED', reason, event },
    released: [],
    failure: failureText({ action, type: row.type, name: row.name }, reason),
  }
}

function forgotten({ row, says }: Extract<Decision, { kind: 'forget' }>): Removal {
  const { stackId, traversal, id, fence, requires } = row
  const event = says === undefined ? null : { action: 'DELETE', status: 'COMPLETE', reason: says }
  return { stackId, id, fence, held: false, traversal, event, released: requires }
}
