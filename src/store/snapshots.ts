// Snapshots: what a stack was at a moment. A snapshot is taken by a traversal, so it may be superseded like one.
import type { Json } from '../lib/json.js'
import type { Sql } from './database.js'
import { type Opened, openRows, snapshotPlace } from './sealing.js'

export interface SnapshotRow {
  readonly id: string
  readonly name: string
  readonly templateTraversal: number
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  readonly reason: string
  readonly createdAt: Date
}

export interface SnapshotResource extends Opened {
  readonly name: string
  readonly type: string
  readonly physicalId: string | null
  /** Null when its type keeps nothing. */
  readonly data: Json
}

/** The caller holds the stack's lock; `traversal` is the one that is about to visit. */
export async function insertSnapshot(
  sql: Sql,
  stackId: number,
  snapshot: {
    readonly id: string
    readonly name: string
    readonly traversal: number
    readonly templateTraversal: number
  },
): Promise<void> {
  await sql.query(
    `insert into isotherm.snapshots (stack_id, id, name, traversal, template_traversal) values ($1, $2, $3, $4, $5)`,
    [stackId, snapshot.id, snapshot.name, snapshot.traversal, snapshot.templateTraversal],
  )
  await sql.query(
    `insert into isotherm.snapshot_resources (stack_id, snapshot_id, name, type, physical_id)
     select stack_id, $2::uuid, name, type, physical_id from isotherm.resources where stack_id = $1 and current`,
    [stackId, snapshot.id],
  )
}

/** One that was superseded before its end never comes to one, and says so. */
export async function readSnapshots(sql: Sql, stackId: number, id?: string): Promise<SnapshotRow[]> {
  return sql.query(
    `select k.id, k.name, k.template_traversal as "templateTraversal", k.created_at as "createdAt",
       case when lost.lost then 'FAILED' else k.status end as status,
       case when lost.lost then 'superseded by another command' else k.reason end as reason
     from isotherm.snapshots k
     join isotherm.stacks s on s.id = k.stack_id
     cross join lateral (
       select k.status = 'IN_PROGRESS' and (s.traversal <> k.traversal or s.status <> 'IN_PROGRESS') as lost
     ) lost
     where k.stack_id = $1 and ($2::uuid is null or k.id = $2::uuid) order by k.created_at, k.id`,
    [stackId, id ?? null],
  )
}

export async function readSnapshotResources(sql: Sql, stackId: number, id: string): Promise<SnapshotResource[]> {
  const rows = await sql.query<SnapshotResource & { stackId: number; traversal: number }>(
    `select k.stack_id as "stackId", k.traversal, r.name, r.type, r.physical_id as "physicalId", r.data
     from isotherm.snapshots k
     join isotherm.snapshot_resources r on r.stack_id = k.stack_id and r.snapshot_id = k.id
     where k.stack_id = $1 and k.id = $2 order by r.name`,
    [stackId, id],
  )
  return openRows(sql, rows, { columns: ['data'], placeOf: snapshotPlace })
}

/** In the transaction that finishes the traversal. */
export async function finishSnapshot(
  sql: Sql,
  stackId: number,
  traversal: number,
  { status, reason }: { readonly status: 'COMPLETE' | 'FAILED'; readonly reason: string },
): Promise<void> {
  await sql.query(`update isotherm.snapshots set status = $3, reason = $4 where stack_id = $1 and traversal = $2`, [
    stackId,
    traversal,
    status,
    reason,
  ])
}

/** @returns whether there was one. */
export async function removeSnapshot(sql: Sql, stackId: number, id: string): Promise<boolean> {
  const gone = await sql.query('delete from isotherm.snapshots where stack_id = $1 and id = $2 returning id', [
    stackId,
    id,
  ])
  return gone.length > 0
}
