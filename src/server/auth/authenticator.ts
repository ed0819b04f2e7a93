// How the server learns who calls: one interface, three ways.
import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '../caller.js'

export interface Credentials {
  readonly token?: string
  /** From `Authorization: Basic` or `X-Auth-User` and `X-Auth-Key`. */
  readonly login?: { readonly user: string; readonly password: string }
  /** From where. */
  readonly address: string
  /** The project that the path names. */
  readonly tenant?: string
}

export interface Authenticator {
  readonly kind: 'none' | 'password' | 'keystone'
  /** Where clients get tokens, for the header of a 401. */
  readonly authUrl?: (origin: string) => string
  /** Throws NotLetIn when the credentials are not good. */
  caller(credentials: Credentials): Promise<Caller>
}

export function credentialsOf(headers: IncomingHttpHeaders, address: string, tenant: string | undefined): Credentials {
  const token = single(headers['x-auth-token'])
  const login = basic(headers.authorization) ?? named(headers)
  return { address, ...(token && { token }), ...(login && { login }), ...(tenant !== undefined && { tenant }) }
}

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : header?.[0]

function basic(header: string | undefined): Credentials['login'] {
  const encoded = /^Basic ([\w+/=-]+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function named(headers: IncomingHttpHeaders): Credentials['login'] {
  const [user, password] = [single(headers['x-auth-user']), single(headers['x-auth-key'])]
  return user && password ? { user, password } : undefined
}
