// What people tell of a resource.
import type { JsonObject } from '../lib/json.js'
import { isSealed } from '../lib/vault.js'
import type { Sql } from './database.js'
import { dataPlace, sealRows, secretPartsOf } from './sealing.js'

/**
 * Under the stack's lock, so no claim or settle is on its way; a row on which an engine is at work is left to it.
 * @returns whether it was written.
 */
export async function writeMark(
  sql: Sql,
  stackId: number,
  id: number,
  { healthy, reason }: { readonly healthy: boolean; readonly reason: string },
): Promise<boolean> {
  const marked = await sql.query(
    `with marked as (
       update isotherm.resources set action = 'CHECK', status = case when $3 then 'COMPLETE' else 'FAILED' end, reason = $4,
         updated_at = isotherm.clock()
       where stack_id = $1 and id = $2 and state not in ('running', 'parked') and status <> 'IN_PROGRESS'
         and action <> 'DELETE'
       returning stack_id, id
     ), found as (
       update isotherm.resource_data x set observed = null from marked where x.stack_id = marked.stack_id and x.id = marked.id
     )
     select id from marked`,
    [stackId, id, healthy, reason],
  )
  return marked.length > 0
}

/**
 * Of a composite in which something is marked: as if a check had found it, so that the next update goes inside; and its stack is told
 * again what it is to be, though that is the same. @returns whether it was written.
 */
export async function writeMarkAround(sql: Sql, stackId: number, id: number, reason: string): Promise<boolean> {
  const marked = await sql.query(
    `with marked as (
       update isotherm.resources set action = 'CHECK', status = 'FAILED', reason = $3, updated_at = isotherm.clock()
       where stack_id = $1 and id = $2 and state not in ('running', 'parked') and status <> 'IN_PROGRESS'
         and action <> 'DELETE'
       returning stack_id, id, name, type, physical_id, action, status, reason
     ), history as (
       insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason)
       select m.stack_id, s.traversal, m.id, m.name, m.type, m.physical_id, m.action, m.status, m.reason
       from marked m join isotherm.stacks s on s.id = m.stack_id
     ), found as (
       update isotherm.resource_data x set observed = '{"unhealthy": true}' from marked
       where x.stack_id = marked.stack_id and x.id = marked.id
     ), told as (
       update isotherm.stacks s set composed_hash = null from marked
       where s.parent_id = marked.stack_id and s.parent_resource = marked.id
     )
     select id from marked`,
    [stackId, id, reason],
  )
  return marked.length > 0
}

interface Unwell {
  readonly stackId: number
  readonly name: string
  readonly state: string
  readonly reason: string | null
}

/** What has failed in some stacks, but for those that only something inside them has made fail. The caller holds the lock of a stack around. */
export async function readUnwell(sql: Sql, stackIds: readonly number[]): Promise<Unwell[]> {
  if (stackIds.length === 0) return []
  return sql.query(
    `select r.stack_id as "stackId", r.name, r.action || '_' || r.status as state, r.reason from isotherm.resources r
     where r.stack_id = any($1::int[]) and r.current and r.status = 'FAILED'
       and not exists (select from isotherm.stacks c join isotherm.resources inner_row on inner_row.stack_id = c.id
         and inner_row.current and inner_row.status = 'FAILED'
         where c.parent_id = r.stack_id and c.parent_resource = r.id and c.deleted_at is null)
     order by r.stack_id, r.name limit 10`,
    [stackIds],
  )
}

/** Under the stack's lock, like every change from outside. A resource that was never made has no wide row yet. */
export async function writeMetadata(sql: Sql, stackId: number, id: number, metadata: JsonObject): Promise<void> {
  const [before] = await sql.query<{ metadata: unknown }>(
    `select metadata from isotherm.resource_data where stack_id = $1 and id = $2`,
    [stackId, id],
  )
  const secret = isSealed(before?.metadata) ? { secret: secretPartsOf(before.metadata) } : {}
  const [row] = await sealRows(sql, [{ stackId, id, metadata, ...secret }], {
    columns: ['metadata'],
    placeOf: dataPlace,
  })
  await sql.query(
    `insert into isotherm.resource_data (stack_id, id, metadata) values ($1, $2, $3::text::jsonb)
     on conflict (stack_id, id) do update set metadata = excluded.metadata`,
    [stackId, id, JSON.stringify(row?.metadata ?? metadata)],
  )
}

/**
 * Things that have changed what they are to be by themselves: the next plan visits them, and no hash says that they are as
 * wanted. Under the stack's lock, while the stack is at rest.
 */
export async function markForUpdate(sql: Sql, stackId: number, ids: readonly number[]): Promise<void> {
  await sql.query(
    `update isotherm.resources set stale = true, properties_hash = null
     where stack_id = $1 and id = any($2::bigint[]) and state = 'idle'`,
    [stackId, ids],
  )
}
