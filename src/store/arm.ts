// Arming: what a plan writes into the resource rows, set-based, inside the transaction of the command.
import type { Cone } from '../graph/cone.js'
import type { TraversalPlan, VersionSummary } from '../graph/plan.js'
import { assert } from '../lib/assert.js'
import { chunksOf, copyText } from './copy-text.js'
import type { Sql, Transaction } from './database.js'
import type { NodeKind } from './declaration.js'

const BATCH = 5_000
const PAGE = 20_000

/** What an update owes a visit, or has to resume, is stale. What rests does so whatever has looked at it since. */
const SUMMARY = `select id, name, current, status, state,
  case when suspended and action in ('CHECK', 'SNAPSHOT') then 'SUSPEND' else action end as action,
  case when stale or suspended then 'update' else phase end as phase, definition_hash as "definitionHash"`

/** All versions of a stack, in the little that planning needs. */
export async function* readAllVersions(sql: Sql, stackId: number): AsyncIterable<readonly VersionSummary[]> {
  for (let last = 0; ; ) {
    const page = await sql.query<VersionSummary>(
      `${SUMMARY} from isotherm.resources where stack_id = $1 and id > $2 order by id limit ${PAGE}`,
      [stackId, last],
    )
    yield page
    if (page.length < PAGE) return
    last = page.at(-1)?.id ?? last
  }
}

/** All versions of these names. */
export async function* readVersions(
  sql: Sql,
  stackId: number,
  names: readonly string[],
): AsyncIterable<readonly VersionSummary[]> {
  for (let start = 0; start < names.length; start += BATCH) {
    yield await sql.query<VersionSummary>(
      `${SUMMARY} from isotherm.resources where stack_id = $1 and current and name = any($2::text[])
       union all
       ${SUMMARY} from isotherm.resources where stack_id = $1 and not current and name = any($2::text[])`,
      [stackId, names.slice(start, start + BATCH)],
    )
  }
}

/**
 * Names whose current version is not at rest as wanted: armed and not settled, at work, pending, failed, or owed something.
 * At rest its hash is that of the definition in force, if that was planned, so nothing else has to be compared. Each part
 * looks into a small index.
 */
export async function readRestless(sql: Sql, stackId: number): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    `select name from isotherm.resources where stack_id = $1 and current and phase is not null
     union all
     select name from isotherm.resources where stack_id = $1 and current and state = 'running'
     union all
     select name from isotherm.resources
       where stack_id = $1 and current and state in ('ready', 'parked') and state = 'parked'
     union all
     select name from isotherm.resources
       where stack_id = $1 and current and (status = 'FAILED' or stale or suspended)`,
    [stackId],
  )
  return rows.map(({ name }) => name)
}

/**
 * Writes the plan. A row that an engine is working on stays with it: it is armed all the same, and when its engine
 * settles it, the settle finds the newer traversal on the row and leaves it to that.
 */
export async function arm(
  sql: Transaction,
  stackId: number,
  traversal: number,
  { retired, restored, cone }: TraversalPlan,
  kindOf: (name: string) => NodeKind | undefined,
): Promise<void> {
  await setCurrent(sql, stackId, retired, false)
  await setCurrent(sql, stackId, restored, true)
  await retainAsSaidInside(sql, stackId, restored)
  if (cone.size === 0) return
  const { ids, now } = await idsOf(sql, cone)
  const rows = new ArmedRows(cone, ids, kindOf)
  if (now !== undefined) await insertArmed(sql, rows, { stackId, traversal, now })
  await armExisting(sql, stackId, traversal, rows)
  if (cone.size >= BULK) await analyze(sql)
}

/**
 * So many new rows make what the planner knows of the tables worthless, and engines go to work at once. A rough idea of them
 * is enough until autovacuum comes by. A table that somebody else is tending is left to them, so nobody waits here.
 */
async function analyze(sql: Sql): Promise<void> {
  await sql.query(`select set_config('default_statistics_target', '10', true)`)
  await sql.query('analyze (skip_locked) isotherm.resources, isotherm.definitions')
}

const BULK = 1_000
const KNOWN_TIMES = 2

/** Many come in one batch after the other: once the planner knows of several times as many, one more tells it nothing. */
export async function analyzeGrown(sql: Sql, count: number): Promise<void> {
  if (count < BULK) return
  const grown = await sql.query(
    `select from pg_class where oid = 'isotherm.resources'::regclass and reltuples < $1::int`,
    [KNOWN_TIMES * count],
  )
  if (grown.length > 0) await analyze(sql)
}

/** By place in the cone: the row's id; and the moment at which some were made, by the database's clock. */
async function idsOf(sql: Sql, cone: Cone): Promise<{ readonly ids: Float64Array; readonly now: string | undefined }> {
  const ids = new Float64Array(cone.size)
  const made: number[] = []
  for (let place = 0; place < cone.size; place++) {
    const id = cone.idAt(place)
    if (id === undefined) made.push(place)
    else ids[place] = id
  }
  let next = 0
  const runs = await takeRuns(sql, made.length)
  for (const { first, count } of runs) {
    for (let id = first; id < first + count; id++) ids[made[next++] ?? 0] = id
  }
  return { ids, now: runs[0]?.now }
}

export async function takeIds(sql: Sql, count: number): Promise<number[]> {
  const runs = await takeRuns(sql, count)
  return runs.flatMap((run) => Array.from({ length: run.count }, (_, nth) => run.first + nth))
}

/** Ids come in a few unbroken runs, unless others take some at the same time, so that the ends are all that is told. */
async function takeRuns(sql: Sql, count: number): Promise<{ first: number; count: number; now: string }[]> {
  if (count === 0) return []
  return sql.query(
    `select min(id) as first, count(*)::int as count, isotherm.clock()::text as now
     from (select id, id - row_number() over (order by id) as run
       from (select nextval('isotherm.resource_ids') as id from generate_series(1, $1::int)) taken) numbered
     group by run order by 1`,
    [count],
  )
}

const RETIRE = `set current = $2, due_at = case when state = 'parked' then isotherm.clock() else due_at end`

async function setCurrent(sql: Sql, stackId: number, ids: readonly number[], current: boolean): Promise<void> {
  for (let start = 0; start < ids.length; start += BATCH) {
    await sql.query(`update isotherm.resources ${RETIRE} where stack_id = $1 and id = any($3::bigint[])`, [
      stackId,
      current,
      ids.slice(start, start + BATCH),
    ])
  }
}

/**
 * A nested stack whose composite is wanted again may have been let go of, when the stack around it was abandoned. Where that has not
 * come to pass, what stays of it is what its own template says, whether it is told anything else or not.
 */
async function retainAsSaidInside(sql: Sql, stackId: number, composites: readonly number[]): Promise<void> {
  if (composites.length === 0) return
  await sql.query(
    `with recursive inside as (
       select id from isotherm.stacks where parent_id = $1 and parent_resource = any($2::bigint[]) and deleted_at is null
       union all
       select c.id from isotherm.stacks c join inside on c.parent_id = inside.id where c.deleted_at is null
     )
     update isotherm.resources r set retain = not r.retain
     from inside join isotherm.definitions d on d.stack_id = inside.id and d.until = 2147483647
     where r.stack_id = d.stack_id and r.name = d.name and r.current
       and r.retain <> (d.body->>'deletionPolicy' = 'Retain')`,
    [stackId, composites],
  )
}

/** The same of resources whose new definitions are in force before anything is planned: they may go before it is. */
export async function retainAsSaid(
  sql: Sql,
  stackId: number,
  names: readonly string[],
  kindOf: (name: string) => NodeKind | undefined,
): Promise<void> {
  const said = (retain: boolean) => names.filter((name) => kindOf(name)?.retain === retain)
  await sql.query(
    `update isotherm.resources set retain = not retain
     where stack_id = $1 and current and (retain and name = any($2::text[]) or not retain and name = any($3::text[]))`,
    [stackId, said(false), said(true)],
  )
}

interface ArmedRow {
  readonly id: number
  readonly name: string
  /** Undefined where the definition is the same as before. */
  readonly kind: NodeKind | undefined
  readonly awaiting: number
  /** As PostgreSQL writes a list of numbers. */
  readonly tells: string
}

/** The cone as rows, one at a time: a million of them are never there at once. */
class ArmedRows {
  constructor(
    readonly cone: Cone,
    readonly ids: Float64Array,
    readonly kindOf: (name: string) => NodeKind | undefined,
  ) {}

  *made(): Iterable<ArmedRow> {
    for (let place = 0; place < this.cone.size; place++) {
      if (this.cone.idAt(place) === undefined) yield this.#at(place)
    }
  }

  *existing(): Iterable<ArmedRow> {
    for (let place = 0; place < this.cone.size; place++) {
      if (this.cone.idAt(place) !== undefined) yield this.#at(place)
    }
  }

  #at(place: number): ArmedRow {
    const name = this.cone.nameAt(place)
    let tells = ''
    for (const dependant of this.cone.dependantsAt(place)) tells += `${tells === '' ? '{' : ','}${this.ids[dependant]}`
    return {
      id: this.ids[place] ?? 0,
      name,
      kind: this.kindOf(name),
      awaiting: this.cone.awaitingAt(place),
      tells: tells === '' ? '{}' : `${tells}}`,
    }
  }
}

interface Arming {
  readonly stackId: number
  readonly traversal: number
  readonly now: string
}

async function insertArmed(sql: Transaction, rows: ArmedRows, arming: Arming): Promise<void> {
  await sql.copy(
    `copy isotherm.resources
       (stack_id, id, name, type, retain, current, traversal, phase, awaiting, tells, state, due_at) from stdin`,
    chunksOf(armedLines(rows.made(), arming)),
  )
}

function* armedLines(rows: Iterable<ArmedRow>, { stackId, traversal, now }: Arming): Iterable<string> {
  for (const { id, name, kind, awaiting, tells } of rows) {
    assert(kind, 'a resource without a version comes with its definition')
    const what = `${copyText(name)}\t${copyText(kind.type)}\t${kind.retain}\tt`
    const state = awaiting === 0 ? 'ready' : 'waiting'
    yield `${stackId}\t${id}\t${what}\t${traversal}\tupdate\t${awaiting}\t${tells}\t${state}\t${now}`
  }
}

/** Whether a thing is retained is what the newest template says, also where its visit is still to come. */
async function armExisting(sql: Sql, stackId: number, traversal: number, rows: ArmedRows): Promise<void> {
  for (const batch of batches(rows.existing())) {
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

function* batches<T>(items: Iterable<T>): Iterable<readonly T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * Clean-up is reference counting: a version that is not current waits for the living rows that require it. When the
 * update phase has succeeded no current row requires an old one (each was visited and moved), so only old rows count.
 */
export async function armCleanup(sql: Sql, stackId: number): Promise<void> {
  await sql.query(cleanup('not current'), [[stackId]])
}

/**
 * Nothing is wanted of these stacks any more: all versions are old, and their clean-up is armed by the same write. The caller
 * holds the stacks exclusively, and has begun the traversal.
 */
export async function retireStacks(sql: Sql, stackIds: readonly number[]): Promise<void> {
  await sql.query(cleanup('true'), [stackIds])
}

function cleanup(which: string): string {
  return `with old as materialized (
       select stack_id, id, requires from isotherm.resources where stack_id = any($1::int[]) and ${which}
     ), named as (
       select stack_id, id, true as old from old
       union all
       select old.stack_id, needed.id, false from old, unnest(old.requires) as needed(id) where needed.id <> old.id
     ), counted as materialized (
       select stack_id, id, count(*)::int - 1 as awaiting from named group by stack_id, id having bool_or(old)
     ), node as materialized (
       select c.*, s.traversal from counted c join isotherm.stacks s on s.id = c.stack_id
     )
     update isotherm.resources r
     set current = false, traversal = n.traversal, phase = 'cleanup', awaiting = n.awaiting, tells = '{}',
       state = case when r.state in ('running', 'parked') then r.state when n.awaiting > 0 then 'waiting' else 'ready' end,
       due_at = isotherm.clock()
     from node n where r.stack_id = n.stack_id and r.id = n.id`
}
