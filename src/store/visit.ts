// Visits: rows armed to be asked something that leaves what they are as it is. What a row says of the world stays while it
// is visited, so a visit that is superseded or interrupted leaves nothing behind that would have to be undone.
import type { Observation } from '../graph/observed.js'
import type { Stage } from '../graph/stage.js'
import type { Json } from '../lib/json.js'
import type { Sql } from './database.js'
import { dataPlace, sealRows, snapshotPlace } from './sealing.js'
import type { Settled } from './settle.js'

/** In which order the rows are visited: predecessors first, dependants first, or all at once. */
export type VisitOrder = 'forward' | 'backward' | 'any'

/**
 * Arms every current version of these stacks for their present traversal, set-based, along the graph of the definitions in
 * force: that has no cycle, whatever became of the rows. A row on which an engine is at work stays with it and is visited
 * afterwards. What a superseded update owed a visit is owed it still: `stale` keeps what `phase` said. The caller holds the
 * stacks' locks.
 */
export async function armVisits(sql: Sql, stackIds: readonly number[], order: VisitOrder): Promise<void> {
  await sql.query(
    `with node as materialized (
       select r.stack_id, r.id, r.name, s.traversal, d.requires from isotherm.stacks s
       join isotherm.resources r on r.stack_id = s.id and r.current
       left join isotherm.definitions d on d.stack_id = r.stack_id and d.name = r.name and d.until = 2147483647
       where s.id = any($1::int[])
     ), edge as materialized (
       select n.stack_id, case when $2 = 'forward' then p.id else n.id end as before,
         case when $2 = 'forward' then n.id else p.id end as after
       from node n cross join unnest(n.requires) as needed(name)
       join node p on p.stack_id = n.stack_id and p.name = needed.name
       where $2 <> 'any'
     ), awaited as (
       select stack_id, after as id, count(*)::int as awaiting from edge group by stack_id, after
     ), told as (
       select stack_id, before as id, array_agg(after) as tells from edge group by stack_id, before
     )
     update isotherm.resources r
     set traversal = n.traversal, phase = 'visit', stale = r.stale or r.phase is not distinct from 'update',
       attempt = case when r.state in ('running', 'parked') then r.attempt else 0 end,
       awaiting = coalesce(a.awaiting, 0), tells = coalesce(t.tells, '{}'),
       state = case when r.state in ('running', 'parked') then r.state when a.awaiting > 0 then 'waiting' else 'ready' end,
       due_at = isotherm.clock()
     from node n left join awaited a on a.stack_id = n.stack_id and a.id = n.id
     left join told t on t.stack_id = n.stack_id and t.id = n.id
     where r.stack_id = n.stack_id and r.id = n.id`,
    [stackIds, order],
  )
}

/**
 * A newer traversal has come, and nobody waits for these visits any more. A row on which an engine is at work stays with it,
 * and comes to rest when that has ended. The caller holds the stacks' locks.
 */
export async function disarmVisits(sql: Sql, stackIds: readonly number[]): Promise<void> {
  await sql.query(
    `update isotherm.resources
     set phase = null, tells = '{}', awaiting = 0, state = case when state in ('running', 'parked') then state else 'idle' end
     where stack_id = any($1::int[]) and phase = 'visit'`,
    [stackIds],
  )
}

export interface VisitBeginning {
  readonly stackId: number
  readonly id: number
  readonly attempt: number
  /** From now on it may be suspended, whatever becomes of this engine. */
  readonly suspends: boolean
}

/** The caller holds the rows' locks. The fence goes up with each claim; what the rows say of the world stays. */
export async function beginVisits(sql: Sql, engineId: string, visits: readonly VisitBeginning[]): Promise<void> {
  if (visits.length === 0) return
  await sql.query(
    `update isotherm.resources r
     set state = 'running', engine_id = $1::uuid, fence = r.fence + 1, attempt = v.attempt,
       began_at = case when v.attempt > 1 and r.began_at is not null then r.began_at else isotherm.clock() end,
       suspended = r.suspended or v.suspends
     from unnest($2::int[], $3::bigint[], $4::int[], $5::boolean[]) as v(stack_id, id, attempt, suspends)
     where r.stack_id = v.stack_id and r.id = v.id`,
    [
      engineId,
      visits.map(({ stackId }) => stackId),
      visits.map(({ id }) => id),
      visits.map(({ attempt }) => attempt),
      visits.map(({ suspends }) => suspends),
    ],
  )
}

/** The end of one row's visit. */
export interface VisitSettlement {
  readonly stackId: number
  readonly id: number
  /** Of the claim: a row that has been handed on since is left alone. */
  readonly fence: number
  /** An engine is at work on the row; false when it is settled in the transaction that claimed it. */
  readonly held: boolean
  readonly traversal: number
  readonly phase: Stage | null
  /**
   * `done`, `failed`: the visit is over. `again`: another attempt, or what the visit was to make way for, after
   * `waitSeconds`. `parked`: pending, poll after `waitSeconds`.
   */
  readonly kind: 'done' | 'failed' | 'again' | 'parked'
  /** What the row says from now on; null leaves what it says, and the reason it has. */
  readonly action: string | null
  readonly status: 'COMPLETE' | 'FAILED' | null
  readonly reason: string | null
  /** Whether the thing is suspended; null when the visit was about something else. */
  readonly suspended: boolean | null
  /** Of a thing that was taken over. */
  readonly propertiesHash: string | null
  readonly waitSeconds: number
}

/**
 * Writes the ends of visits, behind their fences. Where a newer traversal has armed the row meanwhile, only that a thing is
 * suspended or is so no more counts: that is the world, and whoever comes next must know it. A verdict of a visit that
 * nobody waits for any more would stand on a row that the newer traversal may never come by. What a check has found, or a
 * person has said, is owed until it is mended, so only another check has something to say about it.
 * @returns those that were written; one that is missing was handed on to somebody else.
 */
export async function settleVisits(
  sql: Sql,
  engineId: string,
  settlements: readonly VisitSettlement[],
): Promise<Settled[]> {
  if (settlements.length === 0) return []
  return sql.query(
    `with outcome as materialized (
       select o.*, s.traversal = o.traversal and r.traversal = o.traversal and r.phase is not distinct from o.phase as mine,
         r.action = 'CHECK' and r.status = 'FAILED' and o.action is distinct from 'CHECK' as owed
       from json_to_recordset($2::text::json) as o("stackId" int, id bigint, fence int, held boolean, traversal int,
         phase text, kind text, action text, status text, reason text, suspended boolean, "propertiesHash" uuid, "waitSeconds" float8)
       join isotherm.stacks s on s.id = o."stackId"
       join isotherm.resources r on r.stack_id = o."stackId" and r.id = o.id
       where r.fence = o.fence and (r.engine_id = $1::uuid or not o.held)
     )
     update isotherm.resources r
     set action = case when o.mine and not o.owed then coalesce(o.action, r.action) else r.action end,
       status = case when o.mine and not o.owed then coalesce(o.status, r.status) else r.status end,
       reason = case when not o.mine or o.owed then r.reason when o.action is null then coalesce(r.reason, o.reason) else o.reason end,
       suspended = coalesce(o.suspended, r.suspended),
       properties_hash = case when o.mine then coalesce(o."propertiesHash", r.properties_hash) else r.properties_hash end,
       phase = case when o.mine and o.kind in ('done', 'failed') then null else r.phase end,
       state = case
         when o.kind = 'parked' then 'parked'
         when o.mine and o.kind = 'again' then 'ready'
         when o.mine or r.phase is null then 'idle'
         when r.awaiting = 0 then 'ready'
         else 'waiting' end,
       due_at = isotherm.clock()
         + case when o.mine or o.kind = 'parked' then make_interval(secs => o."waitSeconds") else interval '0' end,
       attempt = case when o.kind = 'parked' or (o.mine and o.kind = 'again' and o."waitSeconds" > 0) then r.attempt else 0 end,
       began_at = case when o.kind = 'parked' or (o.mine and o.kind = 'again') then r.began_at end,
       engine_id = null, updated_at = isotherm.clock()
     from outcome o
     where r.stack_id = o."stackId" and r.id = o.id
     returning r.stack_id as "stackId", r.id, r.fence, o.mine, r.tells`,
    [engineId, JSON.stringify(settlements)],
  )
}

/** What checks found, or null where they found nothing any more. */
export async function writeObservations(
  sql: Sql,
  found: readonly { stackId: number; id: number; observed: Observation | null; secret?: readonly string[] }[],
): Promise<void> {
  if (found.length === 0) return
  await sql.query(
    `update isotherm.resource_data x set observed = f.observed
     from json_to_recordset($1::text::json) as f("stackId" int, id bigint, observed jsonb)
     where x.stack_id = f."stackId" and x.id = f.id`,
    [JSON.stringify(await sealRows(sql, found, { columns: ['observed'], placeOf: dataPlace }))],
  )
}

/** What the running snapshot keeps of each thing. A visit that is made again writes it again. */
export async function writeSnapshotData(
  sql: Sql,
  kept: readonly { stackId: number; traversal: number; name: string; data: Json; secret?: readonly string[] }[],
): Promise<void> {
  if (kept.length === 0) return
  await sql.query(
    `update isotherm.snapshot_resources k set data = n.data
     from json_to_recordset($1::text::json) as n("stackId" int, traversal int, name text, data jsonb)
     join isotherm.snapshots s on s.stack_id = n."stackId" and s.traversal = n.traversal
     where k.stack_id = s.stack_id and k.snapshot_id = s.id and k.name = n.name`,
    [JSON.stringify(await sealRows(sql, kept, { columns: ['data'], placeOf: snapshotPlace }))],
  )
}

/**
 * How many things the last check of a stack could not look at, and how many it found otherwise than recorded: those of the
 * stacks nested in it, in place of the resources that are such stacks.
 */
export async function countFindings(
  sql: Sql,
  stackId: number,
  traversal: number,
): Promise<{ readonly unsupported: number; readonly differing: number }> {
  const [counts] = await sql.query<{ unsupported: number; differing: number }>(
    `with recursive checked as (
       select $1::int as id, $2::int as traversal
       union all
       select c.id, c.traversal from checked join isotherm.stacks c on c.parent_id = checked.id
         where c.deleted_at is null and c.action = 'CHECK'
     )
     select count(*) filter (where r.status = 'COMPLETE' and r.reason like 'CHECK not supported%')::int as unsupported,
       count(*) filter (where r.status = 'FAILED' and r.action = 'CHECK' and not exists (
         select from isotherm.stacks c where c.parent_id = r.stack_id and c.parent_resource = r.id
           and c.deleted_at is null and c.action = 'CHECK' and c.status = 'FAILED'))::int as differing
     from checked join isotherm.resources r on r.stack_id = checked.id and r.current and r.traversal = checked.traversal`,
    [stackId, traversal],
  )
  return counts ?? { unsupported: 0, differing: 0 }
}
