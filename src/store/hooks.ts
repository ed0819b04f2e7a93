// Hooks: rows that wait until somebody says that they may go on. Such a row is `waiting` and awaits nobody, so no arrival
// makes it ready, no slot is taken and nobody polls; whatever arms it anew sets it free.
import type { Hook, HookRule } from '../template/hooks.js'
import type { Sql } from './database.js'
import { HOLDERS } from './engines.js'
import { versionsNamed } from './versions.js'

export interface Held {
  readonly stackId: number
  readonly id: number
  readonly traversal: number
  readonly hook: Hook
  /** What the history says of it. */
  readonly says: string
}

/** The caller holds the rows' locks and has found that they belong to this traversal; what it wrote before still counts. */
export async function holdRows(sql: Sql, rows: readonly Held[]): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `with held as (
       update isotherm.resources r
       set state = 'waiting', hook = h.hook, hook_at = h.traversal, hook_cleared = false, updated_at = isotherm.clock()
       from json_to_recordset($1::text::json) as h("stackId" int, id bigint, traversal int, hook text, says text)
       where r.stack_id = h."stackId" and r.id = h.id and r.traversal = h.traversal
       returning r.stack_id, r.traversal, r.id, r.name, r.type, r.physical_id, r.action, r.status, h.says
     )
     insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason)
     select stack_id, traversal, id, name, type, physical_id, action, status, says from held`,
    [JSON.stringify(rows)],
  )
}

/** Whether a row `r` of a stack `s` is held at a hook. */
export const IS_HELD = `(r.state = 'waiting' and r.hook is not null and not r.hook_cleared and r.hook_at = r.traversal
  and r.traversal = s.traversal and s.status = 'IN_PROGRESS')`

/**
 * Lets what waits at a hook go on: all versions of the name, for an old one may wait to be deleted. The caller holds the
 * stack's lock, so a command that supersedes the waiting comes before it or after it; the hook of an earlier traversal is
 * none any more.
 * @returns how many went on.
 */
export async function clearHook(
  sql: Sql,
  stackId: number,
  { name, hook, says }: { readonly name: string; readonly hook: Hook; readonly says: string },
): Promise<number> {
  const cleared = await sql.query<{ count: number }>(
    `with cleared as (
       update isotherm.resources r set state = 'ready', due_at = isotherm.clock(), hook_cleared = true
       from isotherm.stacks s
       where s.id = $1 and r.stack_id = s.id and r.id in ${versionsNamed('= $2')} and r.hook = $3 and ${IS_HELD}
       returning r.stack_id, r.traversal, r.id, r.name, r.type, r.physical_id, r.action, r.status
     ), told as (
       insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason)
       select stack_id, traversal, id, name, type, physical_id, action, status, $4::text from cleared
     )
     select count(*)::int as count from cleared`,
    [stackId, name, hook, says],
  )
  return cleared[0]?.count ?? 0
}

export interface PausedRow {
  /** The name of the stack that it is in, which may be nested in the one that was asked about. */
  readonly stack: string
  readonly resource: string
  /** At which it waits; null where it waits for a signal. */
  readonly hook: Hook | null
  /** The resource, in the same stack, that is to be signalled. */
  readonly signal: string | null
}

/**
 * What a stack and those nested in it wait for, where that is nothing but people who clear hooks, or signals: no row is being worked on,
 * will be by itself (what an engine held that is no more is handed on), or waits to be looked at, and no stack is about to go on. What waits for a signal is looked at now and then all
 * the same, which brings nothing; once the signal has come it is due. One statement, so that nothing moves between two looks. Displays
 * ask again and again: whether anything goes on is seen in the indexes of what does, and the armed rows are read only of stacks
 * whose environment has hooks.
 * @param signals names of types
 */
export async function readPaused(
  sql: Sql,
  stackId: number,
  signals: { readonly awaiting: readonly string[]; readonly signalled: readonly string[] },
): Promise<PausedRow[]> {
  return sql.query(
    `with recursive tree as (
       select s.id, s.name, s.traversal, s.status, s.hooks from isotherm.stacks s where s.id = $1 and s.status = 'IN_PROGRESS'
       union all
       select c.id, c.name, c.traversal, c.status, c.hooks from tree
       join isotherm.stacks c on c.parent_id = tree.id and c.deleted_at is null and c.status = 'IN_PROGRESS'
     ), ${HOLDERS}, waiting as (
       select s.name as stack, r.name as resource, r.hook, null as signal, r.stack_id, r.id
       from tree s join isotherm.resources r on r.stack_id = s.id and r.traversal = s.traversal and r.phase is not null and ${IS_HELD}
       where s.hooks is not null
       union all
       select s.name, r.name, null, h.name, r.stack_id, r.id
       from tree s join isotherm.resources r on r.stack_id = s.id and r.state in ('ready', 'parked') and r.state = 'parked'
         and r.type = any($2::text[])
       join isotherm.resources h on h.stack_id = r.stack_id and h.id = any(r.requires) and h.type = any($3::text[])
     )
     select stack, resource, hook, signal from waiting
     where not exists (
       select from holders e join isotherm.resources b on b.engine_id = e.id and b.state = 'running'
       where b.stack_id in (select id from tree)
     ) and not exists (
       select from tree, lateral (
         select from isotherm.resources b
         where b.stack_id = tree.id and b.state in ('ready', 'parked')
           and (b.state = 'ready' or (b.due_at < isotherm.clock() + interval '10 years'
             and (b.type <> all($2::text[]) or b.due_at <= isotherm.clock())))
         order by b.due_at limit 1) b
     ) and not exists (
       select from tree where not exists (
         select from isotherm.resources b where b.stack_id = tree.id and b.phase is not null and b.traversal = tree.traversal)
     )
     order by stack_id, resource, id, signal`,
    [stackId, signals.awaiting, signals.signalled],
  )
}

/** Those that a stack's environment in force asks for. */
export async function readHooks(sql: Sql, stackId: number): Promise<readonly HookRule[] | null> {
  const [stack] = await sql.query<{ hooks: readonly HookRule[] | null }>(
    'select hooks from isotherm.stacks where id = $1',
    [stackId],
  )
  return stack?.hooks ?? null
}
