// One HTTP request and its answer, bounded in time and size, its failures told in classes. No header value, user name or
// query string appears in a message.
import type { Json } from '../../lib/json.js'
import { type ErrorClass, ProviderError } from '../error.js'

export interface Request {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** A text is sent as it is, anything else as JSON; undefined sends nothing. */
  readonly body?: Json | undefined
  readonly timeoutSeconds: number
  readonly followRedirects?: boolean
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The text read as JSON; null when it is none. */
  readonly json: Json
}

/** The time for one request was up. */
export class NoAnswer extends ProviderError {}

const ANSWER_BYTES_MAX = 1024 * 1024

/** Sends the request and reads the whole answer, whatever its status. Throws when there is none. */
export async function exchange(request: Request, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted()
  const url = addressOf(request)
  const timeout = AbortSignal.timeout(request.timeoutSeconds * 1000)
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: headersOf(request),
      body: bodyOf(request),
      redirect: request.followRedirects ? 'follow' : 'manual',
      signal: AbortSignal.any([signal, timeout]),
    })
    const text = await readText(response, request)
    return { status: response.status, headers: response.headers, text, json: parsed(text) }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof ProviderError) throw error
    if (timeout.aborted) {
      throw new NoAnswer('retry', `${nameOf(request)} gave no answer within ${request.timeoutSeconds} s`)
    }
    throw networkFailure(request, error)
  }
}

/** The request as messages name it: no query, no user, no fragment. */
export function nameOf({ method, url }: Pick<Request, 'method' | 'url'>): string {
  if (!URL.canParse(url)) return `${method} (not an address)`
  const { origin, pathname } = new URL(url)
  return `${method} ${origin}${pathname}`
}

function addressOf({ method, url }: Request): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw new ProviderError('invalid', `${method}: the address must begin with http:// or https://`)
  }
  if (address.username || address.password) {
    throw new ProviderError('invalid', `${method}: give user and password as a header, not in the address`)
  }
  return address
}

function headersOf({ headers, body }: Request): Headers {
  const sent = new Headers()
  if (body !== undefined && typeof body !== 'string') sent.set('content-type', 'application/json')
  for (const [name, value] of Object.entries(headers)) {
    try {
      sent.set(name, value)
    } catch {
      // The runtime's own message would show the value.
      throw new ProviderError('invalid', `header ${JSON.stringify(name)}: its name or value cannot be sent`)
    }
  }
  return sent
}

const bodyOf = ({ body }: Request): string | null =>
  body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)

async function readText(response: Response, request: Request): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  if (!response.body) return text
  // Leaving the loop early, by the throw, cancels the rest of the answer.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > ANSWER_BYTES_MAX) {
      throw new ProviderError('invalid', `${nameOf(request)} answered with more than ${ANSWER_BYTES_MAX} bytes`)
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function networkFailure(request: Request, error: unknown): ProviderError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const detail = code || (cause instanceof Error ? cause.message : String(cause))
  return new ProviderError('retry', `${nameOf(request)} could not be reached: ${detail}`)
}

/** What a status that was not wanted means. */
export function classOfStatus(status: number): ErrorClass {
  if (status === 429) return 'throttled'
  if (status === 408 || status === 425 || status >= 500) return 'retry'
  if (status === 404 || status === 410) return 'notFound'
  return status === 409 || status === 423 ? 'conflict' : 'invalid'
}

/**
 * Seconds that the answer asks to wait (`Retry-After`), or undefined. A date is taken relative to the answer's own
 * `Date`, so that neither clock has to be right.
 */
export function retryAfterSeconds({ headers }: Pick<Answer, 'headers'>): number | undefined {
  const text = headers.get('retry-after')?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const milliseconds = Date.parse(text) - Date.parse(headers.get('date') ?? '')
  return Number.isFinite(milliseconds) ? Math.max(0, Math.ceil(milliseconds / 1000)) : undefined
}
