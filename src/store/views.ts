// What people look at: resources with all that explains them.
import type { Observation } from '../graph/observed.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { Hook } from '../template/hooks.js'
import { type Intent, openData } from './claim.js'
import type { Sql } from './database.js'
import { IS_HELD } from './hooks.js'
import { dataPlace, type Opened, openRows, sealRows } from './sealing.js'
import { versionsNamed } from './versions.js'

export interface ResourceRow {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly current: boolean
  readonly physicalId: string | null
  readonly action: string
  readonly status: string
  readonly reason: string | null
  readonly state: string
  readonly phase: string | null
  readonly traversal: number
  readonly awaiting: number
  readonly attempt: number
  readonly fence: number
  readonly replaces: number | null
  readonly engineId: string | null
  readonly engineHost: string | null
  readonly enginePid: number | null
  readonly enginePulseSeconds: number | null
  /** Since the action under way began. */
  readonly elapsedSeconds: number | null
  /** Until it may go on; negative when it could already. */
  readonly dueSeconds: number | null
  readonly requires: readonly number[]
  /** What the stack's action asks of it at this moment. */
  readonly visit: string | null
  /** Where it waits until somebody says that it may go on. */
  readonly hook: Hook | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export const RESOURCE_COLUMNS = `r.id, r.name, r.type, r.current, r.physical_id as "physicalId", r.action, r.status, r.reason, r.state,
  r.phase, r.traversal, r.awaiting, r.attempt, r.fence, r.replaces, r.engine_id as "engineId", e.host as "engineHost",
  e.pid as "enginePid", extract(epoch from isotherm.clock() - e.heartbeat_at)::float8 as "enginePulseSeconds",
  case when r.status = 'IN_PROGRESS' then extract(epoch from isotherm.clock() - r.began_at)::float8 end as "elapsedSeconds",
  case when r.state in ('ready', 'parked') then extract(epoch from r.due_at - isotherm.clock())::float8 end as "dueSeconds",
  r.requires, case when r.phase = 'visit' and r.state in ('running', 'parked')
    then (select s.action from isotherm.stacks s where s.id = r.stack_id) end as visit,
  case when r.hook is not null and exists (select from isotherm.stacks s where s.id = r.stack_id and ${IS_HELD}) then r.hook end as hook, r.created_at as "createdAt", r.updated_at as "updatedAt"`

/** All versions of a stack's resources, current ones first, by name. */
export async function readResources(sql: Sql, stackId: number): Promise<ResourceRow[]> {
  return sql.query(
    `select ${RESOURCE_COLUMNS} from isotherm.resources r left join isotherm.engines e on e.id = r.engine_id
     where r.stack_id = $1 order by r.name, r.current desc, r.id desc`,
    [stackId],
  )
}

/** All versions of a resource, the current one first. */
export async function readResource(sql: Sql, stackId: number, name: string): Promise<ResourceRow[]> {
  return sql.query(
    `select ${RESOURCE_COLUMNS} from isotherm.resources r left join isotherm.engines e on e.id = r.engine_id
     where r.stack_id = $1 and r.id in ${versionsNamed('= $2')} order by r.current desc, r.id desc`,
    [stackId, name],
  )
}

/** Names of resources that a stack has, in no order, for whoever asked for another one. */
export async function readSomeNames(sql: Sql, stackId: number, limit: number): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    'select r.name from isotherm.resources r where r.stack_id = $1 and r.current limit $2',
    [stackId, limit],
  )
  return rows.map(({ name }) => name)
}

/**
 * Armed predecessors of a row that have not settled: what it waits for. Those that its definition requires are found by their
 * names, which most often are all; only when its counter says that there are others are the armed rows of the stack read.
 */
export async function readAwaited(sql: Sql, stackId: number, id: number): Promise<ResourceRow[]> {
  const required = await sql.query<ResourceRow & { awaitedCount: number }>(
    `with w as materialized (
       select stack_id, id, name, phase, traversal, awaiting from isotherm.resources
       where stack_id = $1 and id = $2 and phase in ('visit', 'update')
     )
     select ${RESOURCE_COLUMNS}, w.awaiting as "awaitedCount" from w
     join isotherm.definitions d on d.stack_id = w.stack_id and d.name = w.name and d.until = 2147483647
     join lateral (
       select c.id from isotherm.resources c where c.stack_id = w.stack_id and c.name = any(d.requires) and c.current
       union all
       select o.id from isotherm.resources o where o.stack_id = w.stack_id and o.name = any(d.requires) and not o.current
     ) named on true
     join isotherm.resources r on r.stack_id = w.stack_id and r.id = named.id and r.phase = w.phase and r.traversal = w.traversal
     left join isotherm.engines e on e.id = r.engine_id
     where w.id = any(r.tells) order by r.name`,
    [stackId, id],
  )
  const [first] = required
  if (first && first.awaitedCount <= required.length) return required
  return sql.query(
    `select ${RESOURCE_COLUMNS} from isotherm.resources w
     join isotherm.resources r on r.stack_id = w.stack_id and r.phase = w.phase and r.traversal = w.traversal
       and ((w.phase in ('visit', 'update') and w.id = any(r.tells)) or (w.phase = 'cleanup' and w.id = any(r.requires) and r.id <> w.id))
     left join isotherm.engines e on e.id = r.engine_id
     where w.stack_id = $1 and w.id = $2 order by r.name`,
    [stackId, id],
  )
}

export interface ResourceData extends Opened {
  readonly properties: JsonObject | null
  readonly attributes: JsonObject
  readonly metadata: Json
  readonly privateData: Json
}

export async function readResourceData(sql: Sql, stackId: number, id: number): Promise<ResourceData | undefined> {
  const rows = await sql.query<ResourceData>(
    `select properties, attributes, metadata, private as "privateData" from isotherm.resource_data
     where stack_id = $1 and id = $2`,
    [stackId, id],
  )
  const [data] = await openRows(sql, rows, {
    columns: ['properties', 'attributes', 'metadata', 'privateData'],
    placeOf: (_, column) => dataPlace({ stackId, id }, column),
  })
  return data
}

/** What a create or update under way brings a thing to; undefined where nothing says it. */
export async function readIntended(sql: Sql, stackId: number, id: number): Promise<JsonObject | undefined> {
  const rows = await sql.query<{ intent: { readonly properties: JsonObject } | null } & Opened>(
    'select intent from isotherm.resource_data where stack_id = $1 and id = $2',
    [stackId, id],
  )
  const [data] = await openRows(sql, rows, {
    columns: ['intent'],
    placeOf: (_, column) => dataPlace({ stackId, id }, column),
  })
  return data?.intent?.properties
}

/**
 * A thing's own notes after a signal; whoever waits for it with a pending operation looks again at once. Of a thing that is still
 * being made nothing is known that could be noted: what makes it would write over it.
 * @returns whether it was noted.
 */
export async function writeSignal(
  sql: Sql,
  stackId: number,
  id: number,
  data: { privateData: Json; attributes: JsonObject | undefined; secret?: readonly string[] },
): Promise<boolean> {
  const [{ privateData, attributes } = data] = await sealRows(sql, [data], {
    columns: ['privateData', 'attributes'],
    placeOf: (_, column) => dataPlace({ stackId, id }, column),
  })
  const noted = await sql.query(
    `update isotherm.resource_data set private = $3::text::jsonb, attributes = coalesce($4::text::jsonb, attributes)
     where stack_id = $1 and id = $2 returning id`,
    [stackId, id, JSON.stringify(privateData), attributes === undefined ? null : JSON.stringify(attributes)],
  )
  await sql.query(
    `update isotherm.resources set due_at = isotherm.clock()
     where stack_id = $1 and state = 'parked' and (id = $2::bigint or $2::bigint = any(requires))`,
    [stackId, id],
  )
  return noted.length > 0
}

/** The database's clock, in seconds since 1970. */
export async function readClock(sql: Sql): Promise<number> {
  const [clock] = await sql.query<{ seconds: number }>('select extract(epoch from isotherm.clock())::float8 as seconds')
  return clock?.seconds ?? 0
}

/** What a preview wants to know of the versions of some names. */
export interface PreviewRow extends Opened {
  readonly stackId: number
  readonly id: number
  readonly name: string
  readonly type: string
  readonly current: boolean
  readonly action: string
  readonly status: string
  readonly state: string
  readonly physicalId: string | null
  readonly propertiesHash: string | null
  readonly retain: boolean
  readonly properties: JsonObject | null
  readonly attributes: JsonObject | null
  readonly privateData: Json
  readonly observed: Observation | null
  readonly reason: string | null
  readonly intent: Intent | null
}

export async function readForPreview(sql: Sql, stackId: number, names: readonly string[]): Promise<PreviewRow[]> {
  const rows = await sql.query<PreviewRow>(
    `select r.stack_id as "stackId", r.id, r.name, r.type, r.current, r.action, r.status, r.state, r.physical_id as "physicalId",
       r.properties_hash as "propertiesHash", r.retain, coalesce(x.properties, x.intent->'properties') as properties,
       x.attributes, x.private as "privateData", x.observed, r.reason,
       case when x.properties is null then x.intent end as intent
     from isotherm.resources r left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
     where r.stack_id = $1 and r.id in (
       select id from isotherm.resources where stack_id = $1 and current and name = any($2::text[])
       union all select id from isotherm.resources where stack_id = $1 and not current
     ) order by r.current desc, r.id desc`,
    [stackId, names],
  )
  return openData(sql, rows, ['properties', 'attributes', 'privateData', 'intent', 'observed'])
}
