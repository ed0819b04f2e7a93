// What a user wrote wrongly: a list of problems, all reported together, each with its place, cause and hint.

export interface Problem {
  /** The file's name as the user gave it; absent when the input was not a file. */
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  /** 1-based. */
  readonly column?: number
  /** Where in the document, for example `resources.web.properties.port`. */
  readonly path: string
  readonly message: string
  /** What to do about it, for example `did you mean get_param?`. */
  readonly hint?: string
  /** A warning alone makes nothing invalid. Absent: an error. */
  readonly severity?: 'error' | 'warning'
  /** What programs tell it by, where clients know a name for it. */
  readonly kind?: 'unknown parameter' | 'missing parameter' | 'cycle' | 'no signals'
  /** It would be more than there may be. */
  readonly exceeds?: true
}

/** What tells, beside what it is asked for, what is read all the same but surely not meant. */
export interface Warned {
  /** Absent: none. */
  readonly warnings?: readonly Problem[]
}

/** Bad input: nothing was changed. `problems` is never empty. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput'
  constructor(
    readonly problems: readonly Problem[],
    summary = problems.map(formatProblem).join('\n'),
  ) {
    super(summary)
  }
}

/** `web.yaml:12:7 resources.a.type: unknown type Foo (did you mean Foos?)` */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':')
  const hint = problem.hint ? ` (${problem.hint})` : ''
  return [place, problem.path && `${problem.path}:`, `${problem.message}${hint}`].filter(Boolean).join(' ')
}
