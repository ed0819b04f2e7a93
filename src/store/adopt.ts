// Handing a stack's things over: out of the engine's books without touching them, and into them again.
import type { Json, JsonObject } from '../lib/json.js'
import { takeIds } from './arm.js'
import type { Sql } from './database.js'
import { dataPlace, type Opened, openRows, sealRows } from './sealing.js'

/** One thing, with all that the engine knows of it. */
export interface Holding extends Opened {
  readonly stackId: number
  readonly id: number
  readonly name: string
  readonly type: string
  readonly physicalId: string | null
  readonly action: string
  readonly status: string
  readonly token: string
  /** Of the last call that was made for it. */
  readonly fence: number
  readonly suspended: boolean
  readonly properties: JsonObject | null
  readonly attributes: JsonObject | null
  readonly metadata: Json
  readonly privateData: Json
}

export async function readHoldings(sql: Sql, stackIds: readonly number[]): Promise<Holding[]> {
  const rows = await sql.query<Holding>(
    `select r.stack_id as "stackId", r.id, r.name, r.type, r.physical_id as "physicalId", r.action, r.status, r.token,
       r.fence, r.suspended, x.properties, x.attributes,
       x.metadata, x.private as "privateData"
     from isotherm.resources r left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
     where r.stack_id = any($1::int[]) and r.current order by r.stack_id, r.name`,
    [stackIds],
  )
  return openRows(sql, rows, { columns: ['properties', 'attributes', 'metadata', 'privateData'], placeOf: dataPlace })
}

/**
 * Whatever leaves the stacks from now on stays in the world; nested stacks, which are all among them, are taken down with nothing in
 * them that goes. The caller holds the outermost one's lock, and all are at rest: nobody else begins anything in them.
 */
export async function retainAll(sql: Sql, stackIds: readonly number[]): Promise<void> {
  await sql.query(
    `update isotherm.resources r set retain = not exists (select from isotherm.stacks c
       where c.parent_id = r.stack_id and c.parent_resource = r.id and c.deleted_at is null offset 0)
     where r.stack_id = any($1::int[])`,
    [stackIds],
  )
}

export interface Adopted {
  readonly name: string
  readonly type: string
  readonly physicalId: string
  /** What the thing knows its maker by; undefined when somebody else made it. */
  readonly token: string | undefined
  /** Belongs to the token: with a lower one whoever knows that refuses every call. */
  readonly fence: number
  /** It rests, and is resumed before anything else is done to it. */
  readonly suspended: boolean
  /** What was last done to it came to no good end. */
  readonly failed: boolean
  readonly retain: boolean
  readonly properties: JsonObject | null
  readonly attributes: JsonObject
  readonly privateData: Json
  /** The parts that must not be seen. */
  readonly secret?: readonly string[]
}

/**
 * Versions that nobody has looked at: the visit that does finds no hash of their properties. The caller holds the lock of an
 * outermost stack that has just been made, in which they all are. @returns their ids, in the same order.
 */
export async function insertAdopted(
  sql: Sql,
  things: readonly (Adopted & { readonly stackId: number })[],
): Promise<number[]> {
  if (things.length === 0) return []
  const ids = await takeIds(sql, things.length)
  const rows = things.map((thing, i) => ({ ...thing, id: ids[i] ?? 0 }))
  const columns = ['properties', 'attributes', 'privateData'] as const
  const sealed = await sealRows(sql, rows, { columns, placeOf: dataPlace })
  await sql.query(
    `with thing as materialized (
       select * from json_to_recordset($1::text::json) as t("stackId" int, id bigint, name text, type text,
         "physicalId" text, token uuid, fence int, suspended boolean, failed boolean, retain boolean, properties jsonb, attributes jsonb, "privateData" jsonb)
     ), made as (
       insert into isotherm.resources (stack_id, id, name, type, token, fence, suspended, current, physical_id, action, status, retain)
       select "stackId", id, name, type, coalesce(token, gen_random_uuid()), fence, suspended, true, "physicalId", 'ADOPT',
         case when failed then 'FAILED' else 'COMPLETE' end, retain
       from thing
     )
     insert into isotherm.resource_data (stack_id, id, properties, attributes, private)
     select "stackId", id, properties, attributes, "privateData" from thing`,
    [JSON.stringify(sealed)],
  )
  return ids
}

/**
 * What is taken over requires what the template in force says of it: until its own visit has settled nothing else would keep what it
 * uses from being deleted before it. The caller holds the stack's lock, and has just put the template in force.
 */
export async function requireAsDeclared(sql: Sql, stackId: number): Promise<void> {
  await sql.query(
    `update isotherm.resources r set requires = needed.ids
     from isotherm.definitions d
     cross join lateral (
       select array_agg(p.id order by p.id) as ids from isotherm.resources p
       where p.stack_id = d.stack_id and p.current and p.name = any(d.requires) and p.physical_id is not null
     ) needed
     where d.stack_id = $1 and d.until = 2147483647 and needed.ids is not null
       and r.stack_id = d.stack_id and r.current and r.name = d.name and r.action = 'ADOPT'`,
    [stackId],
  )
}

/** What a living stack of the project has, or is about to take over, and would take with it. */
export interface Held {
  readonly type: string
  readonly physicalId: string
  /** Null: the one that asks. */
  readonly stack: string | null
  readonly resource: string
  /** It stands for the thing already. */
  readonly isThere: boolean
}

/** Who asks; without a stack one that is still to be made. */
export interface Place {
  /** Its name. */
  readonly project: string
  readonly stackId: number | null
}

/**
 * Of two who take something over at the same time, the later one waits here until what the other holds is seen. Nobody who has come here
 * waits for a stack's lock any more.
 */
export async function lockAdoptions(sql: Sql, project: string): Promise<void> {
  await sql.query('select pg_advisory_xact_lock($1::int, id) from isotherm.projects where name = $2', [
    ADOPTION_LOCKS,
    project,
  ])
}

/**
 * Those of the things that a stack of the project holds as its own under another name: not what that refers to, retains, or is leaving
 * behind. Also what is told to take one over and has not come to it, in this stack if it has begun: it may be in the middle of that, and
 * a template that says otherwise by now does not stop it.
 */
export async function readHeld(
  sql: Sql,
  { project, stackId }: Place,
  things: readonly { readonly name: string; readonly type: string; readonly physicalId: string }[],
): Promise<Held[]> {
  if (things.length === 0) return []
  return sql.query(
    `with wanted as materialized (
       select * from unnest($3::text[], $4::text[], $5::text[]) as t(name, type, physical_id)
     ), around as materialized (
       select s.id, nullif(s.id, $2) is null as own, s.name from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
       where p.name = $1 and s.deleted_at is null
     )
     select r.type, r.physical_id as "physicalId", case when not s.own then s.name end as stack, r.name as resource, true as "isThere"
     from around s
     join isotherm.resources r on r.stack_id = s.id and not r.retain
     join wanted w on w.physical_id = r.physical_id and w.type = r.type
     where not s.own or r.name <> w.name
     union
     select w.type, w.physical_id, case when not s.own then s.name end, d.name, false
     from around s
     join isotherm.definitions d on d.stack_id = s.id and (d.body ? 'isotherm' or d.body->>'deletionPolicy' = 'Snapshot')
     join wanted w on w.physical_id = d.body->'isotherm'->>'adopt' and w.type = d.body->>'type'
     join isotherm.resources r on r.stack_id = s.id and r.name = d.name and r.physical_id is null and not r.retain
     where not s.own or (r.name <> w.name and r.status = 'IN_PROGRESS')
     order by stack, resource limit 10`,
    [
      project,
      stackId,
      things.map(({ name }) => name),
      things.map(({ type }) => type),
      things.map(({ physicalId }) => physicalId),
    ],
  )
}

/** The class of the advisory locks under which stacks of a project take things over, one after the other; the second key is the project's id. */
const ADOPTION_LOCKS = 0x150_7e2

/**
 * A nested stack that was abandoned in the stack's project gives its uid up to the one that adopts what it left. @returns those that are
 * nobody's. Of two who adopt the same, one waits for the other here and finds it taken, or finds no room when it inserts.
 */
export async function freeUids(sql: Sql, stackId: number, uids: readonly string[]): Promise<string[]> {
  if (uids.length === 0) return []
  await sql.query(
    `update isotherm.stacks set uid = gen_random_uuid()
     where project_id = (select project_id from isotherm.stacks where id = $1) and uid = any($2::uuid[])
       and deleted_at is not null and parent_id is not null`,
    [stackId, uids],
  )
  const rows = await sql.query<{ uid: string }>(
    `select wanted.uid from unnest($1::uuid[]) as wanted(uid)
     where not exists (select from isotherm.stacks s where s.uid = wanted.uid)`,
    [uids],
  )
  return rows.map(({ uid }) => uid)
}

interface AdoptedStack {
  readonly uid: string
  readonly name: string
  readonly parentId: number
  readonly parentResource: number
  readonly rootId: number
  readonly depth: number
}

/** Nested stacks at rest that nothing has been told to yet. The caller holds the lock of the one around, which is new. */
export async function insertAdoptedStacks(
  sql: Sql,
  stacks: readonly AdoptedStack[],
): Promise<{ id: number; uid: string }[]> {
  if (stacks.length === 0) return []
  const rows = stacks.map(({ uid, name, parentId, parentResource, rootId, depth }) => ({
    uid,
    name,
    parentId,
    parentResource,
    rootId,
    depth,
  }))
  return sql.query(
    `insert into isotherm.stacks (uid, project_id, name, action, status, reason, traversal, template_traversal, on_failure,
       parent_id, parent_resource, root_id, depth)
     select c.uid, p.project_id, c.name, 'ADOPT', 'COMPLETE', 'taken over, and not looked at yet', 1, 1, 'stop', p.id, c."parentResource", c."rootId", c.depth
     from json_to_recordset($1::text::json) as c(uid uuid, name text, "parentId" int, "parentResource" bigint,
       "rootId" int, depth int)
     join isotherm.stacks p on p.id = c."parentId"
     on conflict do nothing returning id, uid`,
    [JSON.stringify(rows)],
  )
}
