// The engines' heartbeats, and what becomes of the rows of one whose heart has stopped.
import type { Sql } from './database.js'

export async function registerEngine(sql: Sql, engine: { id: string; host: string; pid: number }): Promise<void> {
  await sql.query('insert into isotherm.engines (id, host, pid) values ($1, $2, $3)', [
    engine.id,
    engine.host,
    engine.pid,
  ])
}

export interface Pulse {
  /** False when others have given this engine up for dead: what it does no longer counts. */
  readonly alive: boolean
  /** Seconds until the first of the others has been silent too long; null when there are no others. */
  readonly silentInSeconds: number | null
  /** Rows are held by engines that are no more, or a stack has run out of time. */
  readonly neglected: boolean
  /** How many rows the database believes this engine to be at work on. */
  readonly held: number
}

/** Who holds rows, dead or alive: the index is leapt through from one engine to the next, however many rows each of them holds. */
export const HOLDERS = `holders(id) as (
       (select r.engine_id from isotherm.resources r where r.state = 'running' order by r.engine_id limit 1)
       union all
       select next.engine_id from holders h cross join lateral (
         select r.engine_id from isotherm.resources r
         where r.state = 'running' and r.engine_id > h.id order by r.engine_id limit 1
       ) next
     )`

/** A heartbeat, and in the same statement a look whether anything is to be swept: this is what an idle engine asks for. */
export async function beat(sql: Sql, engineId: string, silentSeconds: number): Promise<Pulse> {
  const [pulse] = await sql.query<Pulse>(
    `with recursive ${HOLDERS}, beaten as (
       update isotherm.engines set heartbeat_at = isotherm.clock() where id = $1 returning id
     )
     select exists (select from beaten) as alive,
       (select extract(epoch from min(e.heartbeat_at) - isotherm.clock())::float8 + $2::float8
         from isotherm.engines e where e.id <> $1) as "silentInSeconds",
       exists (select from isotherm.stacks
           where status = 'IN_PROGRESS' and not failed and deadline_at <= isotherm.clock())
         or exists (select from holders h where not exists (select from isotherm.engines e where e.id = h.id)) as neglected,
       (select count(*)::int from isotherm.resources r where r.state = 'running' and r.engine_id = $1) as held`,
    [engineId, silentSeconds],
  )
  return pulse ?? { alive: false, silentInSeconds: null, neglected: false, held: 0 }
}

export interface EngineRow {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly startedAt: Date
  /** Since its last heartbeat. */
  readonly pulseSeconds: number
}

export async function listEngines(sql: Sql): Promise<EngineRow[]> {
  return sql.query(
    `select id, host, pid, started_at as "startedAt",
       extract(epoch from isotherm.clock() - heartbeat_at)::float8 as "pulseSeconds"
     from isotherm.engines order by started_at, id`,
  )
}

export interface Backlog {
  readonly stacksInProgress: number
  /** Rows that could be claimed now, counted up to a limit. */
  readonly due: number
}

/** What waits for engines. Bounded: a long queue is long, however long exactly. */
export async function readBacklog(sql: Sql, limit: number): Promise<Backlog> {
  const [backlog] = await sql.query<Backlog>(
    `select (select count(*)::int from isotherm.stacks where status = 'IN_PROGRESS') as "stacksInProgress",
       (select count(*)::int from (
          select from isotherm.stacks s
          cross join lateral (
            select from isotherm.resources r
            where r.stack_id = s.id and r.state in ('ready', 'parked') and r.due_at <= isotherm.clock()
              and (r.state = 'parked' or (r.traversal = s.traversal and (not s.failed or s.on_failure = 'continue')))
            limit $1
          ) r
          where s.status = 'IN_PROGRESS' limit $1) as counted) as due`,
    [limit],
  )
  return backlog ?? { stacksInProgress: 0, due: 0 }
}

export async function removeEngine(sql: Sql, engineId: string): Promise<void> {
  await sql.query('delete from isotherm.engines where id = $1', [engineId])
}

/** Rows of this engine that nobody wants it to go on with: their stack was halted, or their name means another version. */
export async function findUnwanted(
  sql: Sql,
  engineId: string,
): Promise<{ stackId: number; id: number; fence: number; cancelled: boolean }[]> {
  return sql.query(
    `select r.stack_id as "stackId", r.id, r.fence, s.cancelled from isotherm.resources r
     join isotherm.stacks s on s.id = r.stack_id
     where r.state = 'running' and r.engine_id = $1 and r.action <> 'DELETE' and (s.cancelled or not r.current)`,
    [engineId],
  )
}

/** All of them are gone; the rows they held are found abandoned at the next sweep. */
export async function forgetEngines(sql: Sql): Promise<void> {
  await sql.query('delete from isotherm.engines')
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

/** Rows that the database believes this engine to hold, and that it does not know of. */
const UNKNOWN = `r.state = 'running' and r.engine_id = $1::uuid and not exists (
       select from unnest($2::int[], $3::bigint[], $4::int[]) as known(stack_id, id, fence)
       where known.stack_id = r.stack_id and known.id = r.id and known.fence = r.fence)`

type Known = readonly { readonly stackId: number; readonly id: number; readonly fence: number }[]

const valuesOf = (engineId: string, known: Known) => [
  engineId,
  known.map(({ stackId }) => stackId),
  known.map(({ id }) => id),
  known.map(({ fence }) => fence),
]

/** Stacks in which this engine holds something without knowing of it. */
export async function findUnknown(sql: Sql, engineId: string, known: Known): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(
    `select distinct r.stack_id as id from isotherm.resources r where ${UNKNOWN} order by 1`,
    valuesOf(engineId, known),
  )
  return rows.map(({ id }) => id)
}

/**
 * Gives up what this engine holds in these stacks without knowing of it: a commit whose answer was lost has claimed rows for it.
 * They are left to an engine that does not exist, so that the sweep hands them on like those of any dead one.
 */
export async function disclaim(sql: Sql, engineId: string, known: Known, stackIds: readonly number[]): Promise<void> {
  await sql.query(
    `update isotherm.resources r set engine_id = '00000000-0000-0000-0000-000000000000'
     where r.stack_id = any($5::int[]) and ${UNKNOWN}`,
    [...valuesOf(engineId, known), stackIds],
  )
}

export interface ReclaimedRow {
  readonly stackId: number
  readonly id: number
  readonly name: string
  readonly type: string
  readonly physicalId: string | null
  readonly action: string
  /** IN_PROGRESS: whoever claims it goes on. FAILED: nobody means it any more. */
  readonly status: string
  readonly traversal: number
  readonly stackName: string
  /** The one that forbids the engine that stopped to settle. */
  readonly fence: number
}

/**
 * Hands the rows of engines that are no more to the living. The fence goes up, so that an engine that was only slow finds
 * its later settle refused; `skip locked` lets several sweepers run at once. An action that is still wanted stays in
 * progress and is resumed; one that is not has failed, and its traces are cleaned up like any other version. What was only
 * being visited says of the world what it said before.
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
       status = case when r.status = 'IN_PROGRESS' and r.phase is null and not lost.pending then 'FAILED' else r.status end,
       reason = case when r.status = 'IN_PROGRESS' then 'interrupted: its engine stopped' else r.reason end
     from lost
     where r.stack_id = lost.stack_id and r.id = lost.id
     returning r.stack_id as "stackId", r.id, r.name, r.type, r.physical_id as "physicalId", r.action, r.status, r.traversal,
       r.fence, (select s.name from isotherm.stacks s where s.id = r.stack_id) as "stackName"`,
    [stackIds],
  )
}
