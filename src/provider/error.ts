// What the world did wrong, in classes that tell the engine what to do about it.

/**
 * - `retry`: passing; try again with back-off. - `throttled`: as `retry`, but the far side asked for slowness.
 * - `conflict`: something else is in the way now; try again. - `notFound`: the thing is gone.
 * - `invalid`: what was asked for can never work; do not try again. - `fatal`: anything else; do not try again.
 */
export type ErrorClass = 'retry' | 'throttled' | 'conflict' | 'notFound' | 'invalid' | 'fatal'

export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  constructor(
    readonly errorClass: ErrorClass,
    message: string,
    /** Seconds to wait at least before the next attempt, a day at most; from `Retry-After` and the like. */
    readonly retryAfterSeconds?: number,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

const PASSING_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EBUSY',
  'EMFILE',
  'ENFILE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
])

/** The class of an error that no type has classified: network trouble passes, all else is fatal. */
export function classifyDefault(error: unknown): ErrorClass {
  if (error instanceof ProviderError) return error.errorClass
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && typeof cause.code === 'string' && PASSING_CODES.has(cause.code)) return 'retry'
  }
  return 'fatal'
}
