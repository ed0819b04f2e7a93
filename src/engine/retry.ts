// The engine's retry policy. Pure, but for chance, which is handed in.
import { unreachable } from '../lib/assert.js'
import type { ErrorClass } from '../provider/error.js'

export interface RetryPolicy {
  readonly attemptsMax: number
  /** Seconds before the second attempt; doubled for each further one. */
  readonly baseSeconds: number
  readonly maxSeconds: number
}

export const defaultRetryPolicy: RetryPolicy = { attemptsMax: 5, baseSeconds: 1, maxSeconds: 60 }

/** Seconds to wait before the next attempt, or undefined when there is to be none. */
export function retryAfter(
  failure: { errorClass: ErrorClass; retryAfterSeconds: number },
  attempt: number,
  policy: RetryPolicy,
  random: number,
): number | undefined {
  if (attempt >= policy.attemptsMax) return undefined
  switch (failure.errorClass) {
    case 'retry':
    case 'conflict':
    case 'throttled': {
      const backOff = Math.min(policy.maxSeconds, policy.baseSeconds * 2 ** (attempt - 1))
      // Full jitter keeps a crowd that failed together from coming back together.
      return Math.max(failure.retryAfterSeconds, backOff * (0.5 + random / 2))
    }
    case 'notFound':
    case 'invalid':
    case 'fatal':
      return undefined
    default:
      return unreachable(failure.errorClass)
  }
}
