// Visiting a stack: a traversal like any other, superseded and recovered like any other, that asks each thing something and
// leaves the template, and what a rollback goes back to, as they are.
import type { VisitingAction } from '../graph/stage.js'
import { groupBy } from '../lib/group-by.js'
import type { Sql } from '../store/database.js'
import { appendEvents } from '../store/events.js'
import { insertNestedSnapshots, type NestedVisit, startVisits } from '../store/nested-visit.js'
import { finishSnapshot } from '../store/snapshots.js'
import { type StackRow, startTraversal } from '../store/stacks.js'
import { armVisits, countFindings, disarmVisits, type VisitOrder } from '../store/visit.js'

/** What rests on others rests first, and comes back last. A check of one thing says nothing of another. */
const ORDERS: { readonly [action in VisitingAction]: VisitOrder } = {
  CHECK: 'any',
  SUSPEND: 'backward',
  RESUME: 'forward',
  SNAPSHOT: 'forward',
}

export interface Visit {
  readonly action: VisitingAction
  readonly timeoutSeconds: number | undefined
}

/** Starts the traversal. The caller holds the stack's lock. */
export async function visitStack(sql: Sql, stack: StackRow, { action, timeoutSeconds }: Visit): Promise<void> {
  const traversal = stack.traversal + 1
  await disarmVisits(sql, [stack.id])
  await startTraversal(sql, stack, {
    action,
    stage: 'visit',
    traversal,
    templateTraversal: stack.templateTraversal,
    // What can be visited is, though something else cannot.
    onFailure: 'continue',
    timeoutSeconds,
    reason: `Stack ${action} started`,
    cause: undefined,
  })
  await armVisits(sql, [stack.id], ORDERS[action])
}

/** The same for many stacks that are parts of others, in statements over all of them. The caller holds their locks. */
export async function visitNested(sql: Sql, visits: readonly NestedVisit[]): Promise<void> {
  if (visits.length === 0) return
  const ids = visits.map(({ id }) => id)
  await disarmVisits(sql, ids)
  const started = await startVisits(sql, visits)
  await insertNestedSnapshots(sql, ids)
  for (const [action, same] of groupBy(visits, (visit) => visit.action)) {
    await armVisits(
      sql,
      same.map(({ id }) => id),
      ORDERS[action],
    )
  }
  await appendEvents(
    sql,
    started.map(({ id, ...stack }) => ({ ...stack, stackId: id, status: 'IN_PROGRESS' })),
  )
}

/** What else is to be said at the end of a check. */
export async function verdictOf(sql: Sql, { id, action, traversal }: StackRow): Promise<string> {
  if (action !== 'CHECK') return ''
  const { differing, unsupported } = await countFindings(sql, id, traversal)
  const more = differing > 1 ? `; ${differing} resources failed the check (see resources)` : ''
  return unsupported > 0 ? `${more}. 'CHECK' not fully supported (see resources)` : more
}

/** What else comes to its end with the traversal. */
export async function finishVisit(
  sql: Sql,
  { id, action, traversal }: StackRow,
  status: 'COMPLETE' | 'FAILED',
  reason: string,
): Promise<void> {
  if (action === 'SNAPSHOT') await finishSnapshot(sql, id, traversal, { status, reason })
}
