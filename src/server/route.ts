// What a route is: a place, who may come, the schemas of what it takes, and a function from a call to an answer. The same
// values are registered with the framework, checked in tests, and described in OpenAPI.
import type { IncomingHttpHeaders } from 'node:http'
import type { Json, JsonObject } from '../lib/json.js'
import type { Access, Caller } from './caller.js'
import type { Query } from './query.js'
import type { Tenant } from './tenants.js'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Route {
  readonly method: Method
  /** For example `/v1/:tenant/stacks/:stack/:id`. */
  readonly path: string
  /** A name of its own, for example `stacks:create`. */
  readonly operation: string
  readonly summary: string
  readonly access: Access
  /** Parameters of the query, each with its JSON Schema. */
  readonly query?: { readonly [name: string]: JsonObject }
  /** The JSON Schema of the body. */
  readonly body?: JsonObject
  /** Of a success. */
  readonly status: number
  readonly answer: (call: Call) => Promise<Answer>
  /** The body tells, besides, what of a template is surely not meant. */
  readonly warns?: true
  /** The schema of the body, where something is to be said of it. */
  readonly told?: JsonObject
  /** A question, though it has a body. */
  readonly asks?: true
  /** What is answered when the command is found to have happened, and its answer was lost with the server. */
  readonly repeated?: (
    call: Call,
    happened: { readonly stack: string; readonly id: string; readonly traversal: number },
  ) => Answer
}

export interface Call {
  readonly caller: Caller
  /** The path's parameters, decoded. */
  readonly params: { readonly [name: string]: string }
  readonly query: Query
  readonly body: Json
  readonly headers: IncomingHttpHeaders
  /** How the client reaches the server, for links: `http://host:port`. */
  readonly origin: string
  /** The path and query as they came. */
  readonly url: string
  readonly address: string
  readonly requestId: string
  /** Aborts when the client has gone or the server stops. */
  readonly signal: AbortSignal
  /** The project in the path. Throws where the path names none. */
  tenant(): Tenant
  /** Says what the request is about, where its path does not: for the audit. */
  concern(what: Concern): void
}

export interface Concern {
  /** By name. */
  readonly project: string
  /** As it would be asked for by somebody who has a token, without what nobody may see. */
  readonly path: string
}

export interface Answer {
  readonly status?: number
  readonly body?: Json
  readonly headers?: { readonly [name: string]: string }
  /** Text that is sent as it comes, instead of a body. */
  readonly stream?: AsyncIterable<string>
}

/** A path's parameter. */
export function param(call: Pick<Call, 'params'>, name: string): string {
  const value = call.params[name]
  if (value === undefined) throw new Error(`the path has no :${name}`)
  return value
}
