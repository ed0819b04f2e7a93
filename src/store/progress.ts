// How far a stack is: counts over all of its rows, and the few rows that a person would look at. Both are one statement,
// so that a display costs the same whether ten engines are at work or one.
import type { Sql } from './database.js'
import { RESOURCE_COLUMNS, type ResourceRow } from './views.js'

export interface ProgressCount {
  readonly state: string
  readonly status: string
  /** The row belongs to the traversal that is running, or ran last. */
  readonly armed: boolean
  /** Its visit is still to be settled. */
  readonly unsettled: boolean
  readonly count: number
}

export async function countProgress(sql: Sql, stackId: number, traversal: number): Promise<ProgressCount[]> {
  return sql.query(
    `select state, status, traversal = $2 as armed, phase is not null and traversal = $2 as unsettled, count(*)::int as count
     from isotherm.resources where stack_id = $1 group by 1, 2, 3, 4`,
    [stackId, traversal],
  )
}

export interface FrontRow extends ResourceRow {
  /** Rows that wait for this one. */
  readonly tells: readonly number[]
}

/**
 * The first `limit` rows by interest: failed, at work (the longest first), about to be, waiting, at rest. Of each kind no more
 * are looked at, each in the index that knows it: of a stack that is larger than that, which of those that wait are shown is
 * left open.
 */
export async function readFront(sql: Sql, stackId: number, limit: number): Promise<FrontRow[]> {
  return sql.query(
    `with front as materialized (
       (select id from isotherm.resources where stack_id = $1 and status = 'FAILED' limit $2)
       union
       (select r.id from isotherm.engines e
        join isotherm.resources r on r.engine_id = e.id and r.stack_id = $1 and r.state = 'running'
        order by r.began_at limit $2)
       union
       (select id from isotherm.resources
        where stack_id = $1 and state in ('ready', 'parked') and state = 'parked' order by due_at limit $2)
       union
       (select id from isotherm.resources where stack_id = $1 and state in ('ready', 'parked') order by due_at limit $2)
       union
       (select id from isotherm.resources where stack_id = $1 and phase is not null and state = 'waiting' limit $2)
       union
       (select id from isotherm.resources where stack_id = $1 order by id limit $2)
     )
     select ${RESOURCE_COLUMNS}, r.tells
     from front join isotherm.resources r on r.stack_id = $1 and r.id = front.id
     left join isotherm.engines e on e.id = r.engine_id
     order by case when r.status = 'FAILED' then 0 when r.state = 'running' then 1 when r.state = 'parked' then 2
       when r.state = 'ready' then 3 when r.state = 'waiting' then 4 else 5 end, r.began_at, r.awaiting, r.id
     limit $2`,
    [stackId, limit],
  )
}

export async function readNames(sql: Sql, stackId: number, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await sql.query<{ id: number; name: string }>(
    `select id, name from isotherm.resources where stack_id = $1 and id = any($2::bigint[])`,
    [stackId, ids],
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}

export interface GraphRow {
  readonly name: string
  readonly type: string
  readonly requires: readonly string[]
}

/** The template in force as a graph, by name. */
export async function readGraph(sql: Sql, stackId: number): Promise<GraphRow[]> {
  return sql.query(
    `select name, body->>'type' as type, requires from isotherm.definitions
     where stack_id = $1 and until = 2147483647 order by name`,
    [stackId],
  )
}

/** Where a stack's history ends; undefined when it has none. Give it as `after` to read only what comes next. */
export async function readLastEventId(sql: Sql, stackId: number): Promise<string | undefined> {
  const [last] = await sql.query<{ id: string }>(
    `select xact::text || '-' || id::text as id from isotherm.events
     where stack_id = $1 and xact < pg_snapshot_xmin(pg_current_snapshot()) order by xact desc, events.id desc limit 1`,
    [stackId],
  )
  return last?.id
}
