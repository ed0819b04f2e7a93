// What a function of the template language says when its arguments make no sense. While a template is resolved it becomes
// a problem with its place; at run time it is why a resource failed.

export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
  constructor(
    /** What is wrong, without the place. */
    readonly reason: string,
    /** Where inside the evaluated value, for example `content.str_replace.params`; empty for the value itself. */
    readonly path: string = '',
    options?: ErrorOptions,
  ) {
    super(path === '' ? reason : `${path}: ${reason}`, options)
  }
}
