// Whose fault an error is: that of the database as a whole, in which nothing can be done at this moment, or of what was asked of
// it. The first passes with time, for all; the second stays with the stack that it is about.
import { CommitUnknown, DatabaseLost, DatabaseUnavailable } from './database.js'
import { KeyMissing } from './keyring.js'
import { isLost } from './lost.js'

/**
 * By SQLSTATE, by the class of it, or by the system's error code. With 40 the database asks that the same be done again; 42, 3D, 3F
 * and 28 mean that its schema is not the one, or its user not one who may, that this program needs.
 */
const GENERAL = new Set([
  ...['08', '28', '3D', '3F', '40', '42', '57', '58'],
  ...['25006', '53000', '53100', '53300', '53400'],
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'EMFILE', 'ENFILE'],
])

/** Somebody, or a limit, has ended this one statement: that may be due to what it was about. */
const CANCELLED = '57014'

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined

const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code)

/** Nothing is to be had from the database, whatever is asked of it. */
export function isGeneral(error: unknown): boolean {
  if (error instanceof CommitUnknown || error instanceof DatabaseLost) return true
  if (!(error instanceof Error) || error instanceof KeyMissing) return false
  if (error instanceof DatabaseUnavailable) return error.cause === undefined || isGeneral(error.cause)
  const code = codeOf(error)
  if (code === CANCELLED) return false
  return (code !== undefined && (GENERAL.has(code) || GENERAL.has(code.slice(0, 2)))) || isLost(error)
}

/** What of an error may be told where many can read it: not what it quotes, which may be secret. The log has all of it. */
export function toldOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error'
  if (error instanceof DatabaseUnavailable) return error.message
  const code = codeOf(error)
  if (code !== undefined && isSqlState(code))
    return code.startsWith('22') ? `the database refuses a value (${code})` : error.message
  return error.name === 'AssertionFailure' ? error.message : `${error.name} in the engine`
}
