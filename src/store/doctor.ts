// What `doctor` looks at: questions about the database as a whole. Each is one statement, changes nothing, and gives at
// most a bounded number of rows; `cures.ts` holds what changes something.
import { readFile } from 'node:fs/promises'
import type { StackFacts } from '../graph/stage.js'
import { packageDirectory } from '../lib/package-directory.js'
import type { Sql } from './database.js'
import { IS_HELD } from './hooks.js'

/** Of each kind of trouble so many are looked at; the rest shows when these are mended. */
const LIMIT = 100

const STACK_NAME = `case when p.name = 'default' then s.name else p.name || '/' || s.name end as stack`

export interface SilentEngine {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly silentSeconds: number
}

export async function readSilentEngines(sql: Sql, silentSeconds: number): Promise<SilentEngine[]> {
  return sql.query(
    `select id, host, pid, extract(epoch from isotherm.clock() - heartbeat_at)::float8 as "silentSeconds"
     from isotherm.engines where heartbeat_at < isotherm.clock() - make_interval(secs => $1::float8)
     order by heartbeat_at limit ${LIMIT}`,
    [silentSeconds],
  )
}

export async function countLivingEngines(sql: Sql, silentSeconds: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from isotherm.engines
     where heartbeat_at >= isotherm.clock() - make_interval(secs => $1::float8)`,
    [silentSeconds],
  )
  return row?.count ?? 0
}

export interface HeldRow {
  readonly stackId: number
  readonly stack: string
  readonly id: number
  readonly name: string
  readonly fence: number
  readonly engineId: string
  /** The engine is not there any more. */
  readonly abandoned: boolean
  readonly heldSeconds: number
}

/** Rows that an engine holds although it is gone, or for longer than any call may take. */
export async function readHeldRows(sql: Sql, heldSeconds: number): Promise<HeldRow[]> {
  return sql.query(
    `select * from (
       select r.stack_id as "stackId", ${STACK_NAME}, r.id, r.name, r.fence, r.engine_id as "engineId",
         e.id is null as abandoned,
         extract(epoch from isotherm.clock() - greatest(r.updated_at, r.due_at))::float8 as "heldSeconds"
       from isotherm.resources r
       join isotherm.stacks s on s.id = r.stack_id
       join isotherm.projects p on p.id = s.project_id
       left join isotherm.engines e on e.id = r.engine_id
       where r.state = 'running'
     ) held
     where abandoned or "heldSeconds" > $1::float8 order by "stackId", id limit ${LIMIT}`,
    [heldSeconds],
  )
}

/** Stacks in progress and what `nextStage` says of them; `active`: something goes on, or will without anybody's help. */
export interface StackInProgress extends StackFacts {
  readonly id: number
  readonly stack: string
  readonly traversal: number
  readonly active: boolean
}

/** The same questions that an engine asks before it advances a stack. */
export async function readStacksInProgress(sql: Sql): Promise<StackInProgress[]> {
  return sql.query(
    `select s.id, ${STACK_NAME}, s.traversal, s.action, s.stage, s.on_failure as "onFailure", s.failed,
       exists (select from isotherm.resources r
         where r.stack_id = s.id and r.phase is not null and r.traversal = s.traversal) as armed,
       exists (select from isotherm.resources r
         where r.stack_id = s.id and r.state = 'ready' and r.traversal = s.traversal) as ready,
       exists (select from isotherm.resources r where r.stack_id = s.id and r.state in ('running', 'parked')) as busy,
       exists (select from isotherm.resources r where r.stack_id = s.id and not r.current) as outdated,
       exists (select from isotherm.resources r where r.stack_id = s.id and (r.state in ('running', 'parked')
         or ${IS_HELD} or (r.state = 'ready' and r.traversal = s.traversal and (not s.failed or s.on_failure = 'continue')))) as active
     from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where s.status = 'IN_PROGRESS' order by s.id limit 1000`,
  )
}

export interface UnfinishedRow {
  readonly name: string
  readonly state: string
  readonly waitsFor: readonly { readonly name: string; readonly state: string }[]
}

/** Rows of a stack whose visit has not settled, those that nobody will come by for first. */
export async function readUnfinished(sql: Sql, stackId: number): Promise<UnfinishedRow[]> {
  return sql.query(
    `select r.name, r.state, coalesce((
         select json_agg(json_build_object('name', p.name, 'state', p.state)) from isotherm.resources p
         where p.stack_id = r.stack_id and p.id <> r.id and ((r.phase = 'cleanup' and r.id = any(p.requires))
           or (r.phase in ('visit', 'update') and p.phase = r.phase and p.traversal = r.traversal and r.id = any(p.tells)))
       ), '[]') as "waitsFor"
     from isotherm.resources r join isotherm.stacks s on s.id = r.stack_id
     where r.stack_id = $1 and r.phase is not null and r.traversal = s.traversal
     order by r.state <> 'idle', r.id limit 5`,
    [stackId],
  )
}

export interface WrongCounter {
  readonly id: number
  readonly name: string
  readonly awaiting: number
  readonly expected: number
}

/**
 * The rows whose `awaiting` is not the number of predecessors that have not settled (invariant 2), as one consistent
 * look: a turn that is under way shows with all that it wrote or with nothing. In a failed update fewer predecessors are
 * left than are awaited, for one that failed told nobody.
 */
export const WRONG_COUNTERS = `with unsettled as (
    select told.id, count(*)::int as count
    from isotherm.stacks s
    join isotherm.resources r on r.stack_id = s.id and r.phase = s.stage and r.traversal = s.traversal
    cross join unnest(r.tells) as told(id)
    where s.id = $1 and s.stage in ('visit', 'update') group by told.id
    union all
    select needed.id, count(*)::int
    from isotherm.stacks s
    join isotherm.resources r on r.stack_id = s.id
    cross join unnest(r.requires) as needed(id)
    where s.id = $1 and s.stage = 'cleanup' and needed.id <> r.id group by needed.id
  )
  select r.id, r.name, r.awaiting, coalesce(u.count, 0) as expected
  from isotherm.stacks s
  join isotherm.resources r on r.stack_id = s.id and r.phase is not null and r.traversal = s.traversal
  left join unsettled u on u.id = r.id
  where s.id = $1 and s.status = 'IN_PROGRESS'
    and case when s.failed and r.phase in ('visit', 'update') then r.awaiting < coalesce(u.count, 0)
      else r.awaiting <> coalesce(u.count, 0) end`

export async function readWrongCounters(sql: Sql, stackId: number): Promise<WrongCounter[]> {
  return sql.query(`${WRONG_COUNTERS} order by r.id limit ${LIMIT}`, [stackId])
}

export interface Orphans {
  /** Wide rows that belong to no resource. */
  readonly data: number
  /** Definitions of stacks that were deleted. */
  readonly definitions: number
}

export async function countOrphans(sql: Sql): Promise<Orphans> {
  const [orphans] = await sql.query<Orphans>(
    `select (select count(*)::int from isotherm.resource_data x where not exists (
         select from isotherm.resources r where r.stack_id = x.stack_id and r.id = x.id)) as data,
       (select count(*)::int from isotherm.stacks s join isotherm.definitions d on d.stack_id = s.id
         where s.deleted_at is not null) as definitions`,
  )
  return orphans ?? { data: 0, definitions: 0 }
}

/** Stacks with events of transactions that this cluster has not begun yet: they came from another one, with a restore. */
export async function readStacksWithFutureEvents(sql: Sql): Promise<{ id: number; stack: string }[]> {
  return sql.query(
    `select s.id, ${STACK_NAME} from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     cross join lateral (select e.xact from isotherm.events e where e.stack_id = s.id order by e.xact desc limit 1) newest
     where newest.xact >= pg_snapshot_xmax(pg_current_snapshot()) order by s.id limit ${LIMIT}`,
  )
}

export interface BrokenIndex {
  readonly name: string
  /** The statement that makes it. */
  readonly definition: string
  readonly trouble: 'missing' | 'invalid'
}

/** Compared with the dump of the schema that the migrations make. */
export async function readBrokenIndexes(sql: Sql): Promise<BrokenIndex[]> {
  const rows = await sql.query<{ name: string; valid: boolean }>(
    `select c.relname as name, i.indisvalid and i.indisready as valid
     from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = 'isotherm'::regnamespace`,
  )
  const validity = new Map(rows.map(({ name, valid }) => [name, valid]))
  return (await knownIndexes()).flatMap((index): BrokenIndex[] => {
    const valid = validity.get(index.name)
    if (valid === true) return []
    return [{ ...index, trouble: valid === undefined ? 'missing' : 'invalid' }]
  })
}

async function knownIndexes(): Promise<{ name: string; definition: string }[]> {
  const schema = await readFile(new URL('sql/schema.txt', packageDirectory), 'utf8')
  return schema.split('\n').flatMap((definition) => {
    const name = /^CREATE (?:UNIQUE )?INDEX (\S+) ON isotherm\./.exec(definition)?.[1]
    return name === undefined ? [] : [{ name, definition }]
  })
}

export interface TableHealth {
  readonly name: string
  readonly liveRows: number
  readonly deadRows: number
  /** PostgreSQL may tidy this table by itself. */
  readonly autovacuum: boolean
}

export async function readTableHealth(sql: Sql): Promise<TableHealth[]> {
  return sql.query(
    `select t.relname as name, t.n_live_tup as "liveRows", t.n_dead_tup as "deadRows",
       not coalesce('autovacuum_enabled=false' = any(c.reloptions) or 'autovacuum_enabled=off' = any(c.reloptions), false)
         as autovacuum
     from pg_stat_user_tables t join pg_class c on c.oid = t.relid
     where t.schemaname = 'isotherm' order by t.relname`,
  )
}

export interface ServerHealth {
  /** Seconds since 1970 on the database's clock. */
  readonly clockSeconds: number
  readonly autovacuum: boolean
  /** The database lives in this process and has no helpers of its own. */
  readonly embedded: boolean
}

export async function readServerHealth(sql: Sql): Promise<ServerHealth> {
  const [health] = await sql.query<ServerHealth>(
    `select extract(epoch from clock_timestamp())::float8 as "clockSeconds",
       current_setting('autovacuum')::boolean as autovacuum, version() like '%PGlite%' as embedded`,
  )
  if (!health) throw new Error('the database told nothing of itself')
  return health
}
