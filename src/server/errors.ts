// What a client is told when a request cannot be served: in the form of Heat's errors, or as a problem of RFC 9457 where
// the client asks for one. Never a stack trace, never a version.
import { Conflict, NotFound, Outdated } from '../api/find.js'
import { NotLetIn } from '../api/identity/identity.js'
import { unreachable } from '../lib/assert.js'
import type { Json, JsonObject } from '../lib/json.js'
import { formatProblem, InvalidInput, type Problem } from '../lib/problem.js'
import { PlanOutdated } from '../lib/trouble.js'
import { ProviderError } from '../provider/error.js'
import { CommitUnknown, DatabaseUnavailable } from '../store/database.js'

/** A refusal that a route gives on purpose. `type` is the name that clients of Heat know it by. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly extra: {
      readonly headers?: { readonly [name: string]: string }
      readonly problems?: readonly Problem[]
      /** For whoever runs the server: it is logged, and not told. */
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause: extra.cause })
  }
}

export const badRequest = (message: string, type = 'HTTPBadRequest') => new Refusal(400, type, message)
export const forbidden = (message = 'You are not authorized to complete this action.') =>
  new Refusal(403, 'Forbidden', message)
export const noSuch = (entity: string, name: string) =>
  new Refusal(404, 'EntityNotFound', `The ${entity} (${name}) could not be found.`)

const TITLES: { readonly [status: number]: readonly [title: string, explanation: string] } = {
  400: [
    'Bad Request',
    'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  ],
  401: ['Unauthorized', 'The request needs a user, and none was given or it is not known.'],
  403: ['Forbidden', 'Access was denied to this resource.'],
  404: ['Not Found', 'The resource could not be found.'],
  405: ['Method Not Allowed', 'The method is not allowed for this resource.'],
  408: ['Request Timeout', 'The request took too long to arrive.'],
  409: ['Conflict', 'There was a conflict when trying to complete your request.'],
  412: ['Precondition Failed', 'The resource is not as the request presumes.'],
  413: ['Request Entity Too Large', 'The request is larger than the server accepts.'],
  415: ['Unsupported Media Type', 'The request has a form that the server does not read.'],
  417: ['Expectation Failed', 'The server cannot do what the request expects of it.'],
  422: ['Unprocessable Entity', 'The request was understood and cannot be carried out.'],
  429: ['Too Many Requests', 'There were too many requests in a short time.'],
  431: ['Request Header Fields Too Large', 'The headers of the request are larger than the server accepts.'],
  500: ['Internal Server Error', 'The server has either erred or is incapable of performing the requested operation.'],
  501: ['Not Implemented', 'The server does not support what was asked for.'],
  503: ['Service Unavailable', 'The server cannot serve the request now; please try again later.'],
}

/** Whatever was thrown, as a refusal; what nobody foresaw says nothing of the inside. */
export function refusalFrom(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof InvalidInput) return invalid(error)
  if (error instanceof NotFound) return new Refusal(404, 'EntityNotFound', error.message)
  if (error instanceof PlanOutdated) return new Refusal(409, 'PlanOutdated', error.message)
  if (error instanceof Conflict) return new Refusal(409, 'StackExists', error.message)
  if (error instanceof Outdated) return new Refusal(412, 'PreconditionFailed', error.message)
  if (error instanceof NotLetIn) return notLetIn(error)
  // A signal that a resource cannot read.
  if (error instanceof ProviderError && error.errorClass === 'invalid') return badRequest(error.message)
  if (isUnstorable(error)) return badRequest('A text has a character in it that cannot be stored.')
  if (error instanceof DatabaseUnavailable || error instanceof CommitUnknown) {
    return new Refusal(503, 'ServiceUnavailable', 'The database cannot be used now.', {
      headers: { 'retry-after': '5' },
    })
  }
  return fromFramework(error) ?? new Refusal(500, 'InternalError', 'An internal error occurred; it was logged.')
}

/** What PostgreSQL says of U+0000 and of halves of characters, from wherever in a request they came (a quoted YAML text, say). */
const UNSTORABLE = new Set(['22021', '22P05'])
const isUnstorable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && UNSTORABLE.has(error.code)

function notLetIn({ message, retryAfterSeconds }: NotLetIn): Refusal {
  if (retryAfterSeconds === undefined) return new Refusal(401, 'Unauthorized', message)
  return new Refusal(429, 'TooManyRequests', message, { headers: { 'retry-after': String(retryAfterSeconds) } })
}

function invalid({ problems }: InvalidInput): Refusal {
  const message = problems.map(formatProblem).join('\n')
  const type = problems.some(({ exceeds }) => exceeds) ? 'RequestLimitExceeded' : typeOf(problems[0]?.kind)
  return new Refusal(400, type, message, { problems })
}

/** The names that clients of Heat know. */
function typeOf(kind: Problem['kind']): string {
  switch (kind) {
    case undefined:
      return 'StackValidationFailed'
    case 'unknown parameter':
      return 'UnknownUserParameter'
    case 'missing parameter':
      return 'UserParameterMissing'
    case 'cycle':
      return 'CircularDependencyException'
    case 'no signals':
      return 'ResourceActionNotSupported'
    default:
      return unreachable(kind)
  }
}

/** The framework's own refusals: a body too long, a text that is no JSON, a value of the wrong kind. */
function fromFramework(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  const { statusCode } = error
  if (statusCode < 400 || statusCode > 499) return undefined
  return new Refusal(statusCode, 'HTTPBadRequest', error.message)
}

export interface ErrorAnswer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: JsonObject
}

export function errorAnswer(refusal: Refusal, requestId: string, accept = ''): ErrorAnswer {
  const { status, type, message, extra } = refusal
  const [title, explanation] = TITLES[status] ?? ['Error', 'The request could not be served.']
  const problems = extra.problems ? { problems: extra.problems.map((problem): Json => ({ ...problem })) } : {}
  if (accept.includes(PROBLEM)) {
    return {
      status,
      headers: { ...extra.headers, 'content-type': `${PROBLEM}; charset=utf-8` },
      body: { type: 'about:blank', title, status, detail: message, instance: `urn:request:${requestId}`, ...problems },
    }
  }
  return {
    status,
    headers: { ...extra.headers, 'content-type': 'application/json; charset=utf-8' },
    body: { code: status, title, explanation, error: { type, message, traceback: null, ...problems } },
  }
}

const PROBLEM = 'application/problem+json'
