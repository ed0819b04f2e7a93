// What happened, in the order in which it became so. Written in the transaction of what it tells; never changed.
import type { Sql } from './database.js'

/** An event of a stack itself; those of its resources are written by the statements that write the rows. */
export interface NewEvent {
  readonly stackId: number
  readonly traversal: number
  /** Absent for events of the stack itself. */
  readonly resourceId?: number
  readonly name: string
  readonly type?: string
  readonly physicalId?: string | null
  readonly action: string
  readonly status: string
  readonly reason?: string | null
  readonly engineId?: string
}

export async function appendEvents(sql: Sql, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  await sql.query(
    `insert into isotherm.events
       (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason, engine_id)
     select "stackId", traversal, "resourceId", name, type, "physicalId", action, status, reason, "engineId"
     from json_to_recordset($1::text::json) as e("stackId" int, traversal int, "resourceId" bigint, name text, type text,
       "physicalId" text, action text, status text, reason text, "engineId" uuid)`,
    [JSON.stringify(events)],
  )
}

export interface EventRow {
  /** Where the event stands in its stack's history; give it as `after` to read on. */
  readonly id: string
  readonly at: Date
  readonly traversal: number
  readonly resourceId: number | null
  readonly name: string
  readonly type: string | null
  readonly physicalId: string | null
  readonly action: string
  readonly status: string
  readonly reason: string | null
  readonly engineId: string | null
}

export const EVENT_COLUMNS = `xact::text || '-' || id::text as id, at, traversal, resource_id as "resourceId", name, type,
  physical_id as "physicalId", action, status, reason, engine_id as "engineId"`

/**
 * Events after a position, oldest first. Those of transactions that might still be overtaken by an older one are held
 * back, so that a reader who goes on from the last id never misses any.
 */
export async function readEvents(
  sql: Sql,
  stackId: number,
  after: string | undefined,
  limit: number,
): Promise<EventRow[]> {
  const [xact, id] = (after ?? '0-0').split('-')
  return sql.query(
    `select ${EVENT_COLUMNS} from isotherm.events
     where stack_id = $1 and (xact, id) > ($2::text::xid8, $3::text::bigint) and xact < pg_snapshot_xmin(pg_current_snapshot())
     order by xact, events.id limit $4`,
    [stackId, xact ?? '0', id ?? '0', limit],
  )
}

/**
 * The newest events of a resource, oldest first, as far as they are among the newest `among` of its stack: however long a
 * history is, no more of it is read.
 */
export async function readNewestEvents(
  sql: Sql,
  stackId: number,
  { name, limit, among }: { readonly name: string; readonly limit: number; readonly among: number },
): Promise<EventRow[]> {
  const rows = await sql.query<EventRow>(
    `select ${EVENT_COLUMNS} from (
       select * from isotherm.events where stack_id = $1 and xact < pg_snapshot_xmin(pg_current_snapshot())
       order by xact desc, id desc limit $4
     ) events
     where name = $2 and resource_id is not null order by xact desc, events.id desc limit $3`,
    [stackId, name, limit, among],
  )
  return rows.reverse()
}

export interface EventQuery {
  /** An event's id; those before it in the order asked for, and itself, are left out. */
  readonly marker?: string
  readonly newestFirst?: boolean
  readonly limit?: number
  /** Of a resource, or of the stack under its own name. */
  readonly names?: readonly string[]
  readonly types?: readonly string[]
  readonly actions?: readonly string[]
  readonly statuses?: readonly string[]
}

/** A page of a stack's events, or of many stacks', of those that no older transaction can overtake any more (see `readEvents`). */
export async function readEventPage(
  sql: Sql,
  of: number | readonly number[],
  query: EventQuery,
): Promise<(EventRow & { readonly stackId: number })[]> {
  const [xact, id] = query.marker?.split('-') ?? []
  const [beyond, order] = query.newestFirst ? ['<', 'desc'] : ['>', 'asc']
  // Of one stack the index gives them in their order.
  const whose = typeof of === 'number' ? 'stack_id = $1' : 'stack_id = any($1::int[])'
  return sql.query(
    `select stack_id as "stackId", ${EVENT_COLUMNS} from isotherm.events
     where ${whose} and xact < pg_snapshot_xmin(pg_current_snapshot())
       and ($2::text is null or (xact, id) ${beyond} ($2::text::xid8, $3::text::bigint))
       and ($4::text[] is null or name = any($4::text[])) and ($5::text[] is null or type = any($5::text[]))
       and ($6::text[] is null or action = any($6::text[])) and ($7::text[] is null or status = any($7::text[]))
     order by xact ${order}, events.id ${order} limit $8`,
    [
      of,
      xact ?? null,
      id ?? null,
      query.names ?? null,
      query.types ?? null,
      query.actions ?? null,
      query.statuses ?? null,
      query.limit ?? null,
    ],
  )
}

export async function readEvent(sql: Sql, stackId: number, eventId: string): Promise<EventRow | undefined> {
  const [xact, id] = eventId.split('-')
  const [event] = await sql.query<EventRow>(
    `select ${EVENT_COLUMNS} from isotherm.events where stack_id = $1 and xact = $2::text::xid8 and id = $3::text::bigint`,
    [stackId, xact ?? '0', id ?? '0'],
  )
  return event
}
