// What templates say of what is not to become anything now: of the deletion of what they have no more, read from definitions
// that are out of force, and of the patience that a visit may ask for.
import type { Json } from '../lib/json.js'
import type { Extensions } from '../template/extensions.js'
import type { Sql } from './database.js'
import { sealRows, snapshotPlace } from './sealing.js'

export interface Farewell {
  readonly stackId: number
  readonly id: number
  readonly limits: Extensions | null
  /** It is to be kept in a snapshot, and has not been yet by the running traversal. */
  readonly keepFirst: boolean
}

/**
 * The last word of each name, where it says anything: of a name that the template still has that is its present definition. The
 * caller holds the rows' locks and their stacks shared, so no command changes the definitions meanwhile. Most stacks have no
 * such definitions: one look into a small index.
 */
export async function readFarewells(
  sql: Sql,
  rows: readonly { readonly stackId: number; readonly id: number; readonly name: string }[],
): Promise<Farewell[]> {
  if (rows.length === 0) return []
  const saying = await readSaying(sql, [...new Set(rows.map(({ stackId }) => stackId))])
  return saying.size === 0
    ? []
    : readFarewellsOf(
        sql,
        rows.filter(({ stackId }) => saying.has(stackId)),
      )
}

const SAYS = `(d.body ? 'isotherm' or d.body ->> 'deletionPolicy' = 'Snapshot')`

/** Those of the stacks that have, or had, a definition which says something of this kind. */
async function readSaying(sql: Sql, stackIds: readonly number[]): Promise<ReadonlySet<number>> {
  const saying = await sql.query<{ id: number }>(
    `select id from unnest($1::int[]) as s(id)
     where exists (select from isotherm.definitions d where d.stack_id = s.id and ${SAYS} offset 0)`,
    [stackIds],
  )
  return new Set(saying.map(({ id }) => id))
}

function readFarewellsOf(
  sql: Sql,
  rows: readonly { readonly stackId: number; readonly id: number; readonly name: string }[],
): Promise<Farewell[]> {
  return sql.query(
    `select w.stack_id as "stackId", w.id, d.body->'isotherm' as limits,
       d.body->>'deletionPolicy' = 'Snapshot' and not exists (
         select from isotherm.snapshots k
         join isotherm.snapshot_resources c on c.stack_id = k.stack_id and c.snapshot_id = k.id
         join isotherm.resources r on r.stack_id = k.stack_id and r.id = w.id and r.physical_id = c.physical_id
         join isotherm.stacks s on s.id = k.stack_id and s.traversal = k.traversal
         where k.stack_id = w.stack_id
       ) as "keepFirst"
     from unnest($1::int[], $2::bigint[], $3::text[]) as w(stack_id, id, name)
     cross join lateral (
       select d.body, d.until from isotherm.definitions d
       where d.stack_id = w.stack_id and d.name = w.name and ${SAYS}
       order by d.until desc limit 1
     ) d
     where not exists (
       select from isotherm.definitions n where n.stack_id = w.stack_id and n.name = w.name and n.until > d.until
     )`,
    [rows.map(({ stackId }) => stackId), rows.map(({ id }) => id), rows.map(({ name }) => name)],
  )
}

/** Of the names that have something that was made: what the last template that had them says of its deletion. */
export async function readLastWords(
  sql: Sql,
  stackId: number,
  names: readonly string[],
): Promise<{ readonly name: string; readonly policy: string | null }[]> {
  if (names.length === 0) return []
  return sql.query(
    `select w.name, d.policy
     from unnest($2::text[]) as w(name)
     cross join lateral (
       select d.body ->> 'deletionPolicy' as policy from isotherm.definitions d
       where d.stack_id = $1 and d.name = w.name order by d.until desc limit 1
     ) d
     where exists (
       select from isotherm.resources r
       where r.stack_id = $1 and r.name = w.name and r.physical_id is not null
         and not (r.action = 'CREATE' and r.status <> 'COMPLETE')
     )`,
    [stackId, names],
  )
}

export interface Kept {
  readonly stackId: number
  readonly traversal: number
  readonly name: string
  readonly type: string
  readonly physicalId: string
  /** What the type's `restore` is given. */
  readonly data: Json
  readonly secret?: readonly string[]
}

/**
 * What is about to be deleted, each as a snapshot of its own that is complete at once, in the transaction that settles it behind
 * its fence. The template to go back to is the last one that had it as it was.
 */
export async function keepBeforeDeletion(sql: Sql, kept: readonly Kept[]): Promise<void> {
  if (kept.length === 0) return
  await sql.query(
    `with kept as materialized (
       select n.*, gen_random_uuid() as id, coalesce((
         select max(t.traversal) from isotherm.templates t where t.stack_id = n."stackId" and t.traversal < coalesce((
           select case when max(d.until) < 2147483647 then max(d.until) end from isotherm.definitions d
           where d.stack_id = n."stackId" and d.name = n.name
         ), s.template_traversal)
       ), s.template_traversal) as before
       from json_to_recordset($1::text::json)
         as n("stackId" int, traversal int, name text, type text, "physicalId" text, data jsonb)
       join isotherm.stacks s on s.id = n."stackId"
     ), taken as (
       insert into isotherm.snapshots (stack_id, id, name, traversal, template_traversal, status, reason)
       select "stackId", id, name || ' before its deletion', traversal, before, 'COMPLETE', 'as its deletion policy asks'
       from kept returning stack_id, id
     )
     insert into isotherm.snapshot_resources (stack_id, snapshot_id, name, type, physical_id, data)
     select k."stackId", k.id, k.name, k.type, k."physicalId", k.data from kept k join taken t on t.stack_id = k."stackId" and t.id = k.id`,
    [JSON.stringify(await sealRows(sql, kept, { columns: ['data'], placeOf: snapshotPlace }))],
  )
}
