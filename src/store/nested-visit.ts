// Visits of nested stacks, many at a time: what the visit of the stack around them writes for one.
import type { VisitingAction } from '../graph/stage.js'
import type { Sql } from './database.js'

export interface NestedVisit {
  readonly id: number
  readonly action: VisitingAction
  readonly traceparent: string | null
}

interface StartedVisit {
  readonly id: number
  readonly name: string
  readonly traversal: number
  readonly action: VisitingAction
  readonly reason: string
}

/** The caller holds the stacks exclusively. What can be visited is, though something else cannot. */
export async function startVisits(sql: Sql, visits: readonly NestedVisit[]): Promise<StartedVisit[]> {
  return sql.query(
    `update isotherm.stacks s
     set action = v.action, status = 'IN_PROGRESS', stage = 'visit', reason = 'Stack ' || v.action || ' started',
       traversal = s.traversal + 1, on_failure = 'continue', failed = false, cancelled = false, cause = null,
       deadline_at = null, updated_at = isotherm.clock(), traceparent = v.traceparent
     from json_to_recordset($1::text::json) as v(id int, action text, traceparent text)
     where s.id = v.id returning s.id, s.name, s.traversal, s.action, s.reason`,
    [JSON.stringify(visits)],
  )
}

/** Of those among the stacks that are to be kept. One that is superseded before its end never comes to one. */
export async function insertNestedSnapshots(sql: Sql, stackIds: readonly number[]): Promise<void> {
  await sql.query(
    `with kept as (
       insert into isotherm.snapshots (stack_id, id, name, traversal, template_traversal)
       select s.id, gen_random_uuid(), s.name || '-' || s.traversal, s.traversal, s.template_traversal
       from isotherm.stacks s where s.id = any($1::int[]) and s.action = 'SNAPSHOT' and s.status = 'IN_PROGRESS'
       returning stack_id, id
     )
     insert into isotherm.snapshot_resources (stack_id, snapshot_id, name, type, physical_id)
     select r.stack_id, kept.id, r.name, r.type, r.physical_id
     from kept join isotherm.resources r on r.stack_id = kept.stack_id and r.current`,
    [stackIds],
  )
}

/** What the visit that a nested stack made last has to tell to the stack around it. */
export interface VisitReport {
  readonly stackId: number
  /** Resources that the check found otherwise than recorded. */
  readonly differing: number
  /** The snapshot that was taken; null when the visit was another one. */
  readonly snapshot: string | null
}

export async function readVisitReports(sql: Sql, stackIds: readonly number[]): Promise<VisitReport[]> {
  if (stackIds.length === 0) return []
  return sql.query(
    `select s.id as "stackId", k.id as snapshot,
       (select count(*)::int from isotherm.resources r where r.stack_id = s.id and r.current
          and r.traversal = s.traversal and r.action = 'CHECK' and r.status = 'FAILED') as differing
     from isotherm.stacks s
     left join isotherm.snapshots k on k.stack_id = s.id and k.traversal = s.traversal
     where s.id = any($1::int[])`,
    [stackIds],
  )
}
