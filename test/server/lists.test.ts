// Lists: what is hidden in them, who sees those of all projects, pages; and what a stack tells that stays.
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_IDENTITY, Identity, NotLetIn } from '../../src/api/identity/identity.js'
import { People } from '../../src/api/identity/people.js'
import { connect } from '../../src/client.js'
import { RequestMetrics } from '../../src/server/request-metrics.js'
import type { Database } from '../../src/store/database.js'
import { labTemplate } from '../lab.js'
import { at, type Served, startServer } from './harness.js'

const metrics = new RequestMetrics(new Registry())
let served: Served
let people: People
let admin: { [name: string]: string }
let member: { [name: string]: string }
const uids: { [name: string]: string } = {}

beforeAll(async () => {
  served = await startServer({
    auth: 'password',
    adminProject: 'operators',
    hiddenTags: ['internal'],
    watchers: [metrics.watch],
  })
  metrics.observe(served.server)
  people = new People(served.database)
  for (const project of ['operators', 'web']) uids[project] = (await people.createProject(project)).uid
  await people.createUser({ name: 'root', password: 'long enough', project: 'operators', role: 'admin' })
  await people.createUser({ name: 'ann', password: 'long enough', project: 'web', role: 'admin' })
  admin = { 'x-auth-token': (await people.createToken('root', 'operators', 600)).secret }
  member = { 'x-auth-token': (await people.createToken('ann', 'web', 600)).secret }
  for (const [name, tags] of [
    ['one', ['a', 'internal']],
    ['two', ['a']],
    ['three', []],
  ] as const) {
    await served.ask(
      'POST',
      `/v1/${uids.web}/stacks`,
      { stack_name: name, template: labTemplate({ a: {} }), tags: [...tags] },
      member,
    )
    await served.settled('web', name)
  }
})
afterAll(() => served.close())

const names = async (query: string, headers = member, project = 'web') => {
  const { body } = await served.ask('GET', `/v1/${uids[project]}/stacks${query}`, undefined, headers)
  return (body.stacks as { stack_name: string }[]).map(({ stack_name }) => stack_name)
}

test('stacks with a hidden tag are listed when they are asked for, and found by name in any case', async () => {
  expect(await names('')).toEqual(['three', 'two'])
  expect(await names('?show_hidden=true')).toEqual(['three', 'two', 'one'])
  expect(await names('?tags=a')).toEqual(['two'])
  expect(await names('?tags=a&show_hidden=true&not_tags_any=b')).toEqual(['two', 'one'])
  const counted = await served.ask('GET', `/v1/${uids.web}/stacks?with_count=true&limit=1`, undefined, member)
  expect(counted.body.count).toBe(2)
  expect((await served.ask('GET', `/v1/${uids.web}/stacks/one`, undefined, member)).status).toBe(302)
})

test('stacks of all projects are listed for admins of the admin project, and for nobody else', async () => {
  expect((await served.ask('GET', `/v1/${uids.web}/stacks?global_tenant=true`, undefined, member)).status).toBe(403)
  expect(await names('', admin, 'operators')).toEqual([])
  expect(await names('?global_tenant=true', admin, 'operators')).toEqual(['three', 'two'])
  expect(await names(`?global_tenant=true&tenant=${uids.operators}`, admin, 'operators')).toEqual([])
  const { body } = await served.ask(
    'GET',
    `/v1/${uids.operators}/stacks/detail?global_tenant=true&limit=1`,
    undefined,
    admin,
  )
  expect(at(body, 'stacks.0')).toMatchObject({ stack_name: 'three', project: uids.web })
  expect(at(body, 'stacks.0')).not.toHaveProperty('parameters')
  expect(at(body, 'stacks.0.links.0.href')).toContain(`/v1/${uids.web}/stacks/three/`)
  const next = new URL(String(at(body, 'links.0.href')))
  const page = await served.ask('GET', `${next.pathname}${next.search}`, undefined, admin)
  expect(at(page.body, 'stacks.0.stack_name')).toBe('two')
  // A marker of another project is none for whoever sees only their own, and none says nothing: there are no stacks after it, and none before.
  const { id } = Object(at(page.body, 'stacks.0')) as { id: string }
  const foreign = await served.ask('GET', `/v1/${uids.operators}/stacks?marker=${id}`, undefined, admin)
  expect([foreign.status, foreign.body.stacks]).toEqual([200, []])
})

test('a client reads all pages of a list', async () => {
  const token = String(member['x-auth-token'])
  const asked: string[] = []
  const counting: typeof fetch = (input, init) => {
    asked.push(String(input))
    return fetch(input, init)
  }
  const client = connect({ url: served.server.url, token, fetch: counting })
  expect((await client.stacks()).map(({ name }) => name)).toEqual(['one', 'three', 'two'])
  expect((await client.stacks({ limit: 2 })).map(({ name }) => name)).toEqual(['one', 'three'])
  expect((await client.stacks({ after: 'one', limit: 1 })).map(({ name }) => name)).toEqual(['three'])
  expect(asked.at(-1)).toContain('after=one&limit=1')
})

test('a stack that stays is exported as an abandoned one would be', async () => {
  const { headers } = await served.ask('GET', `/v1/${uids.web}/stacks/two`, undefined, member)
  const path = new URL(String(headers.get('location'))).pathname
  const exported = await served.ask('GET', `${path}/export`, undefined, member)
  expect(exported.status).toBe(200)
  expect(exported.body).toMatchObject({ name: 'two', status: 'COMPLETE', resources: { a: { name: 'a' } } })
  const abandoned = await served.ask('DELETE', `${path}/abandon`, undefined, member)
  expect(abandoned.body).toEqual(exported.body)
})

test('requests are counted by route and status, and those who were turned away by reason', async () => {
  await served.ask('GET', `/v1/${uids.web}/stacks`)
  await served.ask('GET', '/nothing/here?secret=1')
  const over = new AbortController()
  const watched = `${served.server.url}/v1/${uids.web}/isotherm/stacks/three/watch`
  const response = await fetch(watched, { headers: member, signal: over.signal })
  const reader = response.body?.getReader()
  for (let told = ''; !told.includes('id: '); )
    told += Buffer.from((await reader?.read())?.value ?? []).toString('utf8')
  const text = await metrics.registry.metrics()
  expect(text).toMatch(/isotherm_http_requests_total\{route="stacks:index",method="GET",status="200"\} [1-9]/)
  expect(text).toMatch(/isotherm_http_requests_total\{route="none",method="any",status="404"\} 1/)
  expect(text).toMatch(/isotherm_http_refused_total\{reason="unauthenticated"\} 1/)
  expect(text).toMatch(/isotherm_http_request_duration_seconds_count\{route="stacks:index",status="200"\} [1-9]/)
  expect(text).toMatch(/isotherm_http_watchers 1/)
  expect(text).not.toContain('secret')
  over.abort()
})

test('what is taken from a user is noticed within the time that a token is believed, and a log-out at once', async () => {
  await people.createUser({ name: 'tom', password: 'long enough', project: 'web', role: 'member' })
  const headers = { 'x-auth-token': (await people.createToken('tom', 'web', 60)).secret }
  const status = async () => (await served.ask('GET', `/v1/${uids.web}/stacks`, undefined, headers)).status
  expect(await status()).toBe(200)
  await people.enableUser('tom', false)
  await expect.poll(status, { timeout: 20_000 }).toBe(401)
  await people.enableUser('tom', true)
  expect(await status()).toBe(200)
  const subject = { ...headers, 'x-subject-token': headers['x-auth-token'] }
  expect((await served.ask('DELETE', '/v3/auth/tokens', undefined, subject)).status).toBe(204)
  expect(await status()).toBe(401)
})

test('a token is looked for once by all who come with it at once', async () => {
  const { database } = served
  const asked: string[] = []
  const counting: Database = {
    description: '',
    query: (text, values) => {
      asked.push(text)
      return database.query(text, values)
    },
    script: (text) => database.script(text),
    copy: (statement, chunks) => database.copy(statement, chunks),
    transaction: (work) => database.transaction(work),
    close: async () => {},
  }
  const identity = new Identity(counting, { ...DEFAULT_IDENTITY, believedSeconds: 3600 })
  const { secret } = await people.createToken('ann', 'web', 60)
  const all = await Promise.all([identity.known(secret), identity.known(secret), identity.known(secret)])
  expect([all.map(({ user }) => user), asked.length]).toEqual([['ann', 'ann', 'ann'], 1])
  await identity.revoke((await identity.known(secret)).id)
  await expect(identity.known(secret)).rejects.toBeInstanceOf(NotLetIn)
  await expect(identity.known(secret)).rejects.toBeInstanceOf(NotLetIn)
})
