// Which errors mean that a connection is of no use any more. The driver gives some of them a code and some only words.
const SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'])
const WORDS = /connection terminated|connection error|not queryable|timeout expired|client was closed|read timeout/i
const CONNECTION_BROKEN = '08006'

/** A server that can only be read, where one that can be written to is needed. */
export class ReadOnlyServer extends Error {
  readonly code = '25006'
  constructor(description: string) {
    super(`no server of ${description} can be written to`)
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/**
 * The connection is gone, and with it the answer to what was asked last. An error the server calls FATAL or PANIC is its
 * last word on a connection; one that it calls ERROR leaves the connection whole.
 */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const severity = 'severity' in error ? error.severity : undefined
  if (severity === 'FATAL' || severity === 'PANIC') return true
  const code = codeOf(error)
  if (code !== undefined) return SYSTEM.has(code) || (code.length === 5 && code.startsWith('08'))
  // A wrapper says less than what it wraps.
  return WORDS.test(error.message) || isLost(error.cause)
}

export const isReadOnly = (error: unknown): boolean => codeOf(error) === '25006'

/** The same error; one that tells of a lost connection only in words gets the code for it. */
export function lostOr(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'Error' || codeOf(error) !== undefined || !isLost(error)) return error
  return Object.assign(error, { code: CONNECTION_BROKEN })
}
