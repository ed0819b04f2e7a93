// A server over an embedded database, and requests to it through a real socket.
import type { OpenOptions } from '../../src/index.js'
import type { Json, JsonObject } from '../../src/lib/json.js'
import { type ServeOptions, type Server, serve } from '../../src/server/serve.js'
import type { Database } from '../../src/store/database.js'
import { openDatabase } from '../../src/store/open.js'
import { Lab } from '../lab.js'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: JsonObject
  readonly text: string
}

export type Ask = (
  method: string,
  path: string,
  body?: Json,
  headers?: { readonly [name: string]: string },
) => Promise<Reply>

export interface Served {
  readonly server: Server
  readonly lab: Lab
  readonly database: Database
  /** Redirects are not followed. */
  readonly ask: Ask
  /** Until the stack is at rest. */
  readonly settled: (project: string, stack: string) => Promise<string>
  readonly close: () => Promise<void>
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

export async function startServer(options: Partial<ServeOptions & OpenOptions> = {}): Promise<Served> {
  const lab = new Lab()
  const database = await openDatabase('memory:')
  const server = await serve({
    database,
    types: [lab.type],
    host: '127.0.0.1',
    port: 0,
    auth: 'none',
    revision: 'test',
    log: silent,
    retry: { baseSeconds: 0.01 },
    ...options,
  })
  return { server, lab, database, ask: asking(server.url), settled: settling(server), close: () => server.close() }
}

function asking(url: string): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
    const parsed: Json = isJson ? JSON.parse(text) : {}
    return { status: response.status, headers: response.headers, body: Object(parsed) as JsonObject, text }
  }
}

const settling = (server: Server) => async (project: string, stack: string) => {
  const run = await server.isotherm.forProject(project).attach(stack)
  return (await run.settled()).status
}

/** A part of an answer by its path, for example `stack.outputs.0.output_value`. */
export function at(value: Json | undefined, path: string): Json | undefined {
  let part = value
  for (const step of path.split('.')) {
    part =
      typeof part === 'object' && part !== null ? (Array.isArray(part) ? part[Number(step)] : part[step]) : undefined
  }
  return part
}
