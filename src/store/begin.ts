// Beginning: the decision is written on the claimed rows, in the transaction that claimed them, before any provider is
// called. From here on everybody can see who does what, and whoever takes over knows what was intended.

import { assert } from '../lib/assert.js'
import type { Intent } from './claim.js'
import { columnsOf, listText } from './columns.js'
import type { Sql } from './database.js'
import { keyed } from './prepared.js'
import { dataPlace, sealRows } from './sealing.js'

export interface Beginning {
  readonly stackId: number
  readonly id: number
  /** What the row's status says; polls and cancels go on under the action that parked. */
  readonly action: string
  readonly attempt: number
  readonly propertiesHash: string | null
  /** Old and new requirements together: both hold until the work is settled. */
  readonly requires: readonly number[]
  readonly traversal: number
  /** No engine holds the row: it is parked for so long, unless the nested stack that it waits for wakes it. Null: it is held. */
  readonly parkSeconds: number | null
}

/**
 * The caller holds the rows' locks, so no row can have moved since it was claimed. The fence goes up with each claim. The
 * history is told of first attempts; of later ones the failure before has told it. What waits for a nested stack is that stack
 * to the world, by its token; the history has not heard of it while it comes to be.
 */
export async function beginWork(sql: Sql, engineId: string, beginnings: readonly Beginning[]): Promise<void> {
  if (beginnings.length === 0) return
  const all = columnsOf(beginnings)
  const begun = await sql.query<{ count: number }>(
    keyed(`with begun as (
       update isotherm.resources r
       set state = case when b.held then 'running' else 'parked' end, engine_id = case when b.held then $1::uuid end,
         due_at = case when b.held then r.due_at else isotherm.clock() + make_interval(secs => b.park_seconds) end,
         physical_id = case when b.held then r.physical_id else r.token::text end,
         fence = r.fence + 1, action = b.action, status = 'IN_PROGRESS',
         reason = case when b.attempt > 1 and b.held then r.reason end, attempt = b.attempt,
         properties_hash = coalesce(b.properties_hash, r.properties_hash), requires = b.requires::bigint[],
         began_at = case when b.attempt > 1 and r.began_at is not null then r.began_at else isotherm.clock() end,
         updated_at = isotherm.clock()
       from (
         select *, park_seconds is null as held
         from unnest($2::int[], $3::bigint[], $4::text[], $5::int[], $6::uuid[], $7::text[], $8::int[], $9::float8[])
           as b(stack_id, id, action, attempt, properties_hash, requires, traversal, park_seconds)
       ) b
       where r.stack_id = b.stack_id and r.id = b.id
       returning r.stack_id, r.id, b.traversal, r.name, r.type, r.action, r.status, r.attempt,
         case when b.held or r.action <> 'CREATE' then r.physical_id end as physical_id
     ), told as (
       insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, engine_id)
       select stack_id, traversal, id, name, type, physical_id, action, status, $1::uuid from begun where attempt = 1
     )
     select count(*)::int as count from begun`),
    [
      engineId,
      ...[all('stackId'), all('id'), all('action'), all('attempt'), all('propertiesHash')],
      ...[all('requires').map(listText), all('traversal'), all('parkSeconds')],
    ],
  )
  assert(begun[0]?.count === beginnings.length, 'each claimed row is begun exactly once (invariant 5)')
}

/**
 * Polls and cancels: the engine holds the row for a moment; what the row says of the world stays. That an operation is being
 * cancelled is known before the call: whoever takes it over goes on with that, and does not poll what may be no more.
 */
export async function holdParked(
  sql: Sql,
  engineId: string,
  rows: readonly { stackId: number; id: number; cancelling: string | undefined }[],
): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `update isotherm.resources r set state = 'running', engine_id = $1::uuid, fence = r.fence + 1
     from unnest($2::int[], $3::bigint[]) as h(stack_id, id) where r.stack_id = h.stack_id and r.id = h.id`,
    [engineId, rows.map(({ stackId }) => stackId), rows.map(({ id }) => id)],
  )
  const cancelled = rows.filter(({ cancelling }) => cancelling !== undefined)
  if (cancelled.length === 0) return
  await sql.query(
    `update isotherm.resource_data x set cancelling = c.reason
     from unnest($1::int[], $2::bigint[], $3::text[]) as c(stack_id, id, reason)
     where x.stack_id = c.stack_id and x.id = c.id`,
    [
      cancelled.map(({ stackId }) => stackId),
      cancelled.map(({ id }) => id),
      cancelled.map(({ cancelling }) => cancelling),
    ],
  )
}

/** Intent before the call: what a provider needs to recognise its own work after a crash. */
export async function recordIntents(
  sql: Sql,
  intents: readonly { stackId: number; id: number; intent: Intent }[],
): Promise<void> {
  if (intents.length === 0) return
  await sql.query(
    `insert into isotherm.resource_data (stack_id, id, intent)
     select "stackId", id, intent from json_to_recordset($1::text::json) as i("stackId" int, id bigint, intent jsonb)
     on conflict (stack_id, id) do update set intent = excluded.intent`,
    [JSON.stringify(await sealRows(sql, intents.map(secretOfIntent), { columns: ['intent'], placeOf: dataPlace }))],
  )
}

const secretOfIntent = <R extends { intent: Intent | null }>(row: R) => ({
  ...row,
  ...(row.intent?.secret && { secret: row.intent.secret }),
})

export interface HandOver {
  readonly stackId: number
  readonly from: number
  readonly to: number
  readonly traversal: number
  readonly tells: readonly number[]
  readonly retain: boolean
}

/**
 * The node goes from the version that carried it to the one that was chosen. Nobody can be on the way to the old one any
 * more, for nothing is awaited; nor is anything that was pending with it, its nested stack say, waited for. A name has one current version
 * at any time, so what was is written before what is. What had been begun with the old one and was broken off ends here, and
 * the history says so.
 */
export async function handOver(sql: Sql, moves: readonly HandOver[]): Promise<void> {
  if (moves.length === 0) return
  const text = JSON.stringify(moves)
  const columns = `json_to_recordset($1::text::json) as m("stackId" int, "from" bigint, "to" bigint, traversal int, tells bigint[], retain boolean)`
  await sql.query(
    `with outdated as (
       update isotherm.resources r
       set current = false, phase = null, tells = '{}', state = 'idle', engine_id = null,
         status = case when was.status = 'IN_PROGRESS' then 'FAILED' else was.status end,
         reason = case when was.status = 'IN_PROGRESS' then $2::text else was.reason end
       from ${columns} join isotherm.resources was on was.stack_id = m."stackId" and was.id = m."from"
       where r.stack_id = m."stackId" and r.id = m."from"
       returning r.stack_id, m.traversal, r.id, r.name, r.type, r.physical_id, r.action, r.status, r.reason, was.status as was
     )
     insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason)
     select stack_id, traversal, id, name, type, physical_id, action, status, reason from outdated where was = 'IN_PROGRESS'`,
    [text, 'given up: another takes its place'],
  )
  await sql.query(
    `update isotherm.resource_data x set handle = null, cancelling = null
     from ${columns} where x.stack_id = m."stackId" and x.id = m."from" and x.handle is not null`,
    [text],
  )
  await sql.query(
    `update isotherm.resources r
     set current = true, phase = 'update', stale = false, traversal = m.traversal, tells = m.tells, awaiting = 0, replaces = null, retain = m.retain
     from ${columns} where r.stack_id = m."stackId" and r.id = m."to"`,
    [text],
  )
}

export interface Replacement {
  readonly stackId: number
  readonly id: number
  readonly name: string
  readonly type: string
  readonly replaces: number
  readonly retain: boolean
  readonly traversal: number
}

/** New versions, not yet current: `handOver` makes them so. */
export async function insertReplacements(
  sql: Sql,
  replacements: readonly Replacement[],
): Promise<{ stackId: number; id: number; token: string }[]> {
  if (replacements.length === 0) return []
  return sql.query(
    `insert into isotherm.resources (stack_id, id, name, type, replaces, retain, current, traversal)
     select "stackId", id, name, type, replaces, retain, false, traversal
     from json_to_recordset($1::text::json)
       as n("stackId" int, id bigint, name text, type text, replaces bigint, retain boolean, traversal int)
     returning stack_id as "stackId", id, token`,
    [JSON.stringify(replacements)],
  )
}

export interface MakingWay {
  readonly stackId: number
  /** The version that carries the node, and has nothing in the world yet. */
  readonly id: number
  readonly traversal: number
  /** Versions of the same name that go before it is made. */
  readonly elders: readonly number[]
}

/**
 * Elders are armed to be deleted now, and the node waits for them. In the phase `update`, whose arrivals they count for: nobody
 * tells them anything, so a superseded settle that gives up requiring one of them cannot be mistaken for its predecessor. The
 * caller holds the locks of all of these rows.
 */
export async function makeWay(sql: Sql, ways: readonly MakingWay[]): Promise<void> {
  if (ways.length === 0) return
  await sql.query(
    `with node as materialized (
       select * from json_to_recordset($1::text::json) as n("stackId" int, id bigint, traversal int, elders bigint[])
     ), elder as (
       update isotherm.resources r
       set traversal = n.traversal, phase = 'update', stale = false, awaiting = 0, tells = array[n.id],
         state = case when r.state in ('running', 'parked') then r.state else 'ready' end, due_at = isotherm.clock()
       from node n where r.stack_id = n."stackId" and r.id = any(n.elders)
     )
     update isotherm.resources r
     set state = 'waiting', awaiting = cardinality(n.elders), fence = r.fence + 1
     from node n where r.stack_id = n."stackId" and r.id = n.id`,
    [JSON.stringify(ways)],
  )
}
