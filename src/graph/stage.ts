// Where a traversal stands: the next stage follows from a few facts. Pure.

export interface StackFacts {
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE' | 'ROLLBACK'
  readonly stage: 'update' | 'cleanup'
  readonly onFailure: 'rollback' | 'stop' | 'continue'
  readonly failed: boolean
  /** Some row armed by this traversal has not settled. */
  readonly armed: boolean
  /** Some row armed by this traversal could go on now or after its back-off. */
  readonly ready: boolean
  /** Some engine is at work, or some operation is pending, for whatever traversal. */
  readonly busy: boolean
}

export type NextStage = 'wait' | 'cleanup' | 'complete' | 'rollback' | 'fail'

export function nextStage(facts: StackFacts): NextStage {
  if (facts.failed) return afterFailure(facts)
  if (facts.armed) return 'wait'
  return facts.stage === 'update' ? 'cleanup' : 'complete'
}

function afterFailure({ action, stage, onFailure, ready, busy }: StackFacts): NextStage {
  // Once the update phase has succeeded, everything wanted exists; going back because something old could not be
  // deleted would only add to the harm (ADR 0006).
  if (onFailure === 'rollback' && stage === 'update' && (action === 'CREATE' || action === 'UPDATE')) return 'rollback'
  if (busy) return 'wait'
  if (onFailure === 'continue' && ready) return 'wait'
  return 'fail'
}
