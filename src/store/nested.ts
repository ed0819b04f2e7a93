// Nested stacks in the rows: found by their parents' tokens, looked into, and waking those who wait for them.
import type { Json, JsonObject } from '../lib/json.js'
import { openData } from './claim.js'
import type { Sql } from './database.js'
import { KeyMissing } from './keyring.js'
import { openRows, templatePlace } from './sealing.js'
import { type OnFailure, STACK_LOCKS, type StackAction, type StackStatus } from './stacks.js'
import type { TemplateRow } from './templates.js'

/** What of a stack its nested stacks depend on. */
export interface Surrounding {
  readonly id: number
  readonly uid: string
  readonly name: string
  readonly projectId: number
  readonly rootId: number
  readonly depth: number
  readonly onFailure: OnFailure
  /** It is not wanted to go on. */
  readonly halted: boolean
  /** How the names of types begin that may not be used anywhere inside the outermost stack. */
  readonly refusedTypes: readonly string[]
  /** How deep stacks may be nested in the outermost one, and how many resources all of them may have; null where nobody said. */
  readonly nestedDepthMax: number | null
  readonly treeResourcesMax: number | null
  /** That brought the template in force. */
  readonly traversal: number
  readonly files: { readonly [name: string]: string }
  readonly environment: JsonObject
}

export async function readSurroundings(sql: Sql, ids: readonly number[]): Promise<Surrounding[]> {
  const rows = await sql.query<Surrounding>(
    `select s.id, s.uid, s.name, s.project_id as "projectId", coalesce(s.root_id, s.id) as "rootId", s.depth,
       s.on_failure as "onFailure", s.cancelled as halted, root.refused_types as "refusedTypes",
       root.nested_depth_max as "nestedDepthMax", root.tree_resources_max as "treeResourcesMax", s.template_traversal as traversal, coalesce(t.files, '{}') as files, coalesce(t.environment, '{}') as environment
     from isotherm.stacks s
     join isotherm.stacks root on root.id = coalesce(s.root_id, s.id)
     left join isotherm.templates t on t.stack_id = s.id and t.traversal = s.template_traversal
     where s.id = any($1::int[])`,
    [ids],
  )
  return opened(sql, rows, ['files', 'environment'])
}

/** Parts of templates in clear. Throws KeyMissing: without them nothing can be told to a nested stack. */
async function opened<R extends { readonly id: number; readonly traversal: number }>(
  sql: Sql,
  rows: readonly R[],
  columns: readonly (keyof R & string)[],
): Promise<R[]> {
  const clear = await openRows(sql, rows, {
    columns,
    placeOf: ({ id, traversal }, part) => templatePlace(id, traversal, part),
  })
  const unreadable = clear.find((row) => row.unreadable !== undefined)?.unreadable
  if (unreadable !== undefined) throw new KeyMissing(unreadable)
  return clear
}

export interface ChildRow {
  readonly id: number
  readonly uid: string
  readonly name: string
  readonly action: StackAction
  readonly status: StackStatus
  readonly reason: string
  readonly failed: boolean
  readonly cancelled: boolean
  readonly deleted: boolean
  readonly composedHash: string | null
  readonly traversal: number
}

/** The stacks of these versions, by their tokens. */
export async function readChildren(sql: Sql, uids: readonly string[]): Promise<ChildRow[]> {
  if (uids.length === 0) return []
  return sql.query(
    `select id, uid, name, action, status, reason, failed, cancelled, deleted_at is not null as deleted,
       composed_hash as "composedHash", traversal
     from isotherm.stacks where uid = any($1::uuid[])`,
    [uids],
  )
}

/** Of those of the stacks that are nested, the outermost stack around each. */
export async function readRoots(sql: Sql, ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await sql.query<{ id: number; rootId: number }>(
    'select id, root_id as "rootId" from isotherm.stacks where id = any($1::int[]) and root_id is not null',
    [ids],
  )
  return new Map(rows.map(({ id, rootId }) => [id, rootId]))
}

/** Those of the stacks that could be held exclusively at once, as a command holds them: an engine waits for nobody. */
export async function tryLockStacks(sql: Sql, ids: readonly number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const rows = await sql.query<{ id: number }>(
    `select id from (select id from unnest($2::int[]) as wanted(id) order by id) wanted
     where pg_try_advisory_xact_lock($1::int, id)`,
    [STACK_LOCKS, ids],
  )
  return new Set(rows.map(({ id }) => id))
}

/** What a nested stack was told to become: told once, it is not told again. */
export async function noteComposed(sql: Sql, id: number, hash: string): Promise<void> {
  await sql.query('update isotherm.stacks set composed_hash = $2::uuid where id = $1', [id, hash])
}

// ── looking inside ──────────────────────────────────────────────────────────────────────────────────────────────────

export interface ChildTemplate {
  readonly id: number
  readonly traversal: number
  readonly document: Json
  readonly outputs: TemplateRow['outputs']
}

/** What the stacks' templates in force give, and, where it is asked for, what they say. */
export async function readChildTemplates(
  sql: Sql,
  ids: readonly number[],
  withDocuments: readonly number[],
): Promise<ChildTemplate[]> {
  if (ids.length === 0) return []
  const rows = await sql.query<ChildTemplate>(
    `select s.id, t.traversal, t.outputs, case when s.id = any($2::int[]) then t.document end as document
     from isotherm.stacks s
     join isotherm.templates t on t.stack_id = s.id and t.traversal = s.template_traversal
     where s.id = any($1::int[])`,
    [ids, withDocuments],
  )
  return opened(sql, rows, ['document', 'outputs'])
}

/** The whole templates of these stacks. Throws KeyMissing. */
export async function readTemplatesInForce(
  sql: Sql,
  ids: readonly number[],
): Promise<(TemplateRow & { readonly id: number; readonly traversal: number })[]> {
  const rows = await sql.query<TemplateRow & { readonly id: number; readonly traversal: number }>(
    `select s.id, t.traversal, t.description, t.document, t.parameters, t.environment, t.files, t.outputs
     from isotherm.stacks s
     join isotherm.templates t on t.stack_id = s.id and t.traversal = s.template_traversal
     where s.id = any($1::int[])`,
    [ids],
  )
  return opened(sql, rows, ['document', 'parameters', 'environment', 'files', 'outputs'])
}

export interface MemberRow {
  readonly stackId: number
  readonly name: string
  readonly id: number
  readonly type: string
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  readonly physicalId: string | null
  readonly properties: JsonObject | null
  readonly attributes: JsonObject | null
  readonly privateData: Json
}

/** The resources of these stacks, in the order in which they came. */
export async function readMembers(sql: Sql, stackIds: readonly number[]): Promise<MemberRow[]> {
  if (stackIds.length === 0) return []
  const rows = await sql.query<MemberRow>(
    `select r.stack_id as "stackId", r.name, r.id, r.type, r.status, r.physical_id as "physicalId", x.properties,
       x.attributes, x.private as "privateData"
     from isotherm.resources r
     left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
     where r.stack_id = any($1::int[]) and r.current
     order by r.stack_id, r.created_at, r.id`,
    [stackIds],
  )
  return openData(sql, rows, ['properties', 'attributes', 'privateData'])
}

/** What a composition asked to be remembered: written with the command that came of it. */
export async function writeMemories(
  sql: Sql,
  memories: readonly { readonly stackId: number; readonly id: number; readonly memory: Json }[],
): Promise<void> {
  if (memories.length === 0) return
  await sql.query(
    `insert into isotherm.resource_data (stack_id, id, private)
     select "stackId", id, memory from json_to_recordset($1::text::json) as m("stackId" int, id bigint, memory jsonb)
     on conflict (stack_id, id) do update set private = excluded.private`,
    [JSON.stringify(memories)],
  )
}

// ── waking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The parents of stacks that have come to rest look at them. In the transaction in which they do: whoever looked just
 * before holds the parent's row, and this waits for it; whoever looks later sees the rest. So no waking is missed.
 */
export async function wakeParents(sql: Sql, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await sql.query(
    `with waiting as materialized (
       select r.stack_id, r.id from isotherm.stacks s
       join isotherm.resources r on r.stack_id = s.parent_id and r.id = s.parent_resource
       where s.id = any($1::int[]) and s.parent_id is not null
       order by r.stack_id, r.id for no key update of r
     )
     update isotherm.resources r set due_at = isotherm.clock()
     from waiting w where r.stack_id = w.stack_id and r.id = w.id and r.state = 'parked'`,
    [ids],
  )
}

/** A stack is not wanted to go on: its rows that wait for nested stacks look up, so that those are told. */
export async function wakeWaiting(sql: Sql, stackId: number): Promise<void> {
  await sql.query(
    `update isotherm.resources set due_at = isotherm.clock()
     where stack_id = $1 and state = 'parked' and due_at > isotherm.clock() + interval '10 years'`,
    [stackId],
  )
}

/** A row that waits for a nested stack which has come to rest without waking it. */
export interface UnheardStack {
  readonly id: number
  /** The nested stack's name. */
  readonly nested: string
  /** The stack around it. */
  readonly stack: string
  readonly resource: string
}

/** In one look, so that a stack which is just ending shows with its row woken, or still in progress. */
export async function readUnheard(sql: Sql): Promise<UnheardStack[]> {
  return sql.query(
    `select c.id, c.name as nested, r.name as resource,
       case when p.name = 'default' then s.name else p.name || '/' || s.name end as stack
     from isotherm.resources r
     join isotherm.stacks s on s.id = r.stack_id
     join isotherm.projects p on p.id = s.project_id
     join isotherm.stacks c on c.parent_id = r.stack_id and c.parent_resource = r.id and c.status <> 'IN_PROGRESS'
     where r.state = 'parked' and r.due_at > isotherm.clock() + interval '10 years'
     order by c.id limit 100`,
  )
}

/** What is retained goes on as a stack of its own. */
export async function releaseChildren(sql: Sql, parents: readonly { stackId: number; id: number }[]): Promise<void> {
  if (parents.length === 0) return
  await sql.query(
    `update isotherm.stacks s set parent_id = null, parent_resource = null, root_id = null, depth = 0
     from unnest($1::int[], $2::bigint[]) as p(stack_id, id)
     where s.parent_id = p.stack_id and s.parent_resource = p.id`,
    [parents.map(({ stackId }) => stackId), parents.map(({ id }) => id)],
  )
}

// ── coming to an end together ───────────────────────────────────────────────────────────────────────────────────────

export interface EndedStack {
  readonly id: number
  readonly name: string
  readonly action: StackAction
  readonly traversal: number
  readonly reason: string
}

/**
 * Those of the stacks that have nothing left to do and nothing to clean up are complete, in one statement; not those that
 * were visited, after which something may still be planned or told. The caller holds
 * them exclusively. What is not so simple is left to `advance`. With `offset 0` each stack is looked up by itself: joined, the rows
 * of all stacks that are old were gone through once for every stack, which took 200 ms for 80 of them.
 */
export async function endStacks(sql: Sql, ids: readonly number[]): Promise<EndedStack[]> {
  if (ids.length === 0) return []
  return sql.query(
    `update isotherm.stacks s
     set status = 'COMPLETE', stage = null, deadline_at = null, updated_at = isotherm.clock(),
       complete_traversal = s.template_traversal, deleted_at = case when s.action = 'DELETE' then isotherm.clock() end,
       reason = 'Stack ' || s.action || ' completed successfully' || coalesce('; rolled back because: ' || s.cause, '')
     where s.id = any($1::int[]) and s.status = 'IN_PROGRESS' and s.stage <> 'visit' and not s.failed
       and not exists (select from isotherm.resources r
         where r.stack_id = s.id and r.phase is not null and r.traversal = s.traversal offset 0)
       and not exists (select from isotherm.resources r where r.stack_id = s.id and not r.current offset 0)
     returning s.id, s.name, s.action, s.traversal, s.reason`,
    [ids],
  )
}

export async function clearDeletedStacks(sql: Sql, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await sql.query('delete from isotherm.definitions where stack_id = any($1::int[])', [ids])
}
