// The sweep: what nobody else would come by for. Any engine runs it, several at once do no harm.
import type { Database } from '../store/database.js'
import { findAbandonedStacks, type ReclaimedRow, reclaim, removeSilentEngines } from '../store/engines.js'
import { appendEvents } from '../store/events.js'
import { wakeWaiting } from '../store/nested.js'
import { expireStack, overdueStacks, readStack, shareStacks } from '../store/stacks.js'
import type { Apart } from './aside.js'
import { stackEvent } from './converge.js'

/**
 * @param silentSeconds how long an engine may be silent before its rows are given to others
 * @param aside a stack that cannot be swept is no reason to leave the others
 */
export async function sweep(database: Database, silentSeconds: number, aside: Apart): Promise<ReclaimedRow[]> {
  await expire(database, aside)
  await removeSilentEngines(database, silentSeconds)
  const reclaimed: ReclaimedRow[] = []
  await aside.apart('sweep', await findAbandonedStacks(database), async (ids) => {
    reclaimed.push(...(await takeOver(database, ids)))
  })
  return reclaimed
}

function takeOver(database: Database, stackIds: readonly number[]): Promise<ReclaimedRow[]> {
  return database.transaction(async (sql) => {
    const rows = await reclaim(sql, await shareStacks(sql, stackIds))
    await appendEvents(
      sql,
      rows.map(({ id, ...row }) => ({ ...row, resourceId: id, reason: reasonOf(row) })),
    )
    return rows
  })
}

const reasonOf = ({ status }: Pick<ReclaimedRow, 'status'>): string =>
  `interrupted: its engine stopped${status === 'IN_PROGRESS' ? '; another takes over' : ''}`

/** Deadlines of stacks are kept here, and never only when the next outcome happens to arrive. */
async function expire(database: Database, aside: Apart): Promise<void> {
  for (const { id, traversal } of await overdueStacks(database))
    await aside.apart('sweep', [id], () => expireOne(database, id, traversal))
}

function expireOne(database: Database, id: number, traversal: number): Promise<void> {
  return database.transaction(async (sql) => {
    if ((await shareStacks(sql, [id])).length === 0) return
    if (!(await expireStack(sql, id, traversal))) return
    await wakeWaiting(sql, id)
    await stackEvent(sql, await readStack(sql, id), 'IN_PROGRESS', 'Timed out')
  })
}
