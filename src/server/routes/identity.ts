// As much of Keystone's interface as clients need in order to log in and to find this server in a catalog.
import { type Identity, type Issued, NotLetIn, type Scope } from '../../api/identity/identity.js'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { listAssignments } from '../../store/users.js'
import { badRequest, forbidden, Refusal } from '../errors.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { catalog, type Doors, shownProject, shownToken, shownVersion } from '../views/identity.js'

/** Clients are told one of these as OS_AUTH_URL. */
export function identityRoutes(identity: Identity): Route[] {
  const versions = (call: Call) => ({
    body: { versions: { values: [shownVersion({ ...call, prefix: '/identity/v3' })] } },
  })
  return [
    route('GET', '/identity', 'versions', 'the versions of the identity interface', 'open', 300, async (call) =>
      versions(call),
    ),
    ...routesUnder('/identity/v3', identity),
    ...routesUnder('/v3', identity),
  ]
}

function routesUnder(prefix: string, identity: Identity): Route[] {
  const doors = (call: Call): Doors => ({ origin: call.origin, prefix })
  const at = (...rest: Parameters<typeof route>) =>
    route(rest[0], `${prefix}${rest[1]}`, `${prefix}:${rest[2]}`, rest[3], rest[4], rest[5], rest[6], rest[7])
  return [
    at('GET', '', 'version', 'this version of the identity interface', 'open', 200, async (call) => ({
      body: { version: shownVersion(doors(call)) },
    })),
    at(
      'POST',
      '/auth/tokens',
      'tokens:create',
      'log in',
      'open',
      201,
      (call) => logIn(call, identity, doors(call)),
      AUTH_BODY,
    ),
    at('GET', '/auth/tokens', 'tokens:show', 'what a token is good for', 'known', 200, async (call) => {
      const token = await subject(call, identity)
      return {
        body: { token: shownToken(doors(call), token) },
        headers: { 'x-subject-token': secretIn(call, 'x-subject-token') },
      }
    }),
    at('DELETE', '/auth/tokens', 'tokens:revoke', 'log out', 'known', 204, async (call) => {
      await identity.revoke((await subject(call, identity)).id)
      return {}
    }),
    at('GET', '/auth/catalog', 'catalog', 'where everything is', 'known', 200, async (call) => {
      const { project } = call.caller
      return {
        body: {
          catalog: project ? catalog(doors(call), project.uid) : [],
          links: { self: `${call.origin}${prefix}/auth/catalog` },
        },
      }
    }),
    at('GET', '/auth/projects', 'auth:projects', 'the projects one may work in', 'known', 200, (call) =>
      projects(call, identity, doors(call), call.caller.user.id),
    ),
    at('GET', '/projects', 'projects:index', 'the projects one may work in', 'known', 200, (call) =>
      projects(call, identity, doors(call), call.caller.user.id),
    ),
    at('GET', '/users/:user/projects', 'users:projects', 'the projects of a user', 'known', 200, (call) =>
      projects(call, identity, doors(call), param(call, 'user')),
    ),
    at('GET', '/projects/:project', 'projects:show', 'a project', 'known', 200, async (call) => {
      const found = (await own(identity, call.caller.user.id)).find(({ uid }) => uid === param(call, 'project'))
      if (!found) throw new Refusal(404, 'NotFound', `Could not find project: ${param(call, 'project')}.`)
      return { body: { project: shownProject(doors(call), found) } }
    }),
  ]
}

function route(
  method: Route['method'],
  path: string,
  operation: string,
  summary: string,
  access: Route['access'],
  status: number,
  answer: Route['answer'],
  body?: JsonObject,
): Route {
  return { method, path, operation: `identity:${operation}`, summary, access, status, answer, ...(body && { body }) }
}

const NAMED: JsonObject = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    domain: { type: 'object' },
    password: { type: 'string' },
  },
}

const AUTH_BODY: JsonObject = {
  type: 'object',
  required: ['auth'],
  properties: {
    auth: {
      type: 'object',
      required: ['identity'],
      properties: {
        identity: {
          type: 'object',
          required: ['methods'],
          properties: {
            methods: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 1 },
            password: {
              type: 'object',
              required: ['user'],
              properties: { user: { ...NAMED, required: ['password'] } },
            },
            token: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
            application_credential: {
              type: 'object',
              required: ['secret'],
              properties: { id: { type: 'string' }, name: { type: 'string' }, secret: { type: 'string' }, user: NAMED },
            },
          },
        },
        scope: {
          type: ['object', 'string'],
          properties: { project: NAMED, domain: { type: 'object' }, system: { type: 'object' } },
        },
      },
    },
  },
}

const part = (value: Json | undefined, key: string): JsonObject => {
  const found = isJsonObject(value) ? value[key] : undefined
  return isJsonObject(found) ? found : {}
}

const who = ({ id, name }: JsonObject) => ({
  ...(typeof id === 'string' && { id }),
  ...(typeof name === 'string' && { name }),
})

async function logIn(call: Call, identity: Identity, doors: Doors): Promise<Answer> {
  const auth = part(call.body, 'auth')
  const { secret, token } = await issued(call, identity, part(auth, 'identity'), scopeOf(auth.scope))
  return { body: { token: shownToken(doors, token) }, headers: { 'x-subject-token': secret, vary: 'X-Auth-Token' } }
}

async function issued(call: Call, identity: Identity, given: JsonObject, scope: Scope): Promise<Issued> {
  const [method] = Array.isArray(given.methods) ? given.methods : []
  switch (method) {
    case 'password': {
      const user = part(given.password, 'user')
      const found = await identity.user(who(user), String(user.password ?? ''), call.address)
      return identity.issue(found, scope, { methods: ['password'] })
    }
    case 'token': {
      const old = await identity.known(String(part(given, 'token').id ?? ''))
      // A token of a credential stays within what the credential may.
      if (old.credentialId !== null) throw new NotLetIn()
      return identity.issue({ id: old.userId }, scope, {
        methods: [...new Set([...old.methods, 'token'])],
        expiresAt: old.expiresAt,
      })
    }
    case 'application_credential': {
      const { id, name, secret, user } = part(given, 'application_credential')
      const which = { ...who({ id: id ?? null, name: name ?? null }), ...(isJsonObject(user) && { user: who(user) }) }
      const credential = await identity.credential(which, String(secret ?? ''), call.address)
      return identity.issue({ id: credential.userId }, {}, { methods: ['application_credential'], credential })
    }
    default:
      throw badRequest(
        `methods: there are password, token and application_credential, not ${JSON.stringify(method ?? null)}`,
      )
  }
}

function scopeOf(scope: Json | undefined): Scope {
  if (scope === undefined || scope === null) return {}
  if (scope === 'unscoped' || (isJsonObject(scope) && isJsonObject(scope.unscoped))) return { unscoped: true }
  if (!isJsonObject(scope) || !isJsonObject(scope.project)) throw new NotLetIn()
  const { id, name } = who(scope.project)
  return { ...(id !== undefined && { projectId: id }), ...(name !== undefined && { projectName: name }) }
}

function secretIn(call: Call, header: string): string {
  const value = call.headers[header]
  if (typeof value !== 'string' || value === '') throw badRequest(`The header ${header} is missing.`)
  return value
}

/** One's own token, or, for an admin, anybody's. */
async function subject(call: Call, identity: Identity) {
  const secret = secretIn(call, 'x-subject-token')
  const isOwn = secret === call.headers['x-auth-token']
  if (!isOwn && !call.caller.roles.has('admin')) throw forbidden()
  return identity.known(secret).catch(() => {
    throw new Refusal(404, 'NotFound', 'The token could not be found.')
  })
}

async function own(identity: Identity, userId: string) {
  const assignments = await listAssignments(identity.database, userId)
  return [...new Map(assignments.map((one) => [one.projectUid, { uid: one.projectUid, name: one.project }])).values()]
}

async function projects(call: Call, identity: Identity, doors: Doors, userId: string): Promise<Answer> {
  if (userId !== call.caller.user.id && !call.caller.roles.has('admin')) throw forbidden()
  const found = await own(identity, userId)
  return {
    body: {
      projects: found.map((one) => shownProject(doors, one)),
      links: { self: `${call.origin}${call.url}`, next: null, previous: null },
    },
  }
}
