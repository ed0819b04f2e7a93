/** Why a pattern is not a regular expression, or asks for too much. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}
