// Stacks that have come to their end, many at a time: a thousand nested stacks end in a few statements.
import { preferKeys } from '../../store/claim.js'
import type { Database } from '../../store/database.js'
import { appendEvents } from '../../store/events.js'
import { clearDeletedStacks, endStacks, tryLockStacks, wakeParents } from '../../store/nested.js'
import { advanceStack } from '../advance.js'

const BATCH = 200

/** Moves each of these stacks on as far as it can go. @returns whether one of them moved. */
export async function advanceStacks(database: Database, ids: readonly number[]): Promise<boolean> {
  const ended = new Set<number>()
  if (ids.length > 1) {
    for (let start = 0; start < ids.length; start += BATCH) {
      for (const id of await endTogether(database, ids.slice(start, start + BATCH))) ended.add(id)
    }
  }
  let moved = ended.size > 0
  for (const id of ids) if (!ended.has(id)) moved = (await advanceStack(database, id)) || moved
  return moved
}

function endTogether(database: Database, ids: readonly number[]): Promise<number[]> {
  return database.transaction(async (sql) => {
    await preferKeys(sql)
    const ended = await endStacks(sql, [...(await tryLockStacks(sql, ids))])
    const gone = ended.filter(({ action }) => action === 'DELETE').map(({ id }) => id)
    await clearDeletedStacks(sql, gone)
    await appendEvents(
      sql,
      ended.map(({ id, ...stack }) => ({ ...stack, stackId: id, status: 'COMPLETE' })),
    )
    await wakeParents(
      sql,
      ended.map(({ id }) => id),
    )
    return ended.map(({ id }) => id)
  })
}
