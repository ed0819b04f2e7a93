// What is shown of a stack that engines have put aside (ADR 0053). Nothing is written for it: its history says when its turns had
// failed how often, and how long engines then rest is known.
import { failingSecondsAt, untilTriedAgain } from '../engine/aside.js'
import type { Sql } from '../store/database.js'
import { type FailingColumns, failuresIn, readFailingWithin } from '../store/failing.js'
import type { StackRow } from '../store/stacks.js'

export interface FailingView {
  /** Whose turns fail: the stack's own, or those of a stack nested in it. Lists of stacks tell of their own ones only. */
  readonly stack: string
  /** What they fail for. */
  readonly why: string
  readonly since: string
  readonly failingSeconds: number
  /** About when an engine tries again; null while no engine is alive. A new command is tried at once. */
  readonly nextAttemptSeconds: number | null
}

export function failingView(
  stack: string,
  { failingReason, failingToldAt, failingToldSeconds, failingTried }: FailingColumns,
): FailingView | null {
  if (failingReason === null || failingToldAt === null || failingToldSeconds === null) return null
  const { failures, why } = failuresIn(failingReason)
  const before = failingSecondsAt(failures)
  const seconds = Math.max(0, failingToldSeconds)
  return {
    stack,
    why,
    since: new Date(failingToldAt.getTime() - before * 1000).toISOString(),
    failingSeconds: before + seconds,
    nextAttemptSeconds: failingTried ? untilTriedAgain(failures, seconds) : null,
  }
}

/** Of the stack itself, or else of the outermost stack in it. One look at each that is in progress, of a stack at rest none. */
export async function failingWithin(
  sql: Sql,
  { id, status }: Pick<StackRow, 'id' | 'status'>,
  { nested }: { readonly nested: boolean },
): Promise<FailingView | null> {
  if (status !== 'IN_PROGRESS') return null
  const found = await readFailingWithin(sql, id, { nested })
  return found ? failingView(found.name, found) : null
}
