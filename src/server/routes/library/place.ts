// The tree in which the server answers as the library does: `/v1/:tenant/isotherm`. Its answers are the library's own values,
// so that a program need not know whether it has the library or a server (`isotherm/client`).
import type { StackRef } from '../../../api/find.js'
import type { JsonObject } from '../../../lib/json.js'
import type { Access } from '../../caller.js'
import { type Call, type Method, param, type Route } from '../../route.js'
import { presumed } from '../place.js'

const TREE = '/v1/:tenant/isotherm'
export const STACK = '/stacks/:stack'

/** A stack's name, or `id:` and its id, for no name has a colon. By its id `If-Match` presumes a revision. */
export function refOf(call: Call): StackRef {
  const word = param(call, 'stack')
  return word.startsWith('id:') ? { id: word.slice(3), ...presumed(call) } : word
}

interface Given {
  readonly access?: Access
  readonly query?: { readonly [name: string]: JsonObject }
  readonly body?: JsonObject
  readonly status?: number
  readonly asks?: true
  readonly warns?: true
  readonly told?: JsonObject
  readonly repeated?: NonNullable<Route['repeated']>
}

/** @param give a value that becomes the body as it is; undefined: none */
export function libraryRoute(
  method: Method,
  path: string,
  operation: string,
  summary: string,
  give: (call: Call) => Promise<object | undefined>,
  { access = method === 'GET' ? 'read' : 'write', query, body, status = 200, ...rest }: Given = {},
): Route {
  return {
    method,
    path: `${TREE}${path}`,
    operation: `library:${operation}`,
    summary,
    access,
    status,
    ...rest,
    ...(query && { query }),
    ...(body && { body }),
    answer: async (call) => {
      const value = await give(call)
      return value === undefined ? {} : { body: JSON.stringify(value) }
    },
  }
}
