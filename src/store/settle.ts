// Settling: what became of an action is written behind the fence, and whoever waited for it is told, in one transaction.
import type { Stage } from '../graph/stage.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { Handle, Intent } from './claim.js'
import { columnsOf, listText } from './columns.js'
import type { Sql } from './database.js'
import { keyed } from './prepared.js'
import { dataPlace, sealRows } from './sealing.js'

/** A row's end of work. `fence` is that of the claim; a row that has been handed on since is left alone. */
export interface Settlement {
  readonly stackId: number
  readonly id: number
  readonly fence: number
  /** An engine is at work on the row; false when the decision alone settles it, in the transaction that claimed it. */
  readonly held: boolean
  /** The traversal and phase under which the work was begun. */
  readonly traversal: number
  readonly phase: Stage | null
  /**
   * `done`: the visit is over. `kept`: likewise, and the world was not touched. `failed`: the visit is over without success.
   * `refused`: what is wanted cannot be done; what exists is untouched, and the next traversal comes by again.
   * `held`: done, but for a hook that is to be cleared. `again`: another attempt after `waitSeconds`. `parked`: pending, poll after `waitSeconds`.
   */
  readonly kind: 'done' | 'kept' | 'failed' | 'refused' | 'held' | 'again' | 'parked'
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  readonly reason: string | null
  readonly physicalId: string | null
  readonly definitionHash: string | null
  readonly propertiesHash: string | null
  /** Exactly the new requirements; null leaves the union of old and new. */
  readonly requires: readonly number[] | null
  readonly retain: boolean | null
  readonly waitSeconds: number
  /** What the history says of it; null says nothing. `action` null: the row's own. */
  readonly event: Told | null
}

export interface Told {
  readonly action: string | null
  readonly status: string
  readonly reason: string | null
}

export interface Settled {
  readonly stackId: number
  readonly id: number
  readonly fence: number
  /** The row still belonged to the traversal and phase of the work: only then is anybody told. */
  readonly mine: boolean
  readonly tells: readonly number[]
}

/** The row belongs to the traversal and phase of the work. */
const MINE = '(o.current and r.traversal = o.traversal and r.phase is not distinct from o.phase)'
/** The same once the outcome is written, when the phase of what is over has ended. */
const WAS_MINE = `(o.current and r.traversal = o.traversal
           and case when o.kind in ('done', 'kept', 'failed') then r.phase is null else r.phase is not distinct from o.phase end)`

/**
 * Writes the outcomes, and with each what the history says of it. The fence forbids an engine that was given up for dead
 * to overwrite what others did since; it is looked at once more as the row is written, for a sweep may have come in between.
 * A row that a newer traversal has armed meanwhile records what happened to the world
 * and stays queued for the newer one; another attempt that nobody means any more is not made, and is told as the end.
 * @returns those that were written; one that is missing was handed on to somebody else.
 */
export async function settleRows(sql: Sql, engineId: string, settlements: readonly Settlement[]): Promise<Settled[]> {
  if (settlements.length === 0) return []
  return sql.query(
    keyed(`with settled as (
       update isotherm.resources r
       set status = case when o.kind = 'kept' and not ${MINE} then r.status
           when o.kind = 'refused' and r.status = 'COMPLETE' and r.physical_id is not null then r.status
           when o.kind = 'again' and not ${MINE} and r.phase is null then 'FAILED' else o.status end,
         reason = o.reason,
         physical_id = coalesce(o.physical_id, r.physical_id),
         definition_hash = case when o.kind = 'kept' and not ${MINE} then r.definition_hash
           else coalesce(o.definition_hash, r.definition_hash) end,
         properties_hash = coalesce(o.properties_hash, r.properties_hash),
         requires = case when o.kind = 'kept' and not ${MINE} then r.requires else coalesce(o.requires::bigint[], r.requires) end,
         retain = case when ${MINE} then coalesce(o.retain, r.retain) else r.retain end,
         phase = case when ${MINE} and o.kind in ('done', 'kept', 'failed') then null else r.phase end,
         state = case
           when o.kind = 'parked' then 'parked'
           when ${MINE} and o.kind in ('held', 'again') then 'ready'
           when ${MINE} or r.phase is null then 'idle'
           when r.awaiting = 0 then 'ready'
           else 'waiting' end,
         due_at = isotherm.clock()
           + case when ${MINE} or o.kind = 'parked' then make_interval(secs => o.wait_seconds) else interval '0' end,
         attempt = case when o.kind = 'parked' or (${MINE} and o.kind = 'again') then r.attempt else 0 end,
         began_at = case when o.kind in ('parked', 'again') then r.began_at end,
         engine_id = null, updated_at = isotherm.clock()
       from (
         select o.*, s.traversal = o.traversal as current
         from unnest($2::int[], $3::bigint[], $4::int[], $5::boolean[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[],
           $11::text[], $12::uuid[], $13::uuid[], $14::text[], $15::boolean[], $16::float8[], $17::text[], $18::text[], $19::text[])
           as o(stack_id, id, fence, held, traversal, phase, kind, status, reason, physical_id, definition_hash,
             properties_hash, requires, retain, wait_seconds, event_action, event_status, event_reason)
         join isotherm.stacks s on s.id = o.stack_id
       ) o
       where r.stack_id = o.stack_id and r.id = o.id
         and r.fence = o.fence and (r.engine_id = $1::uuid or not o.held)
       returning r.stack_id, r.id, r.fence, ${WAS_MINE} as mine, r.tells, o.traversal, r.name, r.type, r.physical_id,
         coalesce(o.event_action, r.action) as action, o.event_reason as reason,
         case when o.kind = 'again' and r.status = 'FAILED' then r.status else o.event_status end as status
     ), told as (
       insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason)
       select stack_id, traversal, id, name, type, physical_id, action, status, reason from settled where status is not null
     )
     select stack_id as "stackId", id, fence, mine, tells from settled`),
    [engineId, ...settlementColumns(settlements)],
  )
}

function settlementColumns(settlements: readonly Settlement[]): unknown[][] {
  const all = columnsOf(settlements)
  return [
    ...[
      all('stackId'),
      all('id'),
      all('fence'),
      all('held'),
      all('traversal'),
      all('phase'),
      all('kind'),
      all('status'),
    ],
    ...[all('reason'), all('physicalId'), all('definitionHash'), all('propertiesHash'), all('requires').map(listText)],
    ...[all('retain'), all('waitSeconds'), ...toldColumns(settlements)],
  ]
}

function toldColumns(rows: readonly { readonly event: Told | null }[]): (string | null)[][] {
  const events = rows.map(({ event }) => event)
  return [
    events.map((event) => event?.action ?? null),
    events.map((event) => event?.status ?? null),
    events.map((event) => event?.reason ?? null),
  ]
}

export interface SettledData {
  readonly stackId: number
  readonly id: number
  readonly properties: JsonObject | null
  readonly attributes: JsonObject | null
  readonly metadata: Json
  readonly privateData: Json
  /** The parts that must not be seen; what has any is sealed. */
  readonly secret?: readonly string[]
}

/** The wide part, once per completed action; the intent is fulfilled. */
export async function writeData(sql: Sql, data: readonly SettledData[]): Promise<void> {
  if (data.length === 0) return
  const sealed = await sealRows(sql, data, {
    columns: ['properties', 'attributes', 'metadata', 'privateData'],
    placeOf: dataPlace,
  })
  await sql.query(
    keyed(`insert into isotherm.resource_data (stack_id, id, properties, attributes, metadata, private)
     select stack_id, id, properties::jsonb, coalesce(attributes, '{}')::jsonb, metadata::jsonb, private::jsonb
     from unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
       as d(stack_id, id, properties, attributes, metadata, private)
     on conflict (stack_id, id) do update set properties = excluded.properties, attributes = excluded.attributes,
       metadata = excluded.metadata, private = excluded.private, intent = null, handle = null,
       cancelling = null`),
    [
      sealed.map(({ stackId }) => stackId),
      sealed.map(({ id }) => id),
      sealed.map(({ properties }) => textOf(properties)),
      sealed.map(({ attributes }) => textOf(attributes)),
      sealed.map(({ metadata }) => textOf(metadata ?? {})),
      sealed.map(({ privateData }) => textOf(privateData)),
    ],
  )
}

const textOf = (value: Json): string | null => (value === null ? null : JSON.stringify(value))

export interface PendingData {
  readonly stackId: number
  readonly id: number
  readonly handle: Handle
  readonly intent: Intent | null
  readonly secret?: readonly string[]
}

/** What a pending operation needs in order to be carried on by anybody. */
export async function writeHandles(sql: Sql, handles: readonly PendingData[]): Promise<void> {
  if (handles.length === 0) return
  await sql.query(
    `insert into isotherm.resource_data (stack_id, id, handle, intent)
     select "stackId", id, handle, intent
     from json_to_recordset($1::text::json) as h("stackId" int, id bigint, handle jsonb, intent jsonb)
     on conflict (stack_id, id) do update set handle = excluded.handle, cancelling = null,
       intent = coalesce(excluded.intent, resource_data.intent)`,
    [JSON.stringify(await sealRows(sql, handles, { columns: ['handle', 'intent'], placeOf: dataPlace }))],
  )
}

/** Operations that came to nothing: there is nothing left to poll. */
export async function clearHandles(sql: Sql, rows: readonly { stackId: number; id: number }[]): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `update isotherm.resource_data x set handle = null, cancelling = null
     from unnest($1::int[], $2::bigint[]) as c(stack_id, id)
     where x.stack_id = c.stack_id and x.id = c.id and x.handle is not null`,
    [rows.map(({ stackId }) => stackId), rows.map(({ id }) => id)],
  )
}

export interface RemovedVersion {
  readonly stackId: number
  readonly id: number
  readonly fence: number
  readonly held: boolean
  readonly traversal: number
  readonly event: Told | null
}

export interface RemovedRow {
  readonly stackId: number
  readonly id: number
  readonly fence: number
  /** Who waits in the running traversal for it to be gone. */
  readonly tells: readonly number[]
}

/** Versions that are no more: behind the fence like every settlement. Returns those that were still ours to remove. */
export async function removeRows(sql: Sql, engineId: string, rows: readonly RemovedVersion[]): Promise<RemovedRow[]> {
  if (rows.length === 0) return []
  const all = columnsOf(rows)
  return sql.query(
    keyed(`with gone as (
       delete from isotherm.resources r
       using unnest($2::int[], $3::bigint[], $4::int[], $5::boolean[], $6::int[], $7::text[], $8::text[], $9::text[])
         as d(stack_id, id, fence, held, traversal, event_action, event_status, event_reason)
       where r.stack_id = d.stack_id and r.id = d.id
         and r.fence = d.fence and (r.engine_id = $1::uuid or not d.held)
       returning r.stack_id, r.id, r.fence, d.traversal, r.name, r.type, r.physical_id, r.phase, r.tells, r.traversal as armed,
         coalesce(d.event_action, r.action) as action, d.event_status as status, d.event_reason as reason
     ), data as (
       delete from isotherm.resource_data x using gone where x.stack_id = gone.stack_id and x.id = gone.id
     ), told as (
       insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason)
       select stack_id, traversal, id, name, type, physical_id, action, status, reason from gone where status is not null
     )
     select stack_id as "stackId", gone.id, fence,
       case when phase = 'update' and armed = s.traversal then tells else '{}' end as tells
     from gone join isotherm.stacks s on s.id = gone.stack_id`),
    [engineId, all('stackId'), all('id'), all('fence'), all('held'), all('traversal'), ...toldColumns(rows)],
  )
}

export interface Arrival {
  readonly stackId: number
  readonly id: number
  readonly phase: Stage
  /** How many of the row's predecessors have settled. */
  readonly count: number
}

/**
 * Tells the successors; whoever awaits nothing any more is queued by the same write. Each predecessor arrives exactly once,
 * for it arrives in the transaction that settles it behind its fence; only rows that the stack's present traversal armed
 * count. Rows are written in id order, so that two settles with successors in common do not wait for each other in a ring,
 * and as late in a transaction as can be, for others wait at these rows until it ends. No index knows of `awaiting`, so
 * that a row which goes on waiting stays on its page. Traversal and phase are asked for in words that fit no index of armed
 * rows.
 */
export async function arrive(sql: Sql, arrivals: readonly Arrival[]): Promise<void> {
  if (arrivals.length === 0) return
  await sql.query(
    keyed(`update isotherm.resources r set awaiting = r.awaiting - a.count,
       state = case when r.awaiting = a.count and r.state = 'waiting' then 'ready' else r.state end,
       due_at = case when r.awaiting = a.count and r.state in ('waiting', 'parked') then isotherm.clock() else r.due_at end
     from (
       select a.*, s.traversal from unnest($1::int[], $2::bigint[], $3::text[], $4::int[]) as a(stack_id, id, phase, count)
       join isotherm.stacks s on s.id = a.stack_id order by a.stack_id, a.id
     ) a
     where r.stack_id = a.stack_id and r.id = a.id
       and r.traversal + 0 = a.traversal and r.phase is not distinct from a.phase`),
    [
      arrivals.map(({ stackId }) => stackId),
      arrivals.map(({ id }) => id),
      arrivals.map(({ phase }) => phase),
      arrivals.map(({ count }) => count),
    ],
  )
}
