// Who gets in, with what, for how long; and what a project's people see of another's.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { People } from '../../src/api/identity/people.js'
import { Desk } from '../../src/cli/testing.js'
import type { Json } from '../../src/lib/json.js'
import { labTemplate } from '../lab.js'
import { at, type Reply, type Served, startServer } from './harness.js'

let served: Served
let people: People
beforeAll(async () => {
  served = await startServer({ auth: 'password', believedSeconds: 0 })
  people = new People(served.database)
  for (const project of ['one', 'two']) await people.createProject(project)
  await people.createUser({ name: 'ada', password: 'correct horse', project: 'one', role: 'member' })
  await people.createUser({ name: 'bob', password: 'battery staple', project: 'two', role: 'admin' })
  await people.createUser({ name: 'eve', password: 'only looking', project: 'one', role: 'reader' })
})
afterAll(() => served.close())

const logIn = (user: Json, scope?: Json): Promise<Reply> =>
  served.ask('POST', '/v3/auth/tokens', {
    auth: { identity: { methods: ['password'], password: { user } }, ...(scope !== undefined && { scope }) },
  })
const domain = { name: 'Default' }
const ada = { name: 'ada', domain, password: 'correct horse' }
const tokenOf = (reply: Reply): string => reply.headers.get('x-subject-token') ?? ''
const holding = (token: string) => ({ 'x-auth-token': token })

test('a password is exchanged for a token, whose catalog leads to this server', async () => {
  const { ask, server } = served
  const reply = await logIn(ada, { project: { name: 'one', domain } })
  expect(reply.status).toBe(201)
  const { uid } = await people.project('one')
  expect(at(reply.body, 'token')).toMatchObject({
    methods: ['password'],
    user: { name: 'ada', domain: { name: 'Default' } },
    project: { id: uid, name: 'one' },
    roles: [{ name: 'member' }, { name: 'reader' }],
  })
  expect(at(reply.body, 'token.catalog.0')).toMatchObject({ type: 'orchestration' })
  expect(at(reply.body, 'token.catalog.0.endpoints.0.url')).toBe(`${server.url}/v1/${uid}`)
  const headers = holding(tokenOf(reply))
  expect((await ask('GET', `/v1/${uid}/stacks`, undefined, headers)).body).toEqual({ stacks: [] })
  const subject = { ...headers, 'x-subject-token': tokenOf(reply) }
  expect((await ask('GET', '/v3/auth/tokens', undefined, subject)).status).toBe(200)
  expect((await ask('HEAD', '/v3/auth/tokens', undefined, subject)).status).toBe(200)
  expect(at((await ask('GET', '/v3/auth/projects', undefined, headers)).body, 'projects.0.name')).toBe('one')
  expect((await ask('DELETE', '/v3/auth/tokens', undefined, subject)).status).toBe(204)
  expect((await ask('GET', `/v1/${uid}/stacks`, undefined, headers)).status).toBe(401)
})

test('who cannot prove who they are is told nothing but that', async () => {
  const { ask } = served
  const { uid } = await people.project('one')
  const wrong = await logIn({ ...ada, password: 'wrong' })
  const unknown = await logIn({ name: 'nobody', domain, password: 'wrong' })
  expect([wrong.status, wrong.body]).toEqual([unknown.status, unknown.body])
  const bare = await ask('GET', `/v1/${uid}/stacks`)
  expect(bare.status).toBe(401)
  expect(bare.headers.get('www-authenticate')).toMatch(/^Keystone uri="http:.*\/identity\/v3"$/)
  expect((await ask('GET', `/v1/${uid}/stacks`, undefined, holding('made-up'))).status).toBe(401)
  expect((await logIn(ada, { project: { name: 'two', domain } })).status).toBe(401)
})

test('name and password may also come with each request', async () => {
  const { uid } = await people.project('one')
  const basic = `Basic ${Buffer.from('ada:correct horse').toString('base64')}`
  expect((await served.ask('GET', `/v1/${uid}/stacks`, undefined, { authorization: basic })).status).toBe(200)
  const named = { 'x-auth-user': 'ada', 'x-auth-key': 'correct horse' }
  expect((await served.ask('GET', `/v1/${uid}/stacks`, undefined, named)).status).toBe(200)
})

test('guessing locks the name that is guessed at, also when the guesses come all at once', async () => {
  await people.createUser({ name: 'target', password: 'hard to guess', project: 'one', role: 'reader' })
  const guess = (password: string) => logIn({ name: 'target', domain, password })
  const replies = await Promise.all(Array.from({ length: 12 }, (_, index) => guess(`guess ${index}`)))
  const statuses = replies.map(({ status }) => status).sort()
  expect(statuses).toEqual([...Array.from({ length: 5 }, () => 401), ...Array.from({ length: 7 }, () => 429)])
  const right = await guess('hard to guess')
  expect(right.status).toBe(429)
  expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await logIn(ada)).status).toBe(201)
})

test('an application credential gives tokens of its own, until it is revoked', async () => {
  const credential = await people.createCredential('ci', { user: 'bob', project: 'two', roles: ['reader'] })
  const use = (secret: string) =>
    served.ask('POST', '/identity/v3/auth/tokens', {
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: credential.id, secret } },
      },
    })
  const reply = await use(credential.secret)
  expect(at(reply.body, 'token.roles')).toEqual([{ id: 'reader', name: 'reader' }])
  expect((await use('wrong')).status).toBe(401)
  const { uid } = await people.project('two')
  const ask = () => served.ask('GET', `/v1/${uid}/stacks`, undefined, holding(tokenOf(reply)))
  expect((await ask()).status).toBe(200)
  const again = { auth: { identity: { methods: ['token'], token: { id: tokenOf(reply) } } } }
  expect((await served.ask('POST', '/v3/auth/tokens', again)).status).toBe(401)
  await people.revokeToken(credential.id)
  expect((await ask()).status).toBe(401)
  expect((await use(credential.secret)).status).toBe(401)
})

test('what is taken from a user is taken from their tokens at once', async () => {
  await people.createUser({ name: 'tom', password: 'a long password', project: 'one', role: 'member' })
  const { secret } = await people.createToken('tom', 'one', 60)
  const { uid } = await people.project('one')
  const status = async () => (await served.ask('GET', `/v1/${uid}/stacks`, undefined, holding(secret))).status
  expect(await status()).toBe(200)
  await people.revoke('tom', 'one', 'member')
  expect(await status()).toBe(401)
  await people.grant('tom', 'one', 'reader')
  expect(await status()).toBe(200)
  await people.enableUser('tom', false)
  expect(await status()).toBe(401)
  await people.enableUser('tom', true)
  await people.changePassword('tom', 'another password')
  expect(await status()).toBe(401)
})

test('nothing in the database lets anybody in by being read', async () => {
  const { secret } = await people.createToken('ada', 'one', 60)
  const rows = await served.database.query(
    `select u.password, t.hash, t.id from isotherm.users u left join isotherm.tokens t on t.user_id = u.id`,
  )
  const dump = JSON.stringify(rows)
  expect(dump).not.toContain(secret)
  expect(dump).not.toContain('correct horse')
  expect(dump).toContain('scrypt$32768$8$1$')
})

test('a stack user that an operator makes may signal one resource, and do nothing else', async () => {
  const { ask, settled } = served
  const { uid } = await people.project('two')
  const bob = holding((await people.createToken('bob', 'two', 600)).secret)
  const template = {
    heat_template_version: '2018-08-31',
    resources: { one: { type: 'OS::Heat::WaitConditionHandle' }, other: { type: 'OS::Heat::WaitConditionHandle' } },
  }
  const made = await ask('POST', `/v1/${uid}/stacks`, { stack_name: 'signalled', template }, bob)
  await settled('two', 'signalled')
  const path = new URL(String(at(made.body, 'stack.links.0.href'))).pathname
  const only = { stack: 'signalled', resource: 'one' }
  await people.createUser({ name: 'agent', password: 'machine made', project: 'two', role: 'member', only })
  const agent = holding((await people.createToken('agent', 'two', 600)).secret)
  const signal = (resource: string) => ask('POST', `${path}/resources/${resource}/signal`, { status: 'SUCCESS' }, agent)
  expect([(await signal('one')).status, (await signal('other')).status]).toEqual([200, 403])
  expect((await ask('GET', `/v1/${uid}/stacks`, undefined, agent)).status).toBe(403)
  const nowhere = people.createUser({ name: 'lost', project: 'one', role: 'member', only })
  await expect(nowhere).rejects.toThrow('there is no stack signalled in one')
})

test('a reader looks and changes nothing; a stack user only signals its own resource', async () => {
  const { ask, settled } = served
  const { uid } = await people.project('one')
  const member = holding((await people.createToken('ada', 'one', 600)).secret)
  const reader = holding((await people.createToken('eve', 'one', 600)).secret)
  const template = {
    heat_template_version: '2018-08-31',
    resources: { h: { type: 'OS::Heat::WaitConditionHandle' }, other: { type: 'OS::Heat::WaitConditionHandle' } },
  }
  const made = await ask('POST', `/v1/${uid}/stacks`, { stack_name: 'roles', template }, member)
  expect(made.status).toBe(201)
  const id = String(at(made.body, 'stack.id'))
  await settled('one', 'roles')
  const path = `/v1/${uid}/stacks/roles/${id}`
  expect(at((await ask('GET', path, undefined, reader)).body, 'stack.stack_owner')).toBe('ada')
  expect((await ask('DELETE', path, undefined, reader)).status).toBe(403)
  expect((await ask('POST', `${path}/resources/h/signal`, null, reader)).status).toBe(403)
  expect((await ask('GET', `/v1/${uid}/services`, undefined, member)).status).toBe(403)
  await served.database.query(
    `insert into isotherm.users (id, name, bound_stack, bound_resource) values ('s', 'stack-user', $1, 'h')`,
    [id],
  )
  await people.grant('stack-user', 'one', 'heat_stack_user')
  const bound = holding((await people.createToken('stack-user', 'one', 600)).secret)
  expect((await ask('POST', `${path}/resources/h/signal`, { id: '1' }, bound)).status).toBe(200)
  expect((await ask('POST', `${path}/resources/other/signal`, { id: '1' }, bound)).status).toBe(403)
  expect((await ask('GET', path, undefined, bound)).status).toBe(403)
})

test('the stacks of one project are nothing to another', async () => {
  const { ask } = served
  const one = await people.project('one')
  const two = await people.project('two')
  const mine = holding((await people.createToken('ada', 'one', 600)).secret)
  const theirs = holding((await people.createToken('bob', 'two', 600)).secret)
  const made = await ask('POST', `/v1/${one.uid}/stacks`, { stack_name: 'own', template: labTemplate({ a: {} }) }, mine)
  const id = String(at(made.body, 'stack.id'))
  expect((await ask('GET', `/v1/${one.uid}/stacks/own/${id}`, undefined, theirs)).status).toBe(403)
  expect((await ask('GET', `/v1/${two.uid}/stacks/own/${id}`, undefined, theirs)).status).toBe(404)
  expect((await ask('GET', `/v1/${two.uid}/stacks/${id}`, undefined, theirs)).status).toBe(404)
})

test('a program that names another project than that of its token is refused, be it the default one', async () => {
  const desk = await Desk.open()
  const words = ['list', '--server', served.server.url]
  const { secret } = await people.createToken('ada', 'one', 600)
  const said = async (...project: string[]) => {
    const { code, err } = await desk.start([...words, ...project], { ISOTHERM_TOKEN: secret }).ended
    return [code, err.split('\n')[0]]
  }
  expect(await said()).toEqual([0, ''])
  expect(await said('--project', 'default')).toEqual([1, 'error: the token is for the project one, not for default'])
  await desk.close()
}, 60_000)
