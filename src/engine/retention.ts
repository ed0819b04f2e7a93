// Retention: one of the duties that any process with engines does now and then, and none twice. It walks over the stacks,
// a few at a time, and forgets what is old enough.
import type { World } from '../lib/world.js'
import type { Logger } from '../provider/contract.js'
import type { Database } from '../store/database.js'
import { listProjects } from '../store/projects.js'
import {
  BATCH,
  forgetStack,
  leaveDuty,
  type RetainedStack,
  type RetentionLimits,
  readStacksAfter,
  takeDuty,
  trimCommands,
  trimDefinitions,
  trimEvents,
  trimKept,
  trimTemplates,
} from '../store/retention.js'
import { makeRoom } from '../store/room.js'
import { shareStacks } from '../store/stacks.js'
import { byHalves } from './apart.js'
import { Duty } from './duty.js'

/** `Infinity` keeps for ever. What is under way and what a rollback needs is kept in any case. */
export interface RetentionPolicy {
  /** Days for which an event is kept. Default 30. */
  readonly eventDays: number
  /** The newest so many events of a stack are kept, older ones for an hour only. Default 10,000. */
  readonly eventsPerStackMax: number
  /** Days for which templates before the last complete one are kept. Default 30. */
  readonly templateDays: number
  /** And how many of a stack's templates at most. Default 100. */
  readonly templatesPerStackMax: number
  /** Days for which a deleted stack can still be looked at. Default 30. */
  readonly deletedStackDays: number
}

export const defaultRetention: RetentionPolicy = {
  eventDays: 30,
  eventsPerStackMax: 10_000,
  templateDays: 30,
  templatesPerStackMax: 100,
  deletedStackDays: 30,
}

const DUTY = 'retention'
const REST_SECONDS = 60
/** When there is more to do than one round may. */
const SOON_SECONDS = 5
/** One statement looks at them all; only what has something to forget is visited. */
const STACKS_PER_ROUND = 500
const BATCHES_PER_ROUND = 50
const PAUSE_SECONDS = 0.02

type Failed = (stackId: number, error: unknown) => void

const thrown: Failed = (_, error) => {
  throw error
}

/**
 * One round, if it is time for one.
 * @param failed hears of each stack that could not be trimmed; the others are. By default the first ends the round.
 * @returns how many rows went; undefined when it was not this caller's turn.
 */
export async function retain(
  database: Database,
  world: World,
  policy: RetentionPolicy = defaultRetention,
  failed: Failed = thrown,
): Promise<number | undefined> {
  const position = await takeDuty(database, DUTY, REST_SECONDS)
  if (position === undefined) return undefined
  const limits = limitsOf(policy)
  const stacks = await readStacksAfter(database, position, STACKS_PER_ROUND, limits)
  const { trimmed, stoppedAt } = await trimAll(
    database,
    world,
    stacks.filter(({ due }) => due),
    limits,
    failed,
  )
  const last = stacks.length < STACKS_PER_ROUND ? 0 : (stacks.at(-1)?.id ?? 0)
  const reached = stoppedAt === undefined ? last : stoppedAt - 1
  // Once in a walk over all stacks.
  let kept = 0
  if (reached === 0) for (const { id } of await listProjects(database)) kept += await trimKept(database, id)
  // A number that was lowered is reached soon, and where nothing is found nobody is in a hurry.
  const isSoon = stoppedAt !== undefined || (trimmed > 0 && reached > 0)
  await leaveDuty(database, DUTY, reached, isSoon ? SOON_SECONDS : REST_SECONDS)
  return trimmed + kept
}

/** @returns how many rows went, and the stack at which there was more to do than one round may. */
async function trimAll(
  database: Database,
  world: World,
  stacks: readonly RetainedStack[],
  limits: RetentionLimits,
  failed: Failed,
): Promise<{ trimmed: number; stoppedAt?: number }> {
  const sum = { trimmed: 0, batches: 0 }
  const trimOne = async (stack: RetainedStack) => {
    for (const trim of trimsOf(stack, limits)) {
      for (let count = BATCH; count === BATCH && sum.batches < BATCHES_PER_ROUND; ) {
        count = await inPassing(database, stack.id, trim)
        sum.trimmed += count
        if (count > 0) await world.sleep(PAUSE_SECONDS)
        if (count === BATCH) sum.batches++
      }
    }
  }
  for (const stack of stacks) {
    await byHalves(
      [stack.id],
      () => trimOne(stack),
      async (id, error) => failed(id, error),
    )
    if (sum.batches >= BATCHES_PER_ROUND) return { trimmed: sum.trimmed, stoppedAt: stack.id }
  }
  return { trimmed: sum.trimmed }
}

type Trim = (sql: Parameters<typeof trimEvents>[0], stackId: number) => Promise<number>

function trimsOf({ deleted }: RetainedStack, limits: RetentionLimits): Trim[] {
  if (deleted) return [(sql, id) => forgetStack(sql, id, limits.deletedDays)]
  const events = { days: limits.eventDays, countMax: limits.eventsMax }
  const templates = { days: limits.templateDays, countMax: limits.templatesMax }
  return [
    (sql, id) => trimEvents(sql, id, events),
    (sql, id) => trimTemplates(sql, id, templates),
    trimDefinitions,
    trimCommands,
  ]
}

const limitsOf = (policy: RetentionPolicy): RetentionLimits => ({
  eventDays: finite(policy.eventDays),
  eventsMax: finite(policy.eventsPerStackMax),
  templateDays: finite(policy.templateDays),
  templatesMax: finite(policy.templatesPerStackMax),
  deletedDays: finite(policy.deletedStackDays),
})

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** A stack that a command holds is left for another time. */
function inPassing(database: Database, stackId: number, trim: Trim): Promise<number> {
  return database.transaction(async (sql) => {
    const shared = await shareStacks(sql, [stackId])
    return shared.length === 0 ? 0 : trim(sql, stackId)
  })
}

export const keepingHistoryShort = (
  database: Database,
  world: World,
  log: Logger,
  policy: Partial<RetentionPolicy>,
): Duty => {
  const round = async () => {
    try {
      const trimmed = await retain(database, world, { ...defaultRetention, ...policy }, (stack, error) => {
        log.error({ stack, error }, 'the history of a stack could not be trimmed')
      })
      if (trimmed) log.info({ trimmed }, 'old history was trimmed')
      if (database.untended && (await makeRoom(database))) log.info({}, 'room was made in the database')
    } catch (error) {
      // History is nothing to fail for; another round comes.
      log.warn({ error }, 'history could not be trimmed')
    }
  }
  return new Duty(world, REST_SECONDS, round, { lastly: database.untended ?? false })
}
