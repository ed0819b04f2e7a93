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
  readStacksAfter,
  takeDuty,
  trimCommands,
  trimDefinitions,
  trimEvents,
  trimKept,
  trimTemplates,
} from '../store/retention.js'
import { shareStacks } from '../store/stacks.js'
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
const STACKS_PER_ROUND = 20
const BATCHES_PER_ROUND = 50
const PAUSE_SECONDS = 0.02

/** One round, if it is time for one. @returns how many rows went; undefined when it was not this caller's turn. */
export async function retain(
  database: Database,
  world: World,
  policy: RetentionPolicy = defaultRetention,
): Promise<number | undefined> {
  const position = await takeDuty(database, DUTY, REST_SECONDS)
  if (position === undefined) return undefined
  const stacks = await readStacksAfter(database, position, STACKS_PER_ROUND)
  let reached = stacks.length < STACKS_PER_ROUND ? 0 : (stacks.at(-1)?.id ?? 0)
  let trimmed = 0
  let batches = 0
  let interrupted = false
  for (const stack of stacks) {
    for (const trim of trimsOf(stack, policy)) {
      for (let count = BATCH; count === BATCH && !interrupted; ) {
        count = await inPassing(database, stack.id, trim)
        trimmed += count
        if (count > 0) await world.sleep(PAUSE_SECONDS)
        interrupted = count === BATCH && ++batches >= BATCHES_PER_ROUND
      }
    }
    if (!interrupted) continue
    reached = stack.id - 1
    break
  }
  // Once in a walk over all stacks.
  if (reached === 0) for (const { id } of await listProjects(database)) trimmed += await trimKept(database, id)
  await leaveDuty(database, DUTY, reached, interrupted ? SOON_SECONDS : REST_SECONDS)
  return trimmed
}

type Trim = (sql: Parameters<typeof trimEvents>[0], stackId: number) => Promise<number>

function trimsOf({ deleted }: RetainedStack, policy: RetentionPolicy): Trim[] {
  if (deleted) return [(sql, id) => forgetStack(sql, id, limit(policy.deletedStackDays))]
  const events = { days: limit(policy.eventDays), countMax: limit(policy.eventsPerStackMax) }
  const templates = { days: limit(policy.templateDays), countMax: limit(policy.templatesPerStackMax) }
  return [
    (sql, id) => trimEvents(sql, id, events),
    (sql, id) => trimTemplates(sql, id, templates),
    trimDefinitions,
    trimCommands,
  ]
}

const limit = (value: number): number | null => (Number.isFinite(value) ? value : null)

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
): Duty =>
  new Duty(world, REST_SECONDS, async () => {
    try {
      const trimmed = await retain(database, world, { ...defaultRetention, ...policy })
      if (trimmed) log.info({ trimmed }, 'old history was trimmed')
    } catch (error) {
      // History is nothing to fail for; another round comes.
      log.warn({ error }, 'history could not be trimmed')
    }
  })
