// The HTTP side of the server: every request becomes a call, every answer or refusal a response. What the routes do is
// theirs; who may do it, how much, and what is told of it, is decided here for all of them.
import { randomUUID } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { Readable } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Parts } from '../api/desk.js'
import { SIGNAL_PATH } from '../engine/signal-address.js'
import type { Json } from '../lib/json.js'
import type { Logger } from '../provider/contract.js'
import { type Authenticator, credentialsOf } from './auth/authenticator.js'
import { readBodies } from './body.js'
import { type Caller, mayDo } from './caller.js'
import { badRequest, errorAnswer, forbidden, Refusal, refusalFrom } from './errors.js'
import type { Limits } from './limits.js'
import { makeServer, type Tls } from './listener.js'
import { methodsOf } from './methods.js'
import { keyOf, once } from './once.js'
import { Query } from './query.js'
import type { Answer, Call, Concern, Method, Route } from './route.js'
import { Strangers } from './strangers.js'
import type { Streams } from './streams.js'
import type { Tenants } from './tenants.js'

export interface AppOptions {
  readonly parts: Parts
  readonly tenants: Tenants
  readonly routes: readonly Route[]
  readonly authenticator: Authenticator
  readonly limits: Limits
  readonly streams: Streams
  readonly log: Logger
  /** How clients reach the server, where it stands behind another one. Default: what they say in `Host`. */
  readonly publicUrl?: string
  readonly tls?: Tls
  /** Is told of every request that was answered. */
  readonly watchers?: readonly Watcher[]
  /** May refuse a request by an authenticated caller. */
  readonly guards?: readonly Guard[]
}

export interface Served {
  readonly route: Route | undefined
  readonly caller: Caller | undefined
  /** Where the path does not say it. */
  readonly concern: Concern | undefined
  readonly method: string
  readonly path: string
  readonly status: number
  readonly address: string
  readonly requestId: string
  readonly seconds: number
}

export type Watcher = (served: Served) => void
export type Guard = (route: Route, caller: Caller) => Promise<void>

export function makeApp(options: AppOptions): FastifyInstance {
  const { limits, routes } = options
  const methodsAt = methodsOf(routes)
  const strangers = new Strangers(limits.strangersPerAddressMax)
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    genReqId: () => `req-${randomUUID()}`,
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4096 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allowUnionTypes: true } },
    frameworkErrors: (error, request, reply) => void refuse(options, error, request, reply),
    serverFactory: (handler) => makeServer(handler, { limits, tls: options.tls, strangers, methodsAt }),
  })
  readBodies(app, limits)
  app.decorateRequest('caller')
  app.decorateRequest('concern')
  app.setErrorHandler((error, request, reply) => refuse(options, error, request, reply))
  app.setNotFoundHandler((request, reply) => unrouted(options, methodsAt(request.url), request, reply))
  tellAll(app, options)
  for (const route of routes) register(app, options, strangers, route)
  return app
}

interface Marked {
  caller?: Caller
  concern?: Concern
}

function register(app: FastifyInstance, options: AppOptions, strangers: Strangers, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    ...(route.body && { schema: { body: route.body } }),
    config: { route },
    onRequest: async (request: FastifyRequest & Marked) => {
      if (/%00/.test(request.url)) throw badRequest('The address has U+0000 in it.')
      if (route.access === 'open') return
      request.caller = await admit(options, route, request)
      strangers.admit(request.socket)
    },
    handler: async (request: FastifyRequest & Marked, reply) => {
      const given = await answer(options, route, request, reply)
      const stream =
        given.stream && options.streams.open(request.caller, given.stream, () => entitled(options, route, request))
      return send(reply, route, { ...given, ...(stream && { stream }) })
    },
  })
}

/** Before the body is read: strangers cannot make the server read much. */
async function admit(options: AppOptions, route: Route, request: FastifyRequest): Promise<Caller> {
  const caller = await entitled(options, route, request)
  for (const guard of options.guards ?? []) await guard(route, caller)
  return caller
}

/** Throws NotLetIn, Refusal 403. */
async function entitled(options: AppOptions, route: Route, request: FastifyRequest): Promise<Caller> {
  const params = paramsOf(request)
  const credentials = credentialsOf(request.headers, request.ip, params.tenant)
  const caller = await options.authenticator.caller(credentials)
  if (params.tenant !== undefined && !isOwn(options, caller, params.tenant)) throw forbidden()
  const at = { ...(params.id && { stackId: params.id }), ...(params.resource && { resource: params.resource }) }
  if (!mayDo(caller, route.access, at)) throw forbidden()
  return caller
}

/** Without authentication an address may name its project by name. */
const isOwn = ({ authenticator }: AppOptions, { project }: Caller, tenant: string): boolean =>
  project !== null && (project.uid === tenant || (authenticator.kind === 'none' && project.name === tenant))

const paramsOf = ({ params }: FastifyRequest): { readonly [name: string]: string } =>
  typeof params === 'object' && params !== null ? { ...params } : {}

const NOBODY: Caller = { user: { id: '', name: '' }, project: null, roles: new Set() }

async function answer(
  options: AppOptions,
  route: Route,
  request: FastifyRequest & Marked,
  reply: FastifyReply,
): Promise<Answer> {
  const caller = request.caller ?? NOBODY
  const body = request.body as Json | undefined
  let commandId: string | undefined
  const call: Call = {
    caller,
    params: paramsOf(request),
    query: new Query(request.url),
    body: body ?? null,
    headers: request.headers,
    origin: originOf(options, request),
    url: request.url,
    address: request.ip,
    requestId: request.id,
    // Few look at it, and to abort one costs as much as a short answer.
    get signal() {
      return goneOf(reply)
    },
    tenant: () => {
      if (!caller.project) throw forbidden()
      const { tenants } = options
      return commandId === undefined ? tenants.of(caller.project) : tenants.commanding(caller.project, commandId)
    },
    concern: (what) => {
      request.concern = what
    },
  }
  const key = keyOf(route, call)
  if (!key) return route.answer(call)
  return once(options.parts, route, call, key, (id) => {
    commandId = id
    return route.answer(call)
  })
}

function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  if (reply.raw.destroyed) gone.abort()
  else reply.raw.once('close', () => gone.abort())
  return gone.signal
}

function send(reply: FastifyReply, route: Route, { status, body, headers, stream }: Answer): FastifyReply {
  reply.code(status ?? route.status).headers({ 'x-openstack-request-id': reply.request.id, ...headers })
  if (stream) return reply.send(Readable.from(stream, { objectMode: false }))
  if (body === undefined) return reply.send()
  if (!headers?.['content-type']) reply.header('content-type', 'application/json; charset=utf-8')
  return reply.send(typeof body === 'string' ? body : JSON.stringify(body))
}

function refuse(options: AppOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalFrom(error)
  if (refusal.status === 500 || refusal.cause !== undefined) {
    options.log.error(
      { error: refusal.cause ?? error, requestId: request.id, method: request.method, path: pathOf(request) },
      'a request failed',
    )
  }
  const { status, headers, body } = errorAnswer(refusal, request.id, request.headers.accept)
  const { authUrl } = options.authenticator
  if (status === 401 && authUrl) {
    reply.header('www-authenticate', `Keystone uri="${authUrl(originOf(options, request))}"`)
  }
  return reply
    .code(status)
    .headers({ ...headers, 'x-openstack-request-id': request.id })
    .send(JSON.stringify(body))
}

/** Links begin with what the client calls the server, if that can be the name of one. */
function originOf({ publicUrl, tls }: AppOptions, { host, socket }: FastifyRequest): string {
  if (publicUrl !== undefined) return publicUrl
  const { localAddress = '', localPort } = socket
  const own = isIPv6(localAddress) ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`
  return `${tls ? 'https' : 'http'}://${HOST.test(host) ? host : own}`
}

const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i

/** As it is logged and audited: where an address carries a secret, that is left out, however it was written. */
const pathOf = ({ url, routeOptions }: FastifyRequest): string =>
  (routeOptions.url ?? url).startsWith(`${SIGNAL_PATH}/`) ? `${SIGNAL_PATH}/…` : (url.split('?', 1)[0] ?? '')

/** Each request is told of once it is answered, also when its client did not wait: what it commanded happens all the same. */
function tellAll(app: FastifyInstance, options: AppOptions): void {
  const answered = new WeakSet<FastifyRequest>()
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => {
      if (answered.has(request)) tellServed(options, request, reply)
    })
    done()
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    answered.add(request)
    if (reply.raw.destroyed) tellServed(options, request, reply)
    done()
  })
}

function tellServed(options: AppOptions, request: FastifyRequest & Marked, reply: FastifyReply): void {
  const { route } = request.routeOptions.config as { readonly route?: Route }
  const served: Served = {
    route,
    caller: request.caller,
    concern: request.concern,
    method: request.method,
    path: pathOf(request),
    status: reply.statusCode,
    address: request.ip,
    requestId: request.id,
    seconds: reply.elapsedTime / 1000,
  }
  for (const watch of options.watchers ?? []) watch(served)
}

/**
 * A method that a known address does not have, whatever it is, is refused as such; OPTIONS tells those that it has. Nothing is said of
 * whether what the address names is there.
 */
function unrouted(
  options: AppOptions,
  methods: readonly Method[],
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (methods.length === 0) {
    return refuse(options, new Refusal(404, 'HTTPNotFound', 'There is nothing at this address.'), request, reply)
  }
  const allow = methods.join(', ')
  if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send()
  const refusal = new Refusal(405, 'HTTPMethodNotAllowed', `${request.method} is not allowed here: ${allow}`)
  return refuse(options, refusal, request, reply.header('allow', allow))
}
