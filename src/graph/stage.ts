// Where a traversal stands: the next stage follows from a few facts. Pure.

/** Actions that bring a stack to a template. */
export type ConvergingAction = 'CREATE' | 'UPDATE' | 'DELETE' | 'ROLLBACK' | 'RESTORE' | 'ADOPT'
/** Actions that visit what is there, and leave the template as it is. */
export type VisitingAction = 'CHECK' | 'SUSPEND' | 'RESUME' | 'SNAPSHOT'
export type StackAction = ConvergingAction | VisitingAction

/** A visiting traversal has the first stage only; a converging one may begin with it, to look at reality first. */
export type Stage = 'visit' | 'update' | 'cleanup'

export interface StackFacts {
  readonly action: StackAction
  readonly stage: Stage
  readonly onFailure: 'rollback' | 'stop' | 'continue'
  readonly failed: boolean
  /** Some row armed by this traversal has not settled. */
  readonly armed: boolean
  /** Some row armed by this traversal could go on now, after its back-off, or when its hook is cleared. */
  readonly ready: boolean
  /** Some engine is at work, or some operation is pending, for whatever traversal. */
  readonly busy: boolean
  /** Some version is not what its name means any more. */
  readonly outdated: boolean
}

export type NextStage = 'wait' | 'update' | 'cleanup' | 'complete' | 'rollback' | 'fail'

export function nextStage(facts: StackFacts): NextStage {
  if (facts.failed) return afterFailure(facts)
  if (facts.armed) return 'wait'
  switch (facts.stage) {
    case 'visit':
      if (!isVisiting(facts.action)) return 'update'
      // What a superseded traversal began may still be under way at rows that are not visited.
      return facts.busy ? 'wait' : 'complete'
    case 'update':
      return facts.outdated ? 'cleanup' : 'complete'
    case 'cleanup':
      return 'complete'
  }
}

function afterFailure(facts: StackFacts): NextStage {
  if (goesBack(facts)) return 'rollback'
  if (facts.busy) return 'wait'
  if (facts.onFailure === 'continue' && facts.ready) return 'wait'
  return 'fail'
}

/**
 * Whether a failure takes the stack back. Once the update phase has succeeded, everything wanted exists; going back because
 * something old could not be deleted would only add to the harm (ADR 0006).
 */
export const goesBack = ({ action, stage, onFailure }: Pick<StackFacts, 'action' | 'stage' | 'onFailure'>): boolean =>
  onFailure === 'rollback' &&
  stage !== 'cleanup' &&
  (action === 'CREATE' || action === 'UPDATE' || action === 'RESTORE')

const VISITING: ReadonlySet<string> = new Set(['CHECK', 'SUSPEND', 'RESUME', 'SNAPSHOT'] satisfies VisitingAction[])

export const isVisiting = (action: string): action is VisitingAction => VISITING.has(action)
