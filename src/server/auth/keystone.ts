// `--auth keystone`: tokens are validated by a Keystone, which knows the users; what it said is believed for a bounded time.
import { createHash } from 'node:crypto'
import { NotLetIn } from '../../api/identity/identity.js'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { World } from '../../lib/world.js'
import type { Database } from '../../store/database.js'
import { ensureProject } from '../../store/projects.js'
import { type Caller, isRole, type Role } from '../caller.js'
import { Refusal } from '../errors.js'
import type { Authenticator } from './authenticator.js'

export interface KeystoneOptions {
  /** With or without `/v3` at its end. */
  readonly url: string
  /** A token that is revoked is let in for at most so long. */
  readonly cacheSeconds: number
}

interface Known {
  readonly caller: Caller
  readonly untilSeconds: number
}

const KNOWN_MAX = 10_000
const PATIENCE_MS = 10_000

export function byKeystone(database: Database, world: World, { url, cacheSeconds }: KeystoneOptions): Authenticator {
  const base = `${url.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3`
  const known = new Map<string, Known>()
  return {
    kind: 'keystone',
    authUrl: () => base,
    caller: async ({ token }) => {
      if (token === undefined) throw new NotLetIn()
      const key = createHash('sha256').update(token).digest('base64url')
      const remembered = known.get(key)
      if (remembered && remembered.untilSeconds > world.elapsedSeconds()) return remembered.caller
      const described = await validated(base, token)
      const caller = await callerFrom(database, described)
      if (known.size >= KNOWN_MAX) known.clear()
      const lifeSeconds = Math.min(cacheSeconds, lifeOf(described))
      known.set(key, { caller, untilSeconds: world.elapsedSeconds() + lifeSeconds })
      return caller
    },
  }
}

/** A token may ask about itself. */
async function validated(base: string, token: string): Promise<JsonObject> {
  const response = await fetch(`${base}/auth/tokens`, {
    headers: { 'x-auth-token': token, 'x-subject-token': token, accept: 'application/json' },
    signal: AbortSignal.timeout(PATIENCE_MS),
    redirect: 'error',
  }).catch((cause: unknown) => {
    throw away('does not answer.', cause)
  })
  if (response.status === 401 || response.status === 404) throw new NotLetIn()
  if (!response.ok) throw away(`answers ${response.status}.`, `${base}/auth/tokens answered ${response.status}`)
  const text = await response.text().catch((cause: unknown) => {
    throw away('does not answer.', cause)
  })
  const described = tokenIn(text)
  if (described) return described
  throw away('answers with no token.', `${base}/auth/tokens answered with ${response.headers.get('content-type')}`)
}

/** The cause goes into the log: whoever asked can do nothing about it. */
const away = (what: string, cause: unknown) =>
  new Refusal(503, 'ServiceUnavailable', `Keystone ${what}`, { headers: { 'retry-after': '5' }, cause })

function tokenIn(text: string): JsonObject | undefined {
  try {
    const body: Json = JSON.parse(text)
    return isJsonObject(body) && isJsonObject(body.token) ? body.token : undefined
  } catch {
    return undefined
  }
}

function lifeOf({ expires_at: expires }: JsonObject): number {
  const until = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
  return Number.isNaN(until) ? 0 : Math.max(0, (until - Date.now()) / 1000)
}

/** What Keystone's roles are called here. */
const ROLES: { readonly [name: string]: Role } = { _member_: 'member', heat_stack_owner: 'member', manager: 'member' }

async function callerFrom(database: Database, { user, project, roles }: JsonObject): Promise<Caller> {
  const text = (value: Json | undefined, key: string) => {
    const found = isJsonObject(value) ? value[key] : undefined
    return typeof found === 'string' ? found : ''
  }
  const names = Array.isArray(roles) ? roles.map((role) => text(role, 'name')) : []
  const uid = text(project, 'id')
  return {
    user: { id: text(user, 'id'), name: text(user, 'name') },
    // Names are unique only within a domain, so the project is kept under its id.
    project: uid === '' ? null : await ensureProject(database, uid, uid),
    roles: new Set(names.map((name) => ROLES[name] ?? name).filter(isRole)),
  }
}
