// Watches: stacks whose reality is looked at now and then, one row each. The row is the duty: whoever moves it on does it.
import type { Sql } from './database.js'
import { STACK_LOCKS } from './stacks.js'

export interface WatchRow {
  readonly everySeconds: number
  readonly driftLimit: number
  readonly dueAt: Date
}

/** In the command's transaction. A watch that is told again is no later for it, or frequent commands would outrun it. */
export async function writeWatch(
  sql: Sql,
  stackId: number,
  { everySeconds, driftLimit }: Pick<WatchRow, 'everySeconds' | 'driftLimit'>,
): Promise<void> {
  await sql.query(
    `insert into isotherm.watches as w (stack_id, every_seconds, drift_limit, due_at)
     values ($1, $2::float8, $3, isotherm.clock() + make_interval(secs => $2::float8))
     on conflict (stack_id) do update set every_seconds = excluded.every_seconds, drift_limit = excluded.drift_limit,
       due_at = least(w.due_at, excluded.due_at)`,
    [stackId, everySeconds, driftLimit],
  )
}

export async function removeWatch(sql: Sql, stackId: number): Promise<void> {
  await sql.query('delete from isotherm.watches where stack_id = $1', [stackId])
}

/** Those that are due, the longest first. Several may be told the same ones; `takeWatch` gives each to one of them. */
export async function dueWatches(sql: Sql, limit: number): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(
    `select stack_id as id from isotherm.watches where due_at <= isotherm.clock() order by due_at limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Takes the stack's lock, unless somebody holds it, and moves the watch on. @returns whether the look falls to the caller:
 * nobody else gets it before another interval is over, for the others find it moved when they get the lock.
 */
export async function takeWatch(sql: Sql, stackId: number): Promise<boolean> {
  const [lock] = await sql.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1::int, $2::int) as held', [
    STACK_LOCKS,
    stackId,
  ])
  if (!lock?.held) return false
  const rows = await sql.query(
    `update isotherm.watches set due_at = isotherm.clock() + make_interval(secs => every_seconds)
     where stack_id = $1 and due_at <= isotherm.clock() returning stack_id`,
    [stackId],
  )
  return rows.length > 0
}

/** The check that a watch has begun. The caller holds the stack's lock. */
export async function noteCheck(sql: Sql, stackId: number, traversal: number): Promise<void> {
  await sql.query('update isotherm.watches set traversal = $2 where stack_id = $1', [stackId, traversal])
}

/** How much a watch may mend, when it is the one that began this traversal: what a person asks for, a person judges. */
export async function limitOfCheck(sql: Sql, stackId: number, traversal: number): Promise<number | undefined> {
  const [watch] = await sql.query<{ driftLimit: number }>(
    `select drift_limit as "driftLimit" from isotherm.watches where stack_id = $1 and traversal = $2`,
    [stackId, traversal],
  )
  return watch?.driftLimit
}

/** Whether something in a stack is suspended. */
export async function hasSuspended(sql: Sql, stackId: number): Promise<boolean> {
  const rows = await sql.query('select from isotherm.resources where stack_id = $1 and suspended limit 1', [stackId])
  return rows.length > 0
}
