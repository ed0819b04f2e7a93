// Watched stacks: whether one is to be looked at now, and what is to become of what a look has found. Pure.
import type { StackAction } from './stage.js'

export interface WatchedStack {
  readonly action: StackAction
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  /** Something in it is at rest because somebody wanted it so. */
  readonly suspended: boolean
}

/** What is under way is not disturbed, and what rests is not what was recorded: the next look comes an interval later. */
export const isToBeChecked = ({ action, status, suspended }: WatchedStack): boolean =>
  status !== 'IN_PROGRESS' && action !== 'DELETE' && !suspended

export interface Findings {
  /** Resources that are gone, differ or are unwell. */
  readonly differing: number
  /** So many may be mended without a person. */
  readonly driftLimit: number
  /** The template in force has been reached: a person's change that failed is not tried again behind their back. */
  readonly reached: boolean
}

export type Verdict =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'mend' }
  | { readonly kind: 'report'; readonly why: 'limit' | 'unreached' }

export function judgeFindings({ differing, driftLimit, reached }: Findings): Verdict {
  if (differing === 0) return { kind: 'nothing' }
  if (differing > driftLimit) return { kind: 'report', why: 'limit' }
  return reached ? { kind: 'mend' } : { kind: 'report', why: 'unreached' }
}
