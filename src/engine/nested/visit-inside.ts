// Visits of composites: what a resource is asked, everything inside its stack is asked, by a traversal of that stack which
// is begun in the turn's own transaction. Whoever asked waits for its end, and its answer is theirs.
import { isJsonObject } from '../../lib/json.js'
import type { Sql } from '../../store/database.js'
import type { ChildRow, Surrounding } from '../../store/nested.js'
import { type NestedVisit, readVisitReports, type VisitReport } from '../../store/nested-visit.js'
import { readStack } from '../../store/stacks.js'
import { halt } from '../converge.js'
import { TIMED_OUT } from '../timeouts.js'
import { visitNested } from '../visit.js'
import { ACTION_OF_VERB, type Outcome, type Visited, type VisitTask, type Work } from '../work.js'
import { failed, HELD_SECONDS, insideReason, NEVER_SECONDS } from './outcomes.js'

export interface VisitMatter {
  readonly work: Work & { readonly task: VisitTask }
  readonly child: ChildRow | undefined
  readonly around: Surrounding
}

/** What comes next of a visit. `gone`: there is nothing to ask. `forgone`: nobody wants to know any more. */
type Step = 'gone' | 'forgone' | 'begin' | 'halt' | 'wait' | 'report'

/** A newer traversal of the nested stack has made an end of ours, or has come before ours was begun: then it is begun anew. */
function nextOfVisit({ work, child, around }: VisitMatter): Step {
  if (!child || child.deleted) return 'gone'
  const isToEnd = around.halted || work.task.timedOut
  if (!isOurs(work.task, child)) return isToEnd ? 'forgone' : 'begin'
  if (child.status !== 'IN_PROGRESS') return 'report'
  return isToEnd && !child.cancelled ? 'halt' : 'wait'
}

export const tellsItsStack = (matter: VisitMatter): boolean => ['begin', 'halt'].includes(nextOfVisit(matter))

/** Halting a stack is a traversal of its own. */
function isOurs({ handle = null }: VisitTask, child: ChildRow): boolean {
  const begun = isJsonObject(handle) ? handle.traversal : undefined
  return begun === child.traversal || (child.cancelled && begun === child.traversal - 1)
}

/** @param held the nested stacks that could be held exclusively. */
export async function visitInside(
  sql: Sql,
  matters: readonly VisitMatter[],
  held: ReadonlySet<number>,
): Promise<Map<Work, Outcome>> {
  const ended = matters.flatMap((matter) => (nextOfVisit(matter) === 'report' ? (matter.child?.id ?? []) : []))
  const reports = new Map((await readVisitReports(sql, ended)).map((report) => [report.stackId, report]))
  const outcomes = new Map<Work, Outcome>()
  const begun: NestedVisit[] = []
  for (const matter of matters) {
    const { work, child } = matter
    const step = nextOfVisit(matter)
    const isHeld = child !== undefined && held.has(child.id)
    if (step === 'begin' && isHeld) begun.push(visitOf(work, child))
    if (step === 'halt' && isHeld) await halt(sql, await readStack(sql, child.id))
    outcomes.set(work, outcomeOf(matter, step, isHeld, reports))
  }
  await visitNested(sql, begun)
  return outcomes
}

const visitOf = ({ task, traceparent }: VisitMatter['work'], { id }: ChildRow): NestedVisit => ({
  id,
  action: ACTION_OF_VERB[task.verb],
  traceparent,
})

function outcomeOf(
  { work: { task }, child }: VisitMatter,
  step: Step,
  isHeld: boolean,
  reports: ReadonlyMap<number, VisitReport>,
): Outcome {
  switch (step) {
    case 'gone':
      return goneOutcome(task)
    case 'forgone':
      return failed(task.timedOut ? TIMED_OUT : 'cancelled')
    case 'begin':
      return isHeld ? waiting(task, { traversal: (child?.traversal ?? 0) + 1 }) : heldByOthers(task)
    case 'halt':
      return isHeld ? waiting(task, task.handle ?? {}) : heldByOthers(task)
    case 'wait':
      return waiting(task, task.handle ?? {})
    case 'report':
      return child ? reported(task, child, reports.get(child.id)) : goneOutcome(task)
  }
}

const goneOutcome = ({ verb }: VisitTask): Outcome =>
  verb === 'check'
    ? { ...sound, finding: { gone: true }, reason: 'its stack does not exist any more' }
    : failed('its stack is gone')

/** What its stack has found is found of the resource. */
function reported({ verb, timedOut }: VisitTask, child: ChildRow, report: VisitReport | undefined): Outcome {
  if (child.status === 'COMPLETE') return { ...sound, snapshot: verb === 'snapshot' ? keptOf(report) : null }
  const reason = timedOut && child.cancelled ? TIMED_OUT : inBrief(child.reason)
  if (verb !== 'check' || !report?.differing) return failed(reason)
  return { ...sound, finding: { unhealthy: true }, reason }
}

const keptOf = (report: VisitReport | undefined) =>
  report?.snapshot ? { stack: report.stackId, snapshot: report.snapshot } : null

const sound: Visited = { kind: 'visited', finding: null, reason: null, snapshot: null }

/** Whoever is around counts for itself. */
const inBrief = (reason: string): string =>
  insideReason(reason).replace(/(; \d+ resources failed the check \(see resources\))?(\. 'CHECK' not fully .*)?$/, '')

const waiting = ({ verb }: VisitTask, handle: VisitTask['handle'], pollAfterSeconds = NEVER_SECONDS): Outcome => ({
  kind: 'pending',
  handle: handle ?? {},
  of: verb,
  mend: false,
  pollAfterSeconds,
  physicalId: null,
})

const heldByOthers = (task: VisitTask): Outcome => waiting(task, task.handle ?? {}, HELD_SECONDS)
