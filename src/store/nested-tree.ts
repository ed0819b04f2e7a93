// The stacks that are nested in a stack, as deep as somebody wants to look, with the resources that they bring about.
import type { Sql } from './database.js'
import { EVENT_COLUMNS, type EventRow } from './events.js'
import type { StackAction, StackStatus } from './stacks.js'
import { RESOURCE_COLUMNS, type ResourceRow } from './views.js'

export interface NestedStack {
  readonly id: number
  readonly uid: string
  readonly name: string
  readonly action: StackAction
  readonly status: StackStatus
  readonly reason: string
  readonly parentId: number
  /** The version that it brings about. */
  readonly parentResource: number
  /** From the stack that was asked to that resource: `group/0`. Of one that is gone, the nested stack's own name stands for it. */
  readonly path: string
}

/** A stack after the one that it is in. @param gone also those that have been deleted: their history is still to be told. */
export async function readNestedStacks(
  sql: Sql,
  stackId: number,
  { depth, gone = false }: { readonly depth: number; readonly gone?: boolean },
): Promise<NestedStack[]> {
  if (depth <= 0) return []
  return sql.query(
    `with recursive inside as (
       select s.id, ''::text as path, 0 as depth from isotherm.stacks s where s.id = $1
       union all
       select c.id, inside.path || case when inside.depth = 0 then '' else '/' end || coalesce(r.name, c.name),
         inside.depth + 1
       from inside join isotherm.stacks c on c.parent_id = inside.id
       left join isotherm.resources r on r.stack_id = c.parent_id and r.id = c.parent_resource
       where inside.depth < $2::int and ($3 or c.deleted_at is null)
     )
     select s.id, s.uid, s.name, s.action, s.status, s.reason, s.parent_id as "parentId",
       s.parent_resource as "parentResource", inside.path
     from inside join isotherm.stacks s on s.id = inside.id where inside.depth > 0 order by inside.depth, s.id`,
    [stackId, Math.min(depth, DEPTH_MAX), gone],
  )
}

/** Deeper than stacks can be nested. */
const DEPTH_MAX = 1_000

/** The stack that brings the current version of a resource about; undefined when it is no composite. */
export async function findNestedStack(sql: Sql, stackId: number, resource: string): Promise<number | undefined> {
  const [found] = await sql.query<{ id: number }>(
    `select s.id from isotherm.resources r
     join isotherm.stacks s on s.parent_id = r.stack_id and s.parent_resource = r.id and s.deleted_at is null
     where r.stack_id = $1 and r.name = $2 and r.current`,
    [stackId, resource],
  )
  return found?.id
}

/** As `readResources`, of many stacks. */
export async function readResourcesOf(
  sql: Sql,
  stackIds: readonly number[],
): Promise<(ResourceRow & { readonly stackId: number })[]> {
  if (stackIds.length === 0) return []
  return sql.query(
    `select r.stack_id as "stackId", ${RESOURCE_COLUMNS}
     from isotherm.resources r left join isotherm.engines e on e.id = r.engine_id
     where r.stack_id = any($1::int[]) order by r.stack_id, r.name, r.current desc, r.id desc`,
    [stackIds],
  )
}

/**
 * So many names after one, stack by stack, each with all of its versions.
 * @param stackIds in their order; `after` is a name in the first of them
 */
export async function readResourcePage(
  sql: Sql,
  stackIds: readonly number[],
  { after = '', limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<(ResourceRow & { readonly stackId: number })[]> {
  const named = (which: string) => `(select o.name from isotherm.resources o
    where o.stack_id = s.id and ${which} and (s.place > 1 or o.name > $2::text) order by o.name limit $3)`
  return sql.query(
    `with page as (
       select s.id, s.place, one.name from unnest($1::int[]) with ordinality as s(id, place)
       cross join lateral (${named('o.current')} union ${named('not o.current')} order by name limit $3) one
       order by s.place, one.name limit $3)
     select r.stack_id as "stackId", ${RESOURCE_COLUMNS}
     from page join isotherm.resources r on r.stack_id = page.id and r.name = page.name
     left join isotherm.engines e on e.id = r.engine_id
     order by page.place, r.name, r.current desc, r.id desc`,
    [stackIds, after, limit],
  )
}

/** The names of versions, by their ids. */
export async function readNames(
  sql: Sql,
  stackIds: readonly number[],
  ids: readonly number[],
): Promise<{ id: number; name: string }[]> {
  if (ids.length === 0) return []
  return sql.query(
    `select id, name from isotherm.resources where stack_id = any($1::int[]) and id = any($2::bigint[])`,
    [stackIds, ids],
  )
}

/** As `readEvents`, of many stacks in the one order that all events have. */
export async function readEventsOf(
  sql: Sql,
  stackIds: readonly number[],
  after: string | undefined,
  limit: number,
): Promise<(EventRow & { readonly stackId: number })[]> {
  const [xact, id] = (after ?? '0-0').split('-')
  return sql.query(
    `select stack_id as "stackId", ${EVENT_COLUMNS} from isotherm.events
     where stack_id = any($1::int[]) and (xact, id) > ($2::text::xid8, $3::text::bigint)
       and xact < pg_snapshot_xmin(pg_current_snapshot())
     order by xact, events.id limit $4`,
    [stackIds, xact ?? '0', id ?? '0', limit],
  )
}

/** A resource whose stack a nested stack is, or is in. */
export interface Surrounding {
  readonly stackId: number
  readonly id: number
  readonly name: string
}

/** The resources around a nested stack, the outermost first; none of one that is nested in nothing. */
export async function readAround(sql: Sql, stackId: number): Promise<Surrounding[]> {
  return sql.query(
    `with recursive outwards as (
       select parent_id, parent_resource, 1 as step from isotherm.stacks where id = $1
       union all
       select s.parent_id, s.parent_resource, outwards.step + 1
       from outwards join isotherm.stacks s on s.id = outwards.parent_id
     )
     select r.stack_id as "stackId", r.id, r.name
     from outwards join isotherm.resources r on r.stack_id = outwards.parent_id and r.id = outwards.parent_resource
     order by outwards.step desc`,
    [stackId],
  )
}

/** The class of the advisory locks that belong to trees with a limit; the second key is the outermost stack's id. */
const TREE_LOCKS = 0x7ee507

/**
 * Of two turns that would add to the same tree at once each would count without the other, and both would find its last room:
 * one has the tree until its transaction ends. An engine waits for nobody. @returns whether it could be held.
 */
export async function tryHoldTree(sql: Sql, rootId: number): Promise<boolean> {
  const [tree] = await sql.query<{ held: boolean }>(
    'select pg_try_advisory_xact_lock($1::int, s.id) as held from isotherm.stacks s where s.id = $2',
    [TREE_LOCKS, rootId],
  )
  return tree?.held ?? false
}

/**
 * Resources that the template of a stack and those of all that is nested in it have. What is on its way out is not counted: a
 * stack whose resource was replaced, or is in no template any more. Whoever adds some holds the tree (`tryHoldTree`).
 */
export async function countTree(sql: Sql, stackId: number): Promise<number> {
  const [row] = await sql.query<{ resources: number }>(
    `with recursive tree(id) as (
       select $1::int
       union all
       select s.id from tree join isotherm.stacks s on s.parent_id = tree.id and s.deleted_at is null
       join isotherm.resources r on r.stack_id = tree.id and r.id = s.parent_resource and r.current
       where exists (
         select from isotherm.definitions d where d.stack_id = r.stack_id and d.name = r.name and d.until = 2147483647
       )
     )
     select count(*)::int as resources from tree join isotherm.definitions d on d.stack_id = tree.id and d.until = 2147483647`,
    [stackId],
  )
  return row?.resources ?? 0
}
