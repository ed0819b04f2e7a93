// A server from its start to its end: the library is opened, requests are served, and a stop lets what is under way finish.
import type { AddressInfo } from 'node:net'
import type { Parts } from '../api/desk.js'
import { DEFAULT_IDENTITY, Identity } from '../api/identity/identity.js'
import { Isotherm } from '../api/isotherm.js'
import { openParts } from '../api/open.js'
import type { OpenOptions } from '../api/options.js'
import type { Logger } from '../provider/contract.js'
import { confineTenants } from '../store/tenancy.js'
import { makeApp, type Watcher } from './app.js'
import { Audit } from './audit.js'
import type { Authenticator } from './auth/authenticator.js'
import { byKeystone, type KeystoneOptions } from './auth/keystone.js'
import { trustingAll } from './auth/none.js'
import { byOwnUsers } from './auth/password.js'
import type { Caller } from './caller.js'
import { fetchText } from './fetch.js'
import { DEFAULT_LIMITS, type Limits } from './limits.js'
import type { Tls } from './listener.js'
import { ALL_ALLOWED, NOTHING_ALLOWED, type Permissions, reachOf, refusedToAll } from './permissions.js'
import { type Quotas, retentionOf, treeLimitsOf } from './quotas.js'
import { type Rate, rateGuard } from './rate.js'
import { allRoutes } from './routes/index.js'
import { Streams } from './streams.js'
import { Tenants } from './tenants.js'
import { Watchers } from './watchers.js'

export type AuthKind = 'none' | 'password' | 'keystone'

export interface ServeOptions extends OpenOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly auth: AuthKind
  /** With `keystone`. */
  readonly keystone?: KeystoneOptions
  readonly revision: string
  readonly log: Logger
  readonly publicUrl?: string
  readonly tls?: Tls
  readonly limits?: Partial<Limits>
  /** Default: nothing with users, everything without: then whoever comes is on this machine anyway. */
  readonly permissions?: Permissions
  readonly quotas?: Partial<Quotas>
  readonly rate?: Rate
  /** With `password`: how long a token that was found is believed. Default 2; 0 asks the database each time. */
  readonly believedSeconds?: number
  /** Stacks with one of these tags are listed only when hidden ones are asked for. */
  readonly hiddenTags?: readonly string[]
  /** Admins of this project, by name or id, may list the stacks of all projects. Without authentication anybody may. */
  readonly adminProject?: string
  readonly watchers?: readonly Watcher[]
  /** Is told of connections that are dropped, because there are too many. */
  readonly dropped?: () => void
}

export interface Server {
  /** Where it listens: `http://127.0.0.1:8004`. */
  readonly url: string
  readonly isotherm: Isotherm
  /** To how many clients events are sent as they happen. */
  readonly watching: () => number
  /** New connections use this certificate. */
  readonly renew: (tls: Tls) => void
  /** New requests are refused, those under way finish, engines hand back what does not end in time. */
  close(): Promise<void>
}

/** Throws DatabaseUnavailable, or what the socket says. */
export async function serve(options: ServeOptions): Promise<Server> {
  const permissions = permissionsOf(options)
  const own = promised<string>()
  const publicUrl = options.publicUrl ?? own.promise
  const mayReach = reachOf(permissions)
  const treeLimits = treeLimitsOf(options.quotas)
  const refuseTypes = refusedToAll(permissions)
  const retention = retentionOf(options.quotas, options.retention)
  const parts = await openParts({ ...options, publicUrl, refuseTypes, mayReach, treeLimits, retention })
  const isotherm = new Isotherm(parts)
  try {
    const server = await listen(options, parts, isotherm)
    own.resolve(server.url)
    return server
  } catch (error) {
    own.reject(error)
    await isotherm.close()
    throw error
  }
}

/** The engines are at work before it is known which port is free; what needs the address waits for it. */
function promised<T>() {
  let settle: [resolve: (value: T) => void, reject: (reason: unknown) => void] = [() => undefined, () => undefined]
  const promise = new Promise<T>((...both) => {
    settle = both
  })
  // Nobody may ever ask.
  promise.catch(() => undefined)
  const [resolve, reject] = settle
  return { promise, resolve, reject }
}

async function listen(options: ServeOptions, parts: Parts, isotherm: Isotherm): Promise<Server> {
  const stopping = new AbortController()
  const { authenticator, identity } = doorOf(options, parts)
  const guarded = options.auth !== 'none'
  if (guarded) await confineTenants(parts.database)
  const binding = { guarded, permissions: permissionsOf(options) }
  const tenants = new Tenants(parts, binding)
  const watchers = new Watchers()
  const routes = allRoutes({
    watchers,
    signals: { database: parts.database, tenantOf: (project) => tenants.of(project) },
    ...(identity && { identity }),
    ...(options.quotas && { quotas: options.quotas }),
    listing: listingOf(options, parts),
    revision: options.revision,
    health: { trouble: () => troubleOf(parts, stopping.signal) },
    fetch: (url, { project }) =>
      fetchText(url, (address) => reachOf(binding.permissions)(address, project?.name ?? '')),
  })
  const audit = new Audit(parts.database, options.log, AUDIT_DAYS)
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const app = makeApp({
    parts,
    tenants,
    routes,
    authenticator,
    limits,
    streams: new Streams(parts.world, limits.streamsPerProjectMax),
    log: options.log,
    ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
    ...(options.tls && { tls: options.tls }),
    watchers: [audit.watch, ...(options.watchers ?? [])],
    guards: options.rate ? [rateGuard(parts.world, options.rate)] : [],
  })
  if (options.dropped) app.server.on('drop', options.dropped)
  await app.listen({ host: options.host, port: options.port })
  const { address, port, family } = app.server.address() as AddressInfo
  const host = family === 'IPv6' ? `[${address}]` : address
  return {
    url: `${options.tls ? 'https' : 'http'}://${host}:${port}`,
    isotherm,
    watching: () => watchers.count,
    renew: (tls) => {
      if ('setSecureContext' in app.server && typeof app.server.setSecureContext === 'function')
        app.server.setSecureContext(tls)
    },
    close: async () => {
      stopping.abort()
      await app.close()
      await audit.close()
      await isotherm.close()
    },
  }
}

const listingOf = ({ auth, hiddenTags = DEFAULT_HIDDEN_TAGS, adminProject }: ServeOptions, { database }: Parts) => ({
  hiddenTags,
  database,
  seesAll: ({ project, roles }: Caller) =>
    auth === 'none' ||
    (adminProject !== undefined &&
      roles.has('admin') &&
      (project?.uid === adminProject || project?.name === adminProject)),
})

/** Heat's `hidden_stack_tags`. */
const DEFAULT_HIDDEN_TAGS = ['data-processing-cluster']

const permissionsOf = ({ auth, permissions }: ServeOptions): Permissions =>
  permissions ?? (auth === 'none' ? ALL_ALLOWED : NOTHING_ALLOWED)

/** So long it is known who did what. */
const AUDIT_DAYS = 90

/** Of what requests need most is asked once in this time, and what another process takes away is noticed as late. */
const BELIEVED_SECONDS = 2

function doorOf(
  { auth, keystone, believedSeconds = BELIEVED_SECONDS }: ServeOptions,
  { database, world }: Parts,
): { authenticator: Authenticator; identity?: Identity } {
  if (auth === 'none') return { authenticator: trustingAll(database) }
  if (auth === 'keystone') {
    if (!keystone) throw new Error('--auth keystone needs the address of the Keystone')
    return { authenticator: byKeystone(database, world, keystone) }
  }
  const identity = new Identity(database, { ...DEFAULT_IDENTITY, believedSeconds })
  return { authenticator: byOwnUsers(identity), identity }
}

async function troubleOf({ database, engines }: Parts, stopping: AbortSignal): Promise<string | null> {
  if (stopping.aborted) return 'draining'
  const silent = engines.find(({ health }) => !health.alive)
  if (silent) return `no heartbeat for ${silent.health.heartbeatAgeSeconds.toFixed(1)} s`
  try {
    await database.query('select 1')
    return null
  } catch {
    return 'the database does not answer'
  }
}
