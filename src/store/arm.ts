// Arming: what a plan writes into the resource rows, set-based, inside the transaction of the command.
import type { TraversalPlan, VersionSummary } from '../graph/plan.js'
import { assert } from '../lib/assert.js'
import type { Sql } from './database.js'

const BATCH = 5_000

/** All versions of a stack, in the little that planning needs. What an update owes a visit, or has to resume, is stale. */
export async function readVersions(sql: Sql, stackId: number): Promise<VersionSummary[]> {
  return sql.query(
    `select id, name, current, action, status, state, case when stale or suspended then 'update' else phase end as phase,
       definition_hash as "definitionHash"
     from isotherm.resources where stack_id = $1`,
    [stackId],
  )
}

/** What arming needs to know of a definition to make a row for it. */
export interface NodeKind {
  readonly type: string
  readonly retain: boolean
}

/**
 * Writes the plan. A row that an engine is working on stays with it: it is armed all the same, and when its engine
 * settles it, the settle finds the newer traversal on the row and leaves it to that.
 */
export async function arm(
  sql: Sql,
  stackId: number,
  traversal: number,
  plan: TraversalPlan,
  kindOf: (name: string) => NodeKind | undefined,
): Promise<void> {
  await setCurrent(sql, stackId, plan.retired, false)
  await setCurrent(sql, stackId, plan.restored, true)
  const made = [...plan.cone].filter(([, node]) => node.id === undefined).map(([name]) => name)
  const madeIds = await takeIds(sql, made.length)
  const ids = new Map<string, number>()
  for (const [name, node] of plan.cone) if (node.id !== undefined) ids.set(name, node.id)
  made.forEach((name, i) => {
    ids.set(name, madeIds[i] ?? 0)
  })
  const rows = [...plan.cone].map(([name, node]) => ({
    id: ids.get(name) ?? 0,
    name,
    made: node.id === undefined,
    kind: kindOf(name),
    awaiting: node.awaiting,
    tells: `{${node.dependants.map((dependant) => ids.get(dependant)).join(',')}}`,
  }))
  await insertArmed(
    sql,
    stackId,
    traversal,
    rows.filter((row) => row.made),
  )
  await armExisting(
    sql,
    stackId,
    traversal,
    rows.filter((row) => !row.made),
  )
  if (rows.length >= BULK) await sql.query(ANALYZE)
}

/**
 * So many new rows make what the planner knows of the tables worthless, and engines go to work at once. A table that
 * somebody else is tending is left to them, so nobody waits here.
 */
const BULK = 1_000
const ANALYZE = 'analyze (skip_locked) isotherm.resources, isotherm.definitions'

interface ArmedRow {
  readonly id: number
  readonly name: string
  /** Undefined where the definition is the same as before. */
  readonly kind: NodeKind | undefined
  readonly awaiting: number
  /** As PostgreSQL writes a list of numbers. */
  readonly tells: string
}

export async function takeIds(sql: Sql, count: number): Promise<number[]> {
  if (count === 0) return []
  const rows = await sql.query<{ id: number }>(
    `select nextval('isotherm.resource_ids') as id from generate_series(1, $1::int)`,
    [count],
  )
  return rows.map(({ id }) => id)
}

async function setCurrent(sql: Sql, stackId: number, ids: readonly number[], current: boolean): Promise<void> {
  for (let start = 0; start < ids.length; start += BATCH) {
    await sql.query(
      `update isotherm.resources
       set current = $3, due_at = case when state = 'parked' then isotherm.clock() else due_at end
       where stack_id = $1 and id = any($2::bigint[])`,
      [stackId, ids.slice(start, start + BATCH), current],
    )
  }
}

async function insertArmed(sql: Sql, stackId: number, traversal: number, rows: readonly ArmedRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH)
    const kinds = batch.map(({ kind }) => {
      assert(kind, 'a resource without a version comes with its definition')
      return kind
    })
    await sql.query(
      `insert into isotherm.resources
         (stack_id, id, name, type, retain, current, traversal, phase, awaiting, tells, state, due_at)
       select $1, id, name, type, retain, true, $2, 'update', awaiting, tells::bigint[],
         case when awaiting = 0 then 'ready' else 'waiting' end, isotherm.clock()
       from unnest($3::bigint[], $4::text[], $5::text[], $6::boolean[], $7::int[], $8::text[])
         as r(id, name, type, retain, awaiting, tells)`,
      [
        stackId,
        traversal,
        batch.map(({ id }) => id),
        batch.map(({ name }) => name),
        kinds.map(({ type }) => type),
        kinds.map(({ retain }) => retain),
        batch.map(({ awaiting }) => awaiting),
        batch.map(({ tells }) => tells),
      ],
    )
  }
}

/** Whether a thing is retained is what the newest template says, also where its visit is still to come. */
async function armExisting(sql: Sql, stackId: number, traversal: number, rows: readonly ArmedRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH)
    await sql.query(
      `update isotherm.resources r
       set traversal = $2, phase = 'update', stale = false, awaiting = a.awaiting, tells = a.tells::bigint[],
         retain = coalesce(a.retain, r.retain),
         state = case when r.state in ('running', 'parked') then r.state when a.awaiting = 0 then 'ready' else 'waiting' end,
         due_at = isotherm.clock()
       from unnest($3::bigint[], $4::int[], $5::text[], $6::boolean[]) as a(id, awaiting, tells, retain)
       where r.stack_id = $1 and r.id = a.id`,
      [
        stackId,
        traversal,
        batch.map(({ id }) => id),
        batch.map(({ awaiting }) => awaiting),
        batch.map(({ tells }) => tells),
        batch.map(({ kind }) => kind?.retain ?? null),
      ],
    )
  }
}

/**
 * Clean-up is reference counting: a version that is not current waits for the living rows that require it. When the
 * update phase has succeeded no current row requires an old one (each was visited and moved), so only old rows count.
 */
export async function armCleanup(sql: Sql, stackId: number, traversal: number): Promise<void> {
  await sql.query(
    `with old as materialized (
       select stack_id, id, requires from isotherm.resources where stack_id = $1 and not current
     ), named as (
       select stack_id, id, true as old from old
       union all
       select old.stack_id, needed.id, false from old, unnest(old.requires) as needed(id) where needed.id <> old.id
     ), counted as materialized (
       select stack_id, id, count(*)::int - 1 as awaiting from named group by stack_id, id having bool_or(old)
     )
     update isotherm.resources r
     set traversal = $2, phase = 'cleanup', awaiting = c.awaiting, tells = '{}',
       state = case when r.state in ('running', 'parked') then r.state when c.awaiting > 0 then 'waiting' else 'ready' end,
       due_at = isotherm.clock()
     from counted c
     where r.stack_id = c.stack_id and r.id = c.id`,
    [stackId, traversal],
  )
}
