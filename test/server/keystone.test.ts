// `--auth keystone`: a Keystone says who comes. The one here is a small HTTP server that answers as Keystone does.
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { realWorld, type World } from '../../src/lib/world.js'
import { labTemplate } from '../lab.js'
import { at, type Served, startServer } from './harness.js'

interface Known {
  readonly user: string
  readonly project?: string
  readonly roles: readonly string[]
  readonly lifeSeconds?: number
}

const CACHE_SECONDS = 60
const tokens = new Map<string, Known>()
const asked: string[] = []
let answers: 'well' | 'badly' | 'nonsense' | 'page' = 'well'
const logged: string[] = []
let elapsed = 0
const world: World = { ...realWorld, elapsedSeconds: () => elapsed + realWorld.elapsedSeconds() }
let keystone: HttpServer
let served: Served

/** `GET /v3/auth/tokens`: a token may ask about itself; anything else is 404, an unknown one 401. */
function tell(token: string, subject: string): { status: number; body: object | string } {
  const known = tokens.get(token)
  if (answers === 'badly') return { status: 500, body: {} }
  if (answers === 'nonsense') return { status: 200, body: '{"token": 1}' }
  if (answers === 'page') return { status: 200, body: '<html>' }
  if (!known) return { status: 401, body: { error: { code: 401 } } }
  if (subject !== token) return { status: 404, body: { error: { code: 404 } } }
  const expires = new Date(Date.now() + (known.lifeSeconds ?? 3600) * 1000)
  const catalog = [{ type: 'orchestration', name: 'heat', endpoints: [] }]
  return {
    status: 200,
    body: {
      token: {
        user: { id: `id-of-${known.user}`, name: known.user, domain: { id: 'default' } },
        ...(known.project && { project: { id: known.project, name: 'the same name everywhere' }, catalog }),
        roles: known.roles.map((name) => ({ id: name, name })),
        expires_at: expires.toISOString(),
      },
    },
  }
}

beforeAll(async () => {
  keystone = createServer(({ method, url, headers }, response) => {
    asked.push(`${method} ${url}`)
    const { status, body } = tell(String(headers['x-auth-token']), String(headers['x-subject-token']))
    response.writeHead(url === '/identity/v3/auth/tokens' ? status : 404, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => keystone.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(keystone.address() as AddressInfo).port}/identity/v3/`
  const keep = (about: object) => void logged.push('error' in about ? String(about.error) : '')
  const log = { debug() {}, info() {}, warn() {}, error: keep }
  served = await startServer({ auth: 'keystone', keystone: { url, cacheSeconds: CACHE_SECONDS }, world, log })
})
afterAll(async () => {
  await served.close()
  keystone.close()
})
beforeEach(() => {
  answers = 'well'
  asked.length = 0
})

const list = (token: string | undefined, project: string) =>
  served.ask('GET', `/v1/${project}/stacks`, undefined, token === undefined ? {} : { 'x-auth-token': token })
const status = async (token: string | undefined, project: string) => (await list(token, project)).status

test('who has a token of the Keystone works in its project, by the roles that it has there', async () => {
  tokens.set('member', { user: 'ann', project: 'p1', roles: ['_member_'] })
  tokens.set('reader', { user: 'rob', project: 'p1', roles: ['reader', 'something-else'] })
  tokens.set('nobody', { user: 'eve', roles: [] })
  const create = (token: string) =>
    served.ask(
      'POST',
      '/v1/p1/stacks',
      { stack_name: token, template: labTemplate({ a: {} }) },
      { 'x-auth-token': token },
    )
  expect((await create('member')).status).toBe(201)
  expect(await served.settled('p1', 'member')).toBe('CREATE_COMPLETE')
  expect((await create('reader')).status).toBe(403)
  expect(at((await list('reader', 'p1')).body, 'stacks.0')).toMatchObject({ stack_name: 'member', stack_owner: 'ann' })
  expect([await status('member', 'p2'), await status('nobody', 'p1')]).toEqual([403, 403])
  expect([await status('unknown', 'p1'), await status(undefined, 'p1')]).toEqual([401, 401])
  expect((await list(undefined, 'p1')).headers.get('www-authenticate')).toMatch(
    /^Keystone uri="http:.*\/identity\/v3"$/,
  )
  expect((await served.ask('POST', '/v3/auth/tokens', {})).status).toBe(404)
})

test('what it said is believed for a bounded time, and a revocation is seen after it', async () => {
  tokens.set('revoked', { user: 'tom', project: 'p1', roles: ['member'] })
  expect(await status('revoked', 'p1')).toBe(200)
  tokens.delete('revoked')
  expect([await status('revoked', 'p1'), asked.length]).toEqual([200, 1])
  elapsed += CACHE_SECONDS + 1
  expect([await status('revoked', 'p1'), asked.length]).toEqual([401, 2])
  // Who was refused is asked for anew.
  tokens.set('revoked', { user: 'tom', project: 'p1', roles: ['member'] })
  expect(await status('revoked', 'p1')).toBe(200)
})

test('a token that ends sooner is believed no longer than it lasts', async () => {
  tokens.set('short', { user: 'tom', project: 'p1', roles: ['member'], lifeSeconds: 5 })
  expect(await status('short', 'p1')).toBe(200)
  tokens.delete('short')
  elapsed += 6
  expect(await status('short', 'p1')).toBe(401)
})

test('while it is away, those whom it has named go on, and others are told to come again', async () => {
  tokens.set('early', { user: 'ann', project: 'p1', roles: ['member'] })
  tokens.set('late', { user: 'ann', project: 'p1', roles: ['member'] })
  expect(await status('early', 'p1')).toBe(200)
  answers = 'badly'
  expect(await status('early', 'p1')).toBe(200)
  const refused = await list('late', 'p1')
  expect([refused.status, at(refused.body, 'error.type')]).toEqual([503, 'ServiceUnavailable'])
  for (answers of ['nonsense', 'page'] as const) expect(await status('late', 'p1')).toBe(503)
  const { port } = keystone.address() as AddressInfo
  await new Promise((resolve) => {
    keystone.closeAllConnections()
    keystone.close(resolve)
  })
  const away = await list('late', 'p1')
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5'])
  expect(logged).toEqual([
    expect.stringMatching(/^http:.*\/v3\/auth\/tokens answered 500$/),
    ...Array(2).fill(expect.stringMatching(/\/v3\/auth\/tokens answered with application\/json$/)),
    expect.stringContaining('fetch failed'),
  ])
  expect(await status('early', 'p1')).toBe(200)
  await new Promise<void>((resolve) => keystone.listen(port, '127.0.0.1', resolve))
  answers = 'well'
  expect(await status('late', 'p1')).toBe(200)
})
