// Requests to a server: where they go, with which token, and what an answer that is none means.
import type { Json } from '../lib/json.js'
import { errorFrom, Refused, ServerUnavailable } from './errors.js'
import { Patience } from './patience.js'

export interface ConnectOptions {
  /** Where the server is: `https://orchestration.example:8004`. */
  readonly url: string
  /** Of Keystone's kind, for one project. None for a server without authentication. */
  readonly token?: string
  /** By name or id. Default: the token's; without authentication `default`. */
  readonly project?: string
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

export interface Question {
  readonly query?: { readonly [name: string]: string | number | undefined }
  readonly body?: Json
  readonly headers?: { readonly [name: string]: string }
  readonly signal?: AbortSignal | undefined
}

interface WhoAmI {
  readonly project: { readonly id: string; readonly name: string } | null
}

export class Transport {
  readonly server: string
  readonly #options: ConnectOptions
  #tree: Promise<string> | undefined

  constructor(options: ConnectOptions) {
    this.#options = options
    this.server = options.url.replace(/\/+$/, '').replace(/\/v1$/, '')
  }

  /** An answer's body; null when it has none. Throws NotFound, InvalidInput, Conflict, Refused or ServerUnavailable. */
  async ask<T>(method: string, path: string, question: Question = {}): Promise<T> {
    const response = await this.open(method, path, question)
    return parsed(await read(response, this.server), this.server)
  }

  /**
   * A command: asked again with the same key when its answer is lost on the way, so that it happens once. What was never
   * reached is not waited for.
   */
  async command<T>(method: string, path: string, question: Question = {}): Promise<T> {
    const headers = { ...question.headers, 'idempotency-key': newKey() }
    const patience = new Patience(COMMAND_PATIENCE_SECONDS)
    await this.#project()
    for (let sent = false; ; sent = true) {
      try {
        return await this.ask<T>(method, path, { ...question, headers })
      } catch (error) {
        if (!sent && error instanceof ServerUnavailable && error.unreached) throw error
        await patience.after(error, question.signal)
      }
    }
  }

  /** An answer that is still coming. */
  async open(method: string, path: string, question: Question = {}): Promise<Response> {
    return this.#send(method, `${await this.#project()}${path}`, question)
  }

  /** Asked once; a failure is not kept. */
  #project(): Promise<string> {
    this.#tree ??= this.#findProject().catch((error: unknown) => {
      this.#tree = undefined
      throw error
    })
    return this.#tree
  }

  async #findProject(): Promise<string> {
    const response = await this.#send('GET', '/v1/whoami')
    const { project: own } = parsed<WhoAmI>(await read(response, this.server), this.server)
    const { project } = this.#options
    if (own && project !== undefined && project !== own.id && project !== own.name)
      throw new Refused(
        403,
        `the token is for the project ${own.name}, not for ${project}`,
        'take a token of that project',
      )
    return `/v1/${encodeURIComponent(own?.id ?? project ?? 'default')}/isotherm`
  }

  async #send(method: string, path: string, { query = {}, body, headers, signal }: Question = {}): Promise<Response> {
    const { token, fetch: send = fetch } = this.#options
    const asked = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    )
    const search = asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`
    const response = await send(`${this.server}${path}${search}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { 'x-auth-token': token }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      throw signal?.aborted
        ? error
        : new ServerUnavailable(`${this.server} cannot be reached: ${causeOf(error)}`, {
            unreached: wasUnreached(error),
          })
    })
    if (response.ok) return response
    throw errorFrom(response.status, await read(response, this.server), this.server)
  }
}

function parsed<T>(text: string, server: string): T {
  try {
    const value: T = text === '' ? null : JSON.parse(text)
    return value
  } catch {
    throw new ServerUnavailable(`${server} does not answer as an Isotherm server does`)
  }
}

async function read(response: Response, server: string): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error
    throw new ServerUnavailable(`the connection to ${server} broke: ${causeOf(error)}`)
  }
}

/** Long enough for a server to start anew, short enough for a person who waits. */
const COMMAND_PATIENCE_SECONDS = 30

/** Not every page that has `fetch` may have `crypto.randomUUID`. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const UNREACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ERR_INVALID_URL'])

/** No byte of the request can have arrived. */
function wasUnreached(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && UNREACHED.has(String(cause.code))
}

/** `fetch failed` says nothing; what it was caused by does. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  // What OpenSSL says is a word among places in its source.
  if ('reason' in cause && typeof cause.reason === 'string' && cause.reason !== '') return cause.reason
  if (cause.message !== '') return cause.message
  return 'code' in cause ? String(cause.code) : error.message
}
