// Watching reality: one of the duties that any process with engines does now and then, and none twice. A watched stack that
// is due is checked; what the check finds is judged at its end (`mend.ts`), in the transaction that ends it.
import { isToBeChecked } from '../graph/watch.js'
import type { World } from '../lib/world.js'
import type { Logger } from '../provider/contract.js'
import type { Database, Sql } from '../store/database.js'
import { announce } from '../store/listen.js'
import { readStack } from '../store/stacks.js'
import { dueWatches, hasSuspended, noteCheck, takeWatch } from '../store/watches.js'
import { advance } from './advance.js'
import { byHalves } from './apart.js'
import { Duty } from './duty.js'
import { visitStack } from './visit.js'

/** Seconds by which a look is late at most, about. */
const LOOK_SECONDS = 15
const STACKS_PER_ROUND = 50

/** Begins the checks that are due. @param failed hears of each that could not be begun; the others are. @returns how many. */
export async function watchReality(
  database: Database,
  world: World,
  failed: (stackId: number, error: unknown) => void,
): Promise<number> {
  let begun = 0
  for (const stackId of await dueWatches(database, STACKS_PER_ROUND)) {
    const check = async () => {
      if (await beginCheck(database, world, stackId)) begun++
    }
    await byHalves([stackId], check, async (id, error) => {
      failed(id, error)
      await passOver(database, id)
    })
  }
  return begun
}

/** So that those which cannot be checked do not stand before all others for ever. */
const passOver = (database: Database, stackId: number): Promise<void> =>
  byHalves(
    [stackId],
    () => database.transaction(async (sql) => void (await takeWatch(sql, stackId))),
    async () => undefined,
  )

/** A stack that a command holds is left for another time. */
function beginCheck(database: Database, world: World, stackId: number): Promise<boolean> {
  return database.transaction(async (sql) => {
    if (!(await takeWatch(sql, stackId)) || !(await checkWatched(sql, stackId))) return false
    await announce(sql, { kind: 'command', by: world.newId() })
    await advance(sql, stackId)
    return true
  })
}

/** The caller holds the stack's lock. @returns whether a check has begun. */
export async function checkWatched(sql: Sql, stackId: number): Promise<boolean> {
  const stack = await readStack(sql, stackId)
  if (!isToBeChecked({ ...stack, suspended: await hasSuspended(sql, stackId) })) return false
  await noteCheck(sql, stackId, stack.traversal + 1)
  await visitStack(sql, stack, { action: 'CHECK', timeoutSeconds: undefined })
  return true
}

/** @param wake the engines of this process. */
export const watchingReality = (database: Database, world: World, log: Logger, wake: () => void): Duty =>
  new Duty(world, LOOK_SECONDS, async () => {
    try {
      const begun = await watchReality(database, world, (stack, error) => {
        log.error({ stack, error }, 'a watched stack could not be checked')
      })
      if (begun === 0) return
      log.info({ begun }, 'watched stacks are checked')
      wake()
    } catch (error) {
      // They are still due, or in an interval: another round comes.
      log.warn({ error }, 'watched stacks could not be checked')
    }
  })
