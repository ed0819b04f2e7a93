// Troubles that are known by name wherever they are met: in the library, behind a server, on the command line.

/** What was asked for does not exist; the message says what does. */
export class NotFound extends Error {
  override readonly name = 'NotFound'
}

/** What a command presumes is not so, for example that a stack of that name does not exist yet; nothing was changed. */
export class Conflict extends Error {
  override readonly name: string = 'Conflict'
}

/** A saved plan would not do any more what it foretold; nothing was changed. The message says what has moved. */
export class PlanOutdated extends Conflict {
  override readonly name = 'PlanOutdated'
}

/** The stack has gone on since it was looked at; nothing was changed. */
export class Outdated extends Error {
  override readonly name = 'Outdated'
}

/** What is asked cannot be reached now: the database, or the server. Asking again later may do. */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable'
}
