// How the program ends. The numbers are part of its interface: scripts rely on them.

export const EXIT = {
  done: 0,
  failed: 1,
  badInput: 2,
  changes: 3,
  paused: 4,
  detached: 130,
} as const

export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.done, 'done: the stack is as it was asked for, or the question was answered'],
  [EXIT.failed, 'failed: the stack could not be brought there, does not exist, or the database cannot be used'],
  [EXIT.badInput, 'bad usage, template, parameters or environment; nothing was changed'],
  [EXIT.changes, 'only of `preview --exit-code`: there are changes'],
  [
    EXIT.paused,
    'paused: nothing goes on before hooks are cleared or signals come; `isotherm hook-clear` or `isotherm signal` carries it on',
  ],
  [EXIT.detached, 'interrupted: what was under way is recorded and can be gone on with'],
]

/** The words on the command line do not make a command. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}
