// What a server says no with, as the errors that the library throws itself.
import { InvalidInput, type Problem } from '../lib/problem.js'
import { Conflict, NotFound, Outdated, PlanOutdated, Unavailable } from '../lib/trouble.js'

/** The server lets nobody in like that, or the caller may not do it. */
export class Refused extends Error {
  override readonly name = 'Refused'
  constructor(
    /** Of HTTP: 401, 403, 429. */
    readonly status: number,
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}

/** The server cannot be reached, or cannot serve now. */
export class ServerUnavailable extends Unavailable {
  override readonly name = 'ServerUnavailable'
  /** Nothing of the request can have arrived. */
  readonly unreached: boolean
  constructor(
    message: string,
    { unreached = false, ...options }: ErrorOptions & { readonly unreached?: boolean } = {},
  ) {
    super(message, options)
    this.unreached = unreached
  }
}

const HINTS: { readonly [status: number]: string } = {
  401: 'a token is needed that is still good: isotherm token create makes one where the server runs, or its Keystone does',
  403: 'it takes a role that this user does not have in the project',
  429: 'wait a while, then try again',
}

/** @param text the body of a refusal, in the form of Heat's errors */
export function errorFrom(status: number, text: string, server: string): Error {
  const { message, problems, type } = refusalIn(text)
  const said = message ?? `${server} answers ${status}`
  if (status === 404 && message !== undefined) return new NotFound(said)
  if (status === 412) return new Outdated(said)
  if (type === 'RequestInProgress') return new ServerUnavailable(said)
  if (status === 409) return type === 'PlanOutdated' ? new PlanOutdated(said) : new Conflict(said)
  if (problems && problems.length > 0) return new InvalidInput(problems)
  if (status === 401 || status === 403 || status === 429) return new Refused(status, said, HINTS[status])
  if (status === 502 || status === 503 || status === 504) return new ServerUnavailable(`${server}: ${said}`)
  if (status >= 400 && status < 500 && message !== undefined) return new InvalidInput([{ path: '', message: said }])
  if (status >= 500 && message !== undefined) return new Error(`${server}: ${said}`)
  return new ServerUnavailable(`${server} does not answer as an Isotherm server does (${status})`)
}

interface Refusal {
  readonly type?: string
  readonly message?: string
  readonly problems?: readonly Problem[]
}

function refusalIn(text: string): Refusal {
  try {
    const body: { readonly error?: Refusal } | null = JSON.parse(text)
    return body?.error ?? {}
  } catch {
    return {}
  }
}
