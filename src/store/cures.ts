// What `doctor --fix` changes. Engines may be at work meanwhile: each statement says what it believes, and what touches a
// stack's rows is called under that stack's lock.
import type { Sql } from './database.js'
import { type BrokenIndex, type HeldRow, WRONG_COUNTERS } from './doctor.js'

const BATCH = 5_000

/**
 * Takes rows from engines that hold them for too long. They are left to an engine that does not exist, as a lost commit's
 * are, so that the sweep hands them on; the fence forbids the engine to settle them later.
 */
export async function takeAway(sql: Sql, rows: readonly HeldRow[]): Promise<void> {
  await sql.query(
    `update isotherm.resources r set engine_id = '00000000-0000-0000-0000-000000000000'
     from unnest($1::int[], $2::bigint[], $3::int[], $4::uuid[]) as held(stack_id, id, fence, engine_id)
     where r.stack_id = held.stack_id and r.id = held.id and r.fence = held.fence and r.engine_id = held.engine_id
       and r.state = 'running'`,
    [
      rows.map(({ stackId }) => stackId),
      rows.map(({ id }) => id),
      rows.map(({ fence }) => fence),
      rows.map(({ engineId }) => engineId),
    ],
  )
}

/** Counts again what each row awaits. The caller holds the stack's lock, so no arrival is on its way. */
export async function recount(sql: Sql, stackId: number): Promise<void> {
  await sql.query(
    `update isotherm.resources r
     set awaiting = w.expected,
       state = case when r.state = 'waiting' and w.expected = 0 then 'ready'
         when r.state = 'ready' and w.expected > 0 then 'waiting' else r.state end,
       due_at = case when w.expected = 0 then isotherm.clock() else r.due_at end
     from (${WRONG_COUNTERS}) w where r.stack_id = $1 and r.id = w.id`,
    [stackId],
  )
}

/** Queues armed rows that stand idle although nothing has failed. The caller holds the stack's lock. */
export async function queueLost(sql: Sql, stackId: number): Promise<void> {
  await sql.query(
    `update isotherm.resources r
     set state = case when r.awaiting = 0 then 'ready' else 'waiting' end, due_at = isotherm.clock()
     from isotherm.stacks s
     where s.id = $1 and s.status = 'IN_PROGRESS' and not s.failed
       and r.stack_id = s.id and r.traversal = s.traversal and r.phase is not null and r.state = 'idle'`,
    [stackId],
  )
}

/** A wide row is written after its resource row, or with it, so one without the other is nobody's. */
export async function removeOrphans(sql: Sql): Promise<void> {
  await untilFew(() =>
    sql.query(
      `delete from isotherm.resource_data x using (
         select stack_id, id from isotherm.resource_data o where not exists (
           select from isotherm.resources r where r.stack_id = o.stack_id and r.id = o.id) limit ${BATCH}
       ) orphan where x.stack_id = orphan.stack_id and x.id = orphan.id returning x.id`,
    ),
  )
  await sql.query(
    `delete from isotherm.definitions d using isotherm.stacks s where s.id = d.stack_id and s.deleted_at is not null`,
  )
}

/**
 * Events from another cluster keep their order by id and come before all that this one wrote (ADR 0007). What is written
 * meanwhile has a higher id and stays as it is.
 */
export async function forgetTransactions(sql: Sql, stackId: number): Promise<void> {
  const [last] = await sql.query<{ id: number }>(
    'select coalesce(max(id), 0) as id from isotherm.events where stack_id = $1',
    [stackId],
  )
  await untilFew(() =>
    sql.query(
      `update isotherm.events e set xact = '0'
       from (select xact, id from isotherm.events
         where stack_id = $1 and xact > '0' and id <= $2 order by xact, id limit ${BATCH}) foreign_event
       where e.stack_id = $1 and e.xact = foreign_event.xact and e.id = foreign_event.id returning e.id`,
      [stackId, last?.id ?? 0],
    ),
  )
}

async function untilFew(work: () => Promise<unknown[]>): Promise<void> {
  while ((await work()).length === BATCH);
}

/** Without stopping anybody: `concurrently`, hence outside of any transaction. */
export async function mendIndex(sql: Sql, { name, definition, trouble }: BrokenIndex): Promise<void> {
  if (trouble === 'invalid') await sql.query(`reindex index concurrently isotherm.${name}`)
  else await sql.query(definition.replace(' INDEX ', ' INDEX CONCURRENTLY IF NOT EXISTS '))
}

/** Makes room; a table that somebody else is tending is left to them. */
export async function tidyTable(sql: Sql, name: string): Promise<void> {
  await sql.query(`vacuum (analyze, skip_locked) isotherm.${name}`)
}

export async function allowAutovacuum(sql: Sql, name: string): Promise<void> {
  await sql.query(`alter table isotherm.${name} reset (autovacuum_enabled)`)
}
