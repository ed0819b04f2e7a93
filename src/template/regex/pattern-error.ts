// Why a pattern is not a regular expression, or asks for too much. Raised while it is read and while it is matched.
export class PatternError extends Error {
  override readonly name = 'PatternError'
}
