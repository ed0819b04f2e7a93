// What is wrong with an expression, at a position in its text. Becomes an EvaluationError at the door (index.ts).
export class Mistake extends Error {
  override readonly name = 'Mistake'
  constructor(
    readonly reason: string,
    /** Offset in the expression; undefined where only a caller knows it. */
    readonly at: number | undefined,
  ) {
    super(reason)
  }
}
