// The engines' heartbeats, and what becomes of the rows of one whose heart has stopped.
import type { Sql } from './database.js'

export async function registerEngine(sql: Sql, engine: { id: string; host: string; pid: number }): Promise<void> {
  await sql.query('insert into isotherm.engines (id, host, pid) values ($1, $2, $3)', [
    engine.id,
    engine.host,
    engine.pid,
  ])
}

/** @returns false when others have given this engine up for dead: what it does no longer counts. */
export async function beat(sql: Sql, engineId: string): Promise<boolean> {
  const rows = await sql.query(
    'update isotherm.engines set heartbeat_at = isotherm.clock() where id = $1 returning id',
    [engineId],
  )
  return rows.length > 0
}

export async function removeEngine(sql: Sql, engineId: string): Promise<void> {
  await sql.query('delete from isotherm.engines where id = $1', [engineId])
}

/** Rows of this engine that nobody wants it to go on with: their stack was halted, or their name means another version. */
export async function findUnwanted(
  sql: Sql,
  engineId: string,
): Promise<{ stackId: number; id: number; fence: number }[]> {
  return sql.query(
    `select r.stack_id as "stackId", r.id, r.fence from isotherm.resources r
     join isotherm.stacks s on s.id = r.stack_id
     where r.state = 'running' and r.engine_id = $1 and r.action <> 'DELETE' and (s.cancelled or not r.current)`,
    [engineId],
  )
}

/** Engines that have been silent too long; removed, so that each is found once. */
export async function removeSilentEngines(sql: Sql, silentSeconds: number): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `delete from isotherm.engines where id in (
       select id from isotherm.engines
       where heartbeat_at < isotherm.clock() - make_interval(secs => $1::float8) for update skip locked)
     returning id`,
    [silentSeconds],
  )
  return rows.map(({ id }) => id)
}

/** Stacks in which rows are held by engines that are no more. */
export async function findAbandonedStacks(sql: Sql): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(
    `select distinct r.stack_id as id from isotherm.resources r
     where r.state = 'running' and not exists (select from isotherm.engines e where e.id = r.engine_id)
     order by 1`,
  )
  return rows.map(({ id }) => id)
}

/**
 * Gives up what this engine holds without knowing of it: a commit whose answer was lost has claimed rows for it. They are
 * left to an engine that does not exist, so that the sweep hands them on like those of any dead one.
 */
export async function disclaim(
  sql: Sql,
  engineId: string,
  known: readonly { stackId: number; id: number; fence: number }[],
): Promise<void> {
  await sql.query(
    `update isotherm.resources r set engine_id = '00000000-0000-0000-0000-000000000000'
     where r.state = 'running' and r.engine_id = $1::uuid and not exists (
       select from unnest($2::int[], $3::bigint[], $4::int[]) as known(stack_id, id, fence)
       where known.stack_id = r.stack_id and known.id = r.id and known.fence = r.fence)`,
    [engineId, known.map(({ stackId }) => stackId), known.map(({ id }) => id), known.map(({ fence }) => fence)],
  )
}

export interface ReclaimedRow {
  readonly stackId: number
  readonly id: number
  readonly name: string
  readonly type: string
  readonly physicalId: string | null
  readonly action: string
  readonly traversal: number
}

/**
 * Hands the rows of engines that are no more to the living. The fence goes up, so that an engine that was only slow finds
 * its later settle refused; `skip locked` lets several sweepers run at once. An action that is still wanted stays in
 * progress and is resumed; one that is not has failed, and its traces are cleaned up like any other version.
 */
export async function reclaim(sql: Sql, stackIds: readonly number[]): Promise<ReclaimedRow[]> {
  if (stackIds.length === 0) return []
  return sql.query(
    `with lost as materialized (
       select r.stack_id, r.id, x.handle is not null as pending from isotherm.resources r
       left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
       where r.stack_id = any($1::int[]) and r.state = 'running'
         and not exists (select from isotherm.engines e where e.id = r.engine_id)
       order by r.stack_id, r.id for no key update of r skip locked
     )
     update isotherm.resources r
     set engine_id = null, fence = r.fence + 1, due_at = isotherm.clock(), updated_at = isotherm.clock(),
       state = case when lost.pending then 'parked' when r.phase is null then 'idle'
         when r.awaiting = 0 then 'ready' else 'waiting' end,
       status = case when r.phase is null and not lost.pending then 'FAILED' else r.status end,
       reason = 'interrupted: its engine stopped'
     from lost
     where r.stack_id = lost.stack_id and r.id = lost.id
     returning r.stack_id as "stackId", r.id, r.name, r.type, r.physical_id as "physicalId", r.action, r.traversal`,
    [stackIds],
  )
}
