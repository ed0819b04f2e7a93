// The stacks' own rows, and the lock by which commands and engines keep out of each other's way.
import { isVisiting, type StackAction, type Stage } from '../graph/stage.js'
import type { HookRule } from '../template/hooks.js'
import type { Sql } from './database.js'
import { keyed } from './prepared.js'

export type { StackAction }
export type StackStatus = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
export type OnFailure = 'rollback' | 'stop' | 'continue'

export interface StackRow {
  readonly id: number
  readonly uid: string
  readonly project: string
  readonly name: string
  readonly action: StackAction
  readonly status: StackStatus
  readonly reason: string
  readonly traversal: number
  readonly templateTraversal: number
  readonly completeTraversal: number | null
  readonly stage: Stage | null
  readonly onFailure: OnFailure
  readonly failed: boolean
  /** Of an automatic rollback: the failure that asked for it. */
  readonly cause: string | null
  readonly tags: readonly string[]
  /** Who made it, where that is known. */
  readonly madeBy: string | null
  /** As it was asked for. */
  readonly timeoutMinutes: number | null
  readonly rollbackDisabled: boolean | null
  readonly createdAt: Date
  readonly updatedAt: Date | null
  readonly deletedAt: Date | null
  /** The uid of the stack whose resource this one is. */
  readonly parentUid: string | null
  /** To which trace the running traversal belongs, as W3C Trace Context writes it. */
  readonly traceparent: string | null
  /** How the names of types begin that may not be used in it: engines hold nested stacks to that. */
  readonly refusedTypes: readonly string[]
  /**
   * The definitions in force have been compared with the rows: a traversal that looks at reality first does it late, or never,
   * when it is superseded or fails.
   */
  readonly planned: boolean
}

/** What is kept of a stack only to be shown again and searched for. */
export interface StackAbout {
  readonly tags?: readonly string[]
  readonly madeBy?: string
  readonly timeoutMinutes?: number
  readonly rollbackDisabled?: boolean
}

/** Of `isotherm.stacks s join isotherm.projects p`. */
export const STACK_COLUMNS = `s.id, s.uid, p.name as project, s.name, s.action, s.status, s.reason, s.traversal,
  s.template_traversal as "templateTraversal", s.complete_traversal as "completeTraversal", s.stage,
  s.on_failure as "onFailure", s.failed, s.cause, s.tags, s.made_by as "madeBy", s.timeout_minutes as "timeoutMinutes",
  s.rollback_disabled as "rollbackDisabled", s.created_at as "createdAt", s.updated_at as "updatedAt",
  s.deleted_at as "deletedAt",
  (select around.uid from isotherm.stacks around where around.id = s.parent_id) as "parentUid", s.traceparent,
  s.refused_types as "refusedTypes", s.planned`

/** The class of the advisory locks that belong to stacks; the second key is the stack's id. */
export const STACK_LOCKS = 0x15074e

/**
 * Whoever holds a stack has to do with its rows only, and never reads a table from end to end: of stacks that are new the
 * statistics know nothing, and a look that takes a fifth of a millisecond by an index took 25 in a table of 11,000 rows.
 */
const ONE_STACK = `set_config('enable_seqscan', 'off', true)`

/**
 * A command holds its stack exclusively, a settle or a claim shared, until its transaction ends: so a command sees the
 * rows at rest, and no row is written for the sake of the lock. A command holds one lock only, so none waits in a ring.
 */
export async function lockStack(sql: Sql, id: number): Promise<void> {
  await sql.query(`select pg_advisory_xact_lock($1::int, $2::int), ${ONE_STACK}`, [STACK_LOCKS, id])
}

/** Those of the stacks that could be held shared at once. An engine never waits for a command: it comes by again. */
export async function shareStacks(sql: Sql, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return []
  const rows = await sql.query<{ id: number }>(
    keyed(`select id from unnest($2::int[]) as wanted(id) where pg_try_advisory_xact_lock_shared($1::int, id)`),
    [STACK_LOCKS, ids],
  )
  return rows.map(({ id }) => id)
}

export async function projectId(sql: Sql, name: string): Promise<number> {
  const [found] = await sql.query<{ id: number }>('select id from isotherm.projects where name = $1', [name])
  if (found) return found.id
  await sql.query('insert into isotherm.projects (name) values ($1) on conflict do nothing', [name])
  return projectId(sql, name)
}

export async function listStackNames(sql: Sql, project: string, limit: number): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    `select s.name from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where p.name = $1 and s.deleted_at is null and s.parent_id is null order by s.name limit $2`,
    [project, limit],
  )
  return rows.map(({ name }) => name)
}

export async function findStack(sql: Sql, project: string, name: string): Promise<StackRow | undefined> {
  const [stack] = await sql.query<StackRow>(
    `select ${STACK_COLUMNS} from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where p.name = $1 and s.name = $2 and s.deleted_at is null`,
    [project, name],
  )
  return stack
}

/** Also one that has been deleted. */
export async function findStackByUid(sql: Sql, project: string, uid: string): Promise<StackRow | undefined> {
  const [stack] = await sql.query<StackRow>(
    `select ${STACK_COLUMNS} from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where p.name = $1 and s.uid = $2`,
    [project, uid],
  )
  return stack
}

/** The last stack of a name that has been deleted. */
export async function findDeleted(sql: Sql, project: string, name: string): Promise<StackRow | undefined> {
  const [stack] = await sql.query<StackRow>(
    `select ${STACK_COLUMNS} from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where p.name = $1 and s.name = $2 and s.deleted_at is not null order by s.deleted_at desc limit 1`,
    [project, name],
  )
  return stack
}

export async function readStack(sql: Sql, id: number): Promise<StackRow> {
  const [stack] = await sql.query<StackRow>(
    `select ${STACK_COLUMNS} from isotherm.stacks s join isotherm.projects p on p.id = s.project_id where s.id = $1`,
    [id],
  )
  if (!stack) throw new Error(`stack ${id} is not there`)
  return stack
}

/** Those of the stacks that nothing is under way in. */
export async function readResting(sql: Sql, ids: readonly number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const rows = await sql.query<{ id: number }>(
    `select id from isotherm.stacks where id = any($1::int[]) and status <> 'IN_PROGRESS'`,
    [ids],
  )
  return new Set(rows.map(({ id }) => id))
}

/** The stack, held by this transaction; undefined when it has been deleted. Two statements: only what is read under the lock counts. */
export async function holdStack(sql: Sql, id: number): Promise<StackRow | undefined> {
  await lockStack(sql, id)
  const stack = await readStack(sql, id)
  return stack.deletedAt === null ? stack : undefined
}

export interface NewStack {
  readonly uid: string
  readonly name: string
}

/** What nobody said before and is not said now holds as by default. The caller holds the stack's lock. */
export async function limitTree(
  sql: Sql,
  stackId: number,
  { nestedDepthMax, resourcesMax }: { readonly nestedDepthMax?: number; readonly resourcesMax?: number | null },
): Promise<void> {
  await sql.query(
    `update isotherm.stacks
     set nested_depth_max = coalesce($2::int, nested_depth_max), tree_resources_max = case when $4 then $3::int else tree_resources_max end
     where id = $1`,
    [stackId, nestedDepthMax ?? null, resourcesMax ?? null, resourcesMax !== undefined],
  )
}

/**
 * A new stack, held by this transaction; undefined when there is one of that name. Of two commands that make the same stack, the
 * second waits here for the end of the first.
 */
export async function makeStack(sql: Sql, project: string, { uid, name }: NewStack): Promise<StackRow | undefined> {
  const [stack] = await sql.query<StackRow>(
    `with made as (
       insert into isotherm.stacks (uid, project_id, name, action, status, stage)
       select $1, id, $2, 'CREATE', 'IN_PROGRESS', 'update' from isotherm.projects where name = $3
       on conflict (project_id, name) where deleted_at is null do nothing returning *
     )
     select ${STACK_COLUMNS} from made s join isotherm.projects p on p.id = s.project_id
     cross join lateral (select pg_advisory_xact_lock($4::int, s.id), ${ONE_STACK}) held`,
    [uid, name, project, STACK_LOCKS],
  )
  if (stack || (await hasProject(sql, project))) return stack
  await projectId(sql, project)
  return makeStack(sql, project, { uid, name })
}

async function hasProject(sql: Sql, name: string): Promise<boolean> {
  return (await sql.query('select from isotherm.projects where name = $1', [name])).length > 0
}

const TOLD = `insert into isotherm.events (stack_id, traversal, name, action, status, reason)
     select id, traversal, name, action, status, reason from`

export interface TraversalStart {
  readonly action: StackAction
  /** Where it begins. */
  readonly stage: Stage
  readonly traversal: number
  /** The traversal that brought the template now in force: this one, unless no template came with the command. */
  readonly templateTraversal: number
  readonly onFailure: OnFailure
  readonly timeoutSeconds: number | undefined
  readonly reason: string
  readonly cause: string | undefined
  /** Of the environment that came with the template; undefined leaves those that there are. */
  readonly hooks?: readonly HookRule[] | null
  /** Definitions come into force that are compared with the rows only later. */
  readonly unplanned?: boolean
  /** What is not said stays. */
  readonly about?: StackAbout
}

/** The stack belongs to the new traversal from here on: whatever an older one still does is only recorded. Told as an event. */
export async function startTraversal(
  sql: Sql,
  { id, traceparent, refusedTypes }: Pick<StackRow, 'id' | 'traceparent' | 'refusedTypes'>,
  start: TraversalStart,
): Promise<void> {
  const { about = {} } = start
  await sql.query(
    `with started as (
     update isotherm.stacks
     set action = $2, status = 'IN_PROGRESS', reason = $3, traversal = $4, template_traversal = $5, stage = $9,
       on_failure = $6, failed = false, cancelled = false, cause = $8,
       deadline_at = isotherm.clock() + make_interval(secs => $7::float8), updated_at = isotherm.clock(),
       hooks = case when $10 then $11::text::jsonb else hooks end, planned = planned and not $12, traceparent = $13,
       refused_types = $14::text[], tags = coalesce($15::text[], tags), made_by = coalesce($16::text, made_by),
       timeout_minutes = coalesce($17::int, timeout_minutes), rollback_disabled = coalesce($18::boolean, rollback_disabled)
     where id = $1 returning id, traversal, name, action, status, reason
     ) ${TOLD} started`,
    [
      id,
      start.action,
      start.reason,
      start.traversal,
      start.templateTraversal,
      start.onFailure,
      start.timeoutSeconds ?? null,
      start.cause ?? null,
      start.stage,
      start.hooks !== undefined,
      start.hooks ? JSON.stringify(start.hooks) : null,
      start.unplanned ?? false,
      traceparent,
      refusedTypes,
      about.tags ?? null,
      about.madeBy ?? null,
      about.timeoutMinutes ?? null,
      about.rollbackDisabled ?? null,
    ],
  )
}

/** The caller holds the stack's lock. */
export async function notePlanned(sql: Sql, id: number): Promise<void> {
  await sql.query('update isotherm.stacks set planned = true where id = $1', [id])
}

/** Nothing more is to be done for the stack: no row is armed for the new traversal, engines abort what is under way. */
export async function haltStack(sql: Sql, id: number, reason: string): Promise<void> {
  await sql.query(
    `update isotherm.stacks
     set traversal = traversal + 1, failed = true, cancelled = true, on_failure = 'stop', reason = $2,
       deadline_at = null, updated_at = isotherm.clock()
     where id = $1`,
    [id, reason],
  )
}

/** The first failure of a traversal is its root cause; later ones stand on their own rows and in the events. */
export async function markFailed(sql: Sql, id: number, traversal: number, reason: string): Promise<void> {
  await sql.query(
    `update isotherm.stacks set failed = true, reason = $3
     where id = $1 and traversal = $2 and status = 'IN_PROGRESS' and not failed`,
    [id, traversal, reason],
  )
}

/** The rollback that its failure asked for cannot be made: from now on it is one that stops. The caller holds the stack's lock. */
export async function stopInstead(sql: Sql, id: number, reason: string): Promise<void> {
  await sql.query(`update isotherm.stacks set on_failure = 'stop', reason = $2 where id = $1`, [id, reason])
}

export async function enterStage(sql: Sql, id: number, stage: Stage): Promise<void> {
  await sql.query(`update isotherm.stacks set stage = $2 where id = $1`, [id, stage])
}

/** The end of a traversal, told as an event. A template that was reached is from now on what a rollback goes back to. */
export async function finishStack(
  sql: Sql,
  { id, action }: Pick<StackRow, 'id' | 'action'>,
  end: { status: 'COMPLETE' | 'FAILED'; reason: string; deleted: boolean },
): Promise<void> {
  await sql.query(
    `with ended as (
     update isotherm.stacks
     set status = $2, reason = $3, stage = null, deadline_at = null, updated_at = isotherm.clock(),
       complete_traversal = case when $5 then template_traversal else complete_traversal end,
       deleted_at = case when $4 then isotherm.clock() end
     where id = $1 returning id, traversal, name, action, status, reason
     ) ${TOLD} ended`,
    [id, end.status, end.reason, end.deleted, end.status === 'COMPLETE' && !isVisiting(action)],
  )
}

/** Stacks that ran out of time and have not been told so. Several sweepers may see the same one; the mark is idempotent. */
export async function overdueStacks(sql: Sql): Promise<{ id: number; traversal: number }[]> {
  return sql.query(
    `select id, traversal from isotherm.stacks
     where status = 'IN_PROGRESS' and not failed and deadline_at <= isotherm.clock()`,
  )
}

/** Out of time: the traversal has failed, and what is under way for it is aborted. */
export async function expireStack(sql: Sql, id: number, traversal: number): Promise<boolean> {
  const rows = await sql.query(
    `update isotherm.stacks set failed = true, cancelled = true, reason = 'Timed out'
     where id = $1 and traversal = $2 and status = 'IN_PROGRESS' and not failed returning id`,
    [id, traversal],
  )
  return rows.length > 0
}
