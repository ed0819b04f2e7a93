// One HTTP request and its answer, bounded in time and size, its failures told in classes. No header value, user name or
// query string appears in a message.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { checkWritten, lookupAmong, type MayReach, Unreachable } from '../../lib/addresses.js'
import type { Json } from '../../lib/json.js'
import type { CallContext } from '../contract.js'
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

/** Who asks: until when, and what of the network it may reach; absent is all. */
export type Asker = Pick<CallContext, 'signal' | 'mayReach'>

/** Sends the request and reads the whole answer, whatever its status. Throws when there is none. */
export async function exchange(request: Request, { signal, mayReach }: Asker): Promise<Answer> {
  signal.throwIfAborted()
  const timeout = AbortSignal.timeout(request.timeoutSeconds * 1000)
  const over = AbortSignal.any([signal, timeout])
  try {
    const response = await follow(request, over, mayReach)
    const text = await readText(response, request)
    return { status: response.statusCode ?? 0, headers: headersIn(response), text, json: parsed(text) }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof ProviderError) throw error
    if (error instanceof Unreachable) {
      const hint = 'it leads to an address of this machine or its networks, which only operators may allow'
      throw new ProviderError('invalid', `${nameOf(request)} is not asked from here: ${hint}`)
    }
    if (timeout.aborted) {
      throw new NoAnswer('retry', `${nameOf(request)} gave no answer within ${request.timeoutSeconds} s`)
    }
    throw networkFailure(request, error)
  }
}

const REDIRECTS_MAX = 20

/** Each step is judged like the first. As browsers do: what is not safe to repeat becomes GET, and secrets stay with their host. */
async function follow(request: Request, signal: AbortSignal, mayReach?: MayReach): Promise<IncomingMessage> {
  let [url, hop] = [addressOf(request), { ...request, headers: headersOf(request) }]
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const response = await send(url, hop, signal, mayReach)
    const { statusCode = 0, headers } = response
    if (!request.followRedirects || !REDIRECTS.has(statusCode) || headers.location === undefined) return response
    response.destroy()
    const next = addressOf({ ...hop, url: new URL(headers.location, url).href })
    if (next.origin !== url.origin) for (const name of OF_ONE_HOST) hop.headers.delete(name)
    const changes = statusCode === 303 ? hop.method !== 'HEAD' : statusCode < 303 && hop.method === 'POST'
    if (changes) hop = { ...hop, method: 'GET', body: undefined }
    url = next
  }
  throw new ProviderError('retry', `${nameOf(request)} redirects more than ${REDIRECTS_MAX} times`)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const OF_ONE_HOST = ['authorization', 'cookie', 'proxy-authorization', 'host']

type Hop = Omit<Request, 'headers'> & { readonly headers: Headers }

async function send(url: URL, hop: Hop, signal: AbortSignal, mayReach?: MayReach): Promise<IncomingMessage> {
  if (mayReach) checkWritten(url, mayReach)
  const body = bodyOf(hop)
  if (body === null) hop.headers.delete('content-type')
  const sent = {
    ...Object.fromEntries(hop.headers),
    ...(body !== null && { 'content-length': Buffer.byteLength(body) }),
  }
  const guarded = mayReach && { lookup: lookupAmong(mayReach), agent: false as const }
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const asked = open(url, { method: hop.method, headers: sent, signal, ...guarded }, resolve)
    asked.once('error', reject)
    asked.end(body ?? undefined)
  })
}

function headersIn({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}

/** The request as messages name it: no query, no user, no fragment. */
export function nameOf({ method, url }: Pick<Request, 'method' | 'url'>): string {
  if (!URL.canParse(url)) return `${method} (not an address)`
  const { origin, pathname } = new URL(url)
  return `${method} ${origin}${pathname}`
}

function addressOf({ method, url }: Pick<Request, 'method' | 'url'>): URL {
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
  const sent = new Headers({ accept: '*/*', 'user-agent': 'isotherm' })
  if (body !== undefined)
    sent.set('content-type', typeof body === 'string' ? 'text/plain;charset=UTF-8' : 'application/json')
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

const bodyOf = ({ body }: Pick<Request, 'body'>): string | null =>
  body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)

async function readText(response: IncomingMessage, request: Request): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  // Leaving the loop early, by the throw, cancels the rest of the answer.
  for await (const chunk of response) {
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
