// What somebody tries who means harm, each against a server that is really there: nothing hangs, nothing breaks inside, nothing
// goes unseen, and nobody stays in longer than they may.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Identity } from '../../src/api/identity/identity.js'
import { People } from '../../src/api/identity/people.js'
import { neighbourhoodOf } from '../../src/lib/addresses.js'
import type { Logger } from '../../src/provider/contract.js'
import { Streams } from '../../src/server/streams.js'
import { labTemplate } from '../lab.js'
import { at, startServer } from './harness.js'

const failures: unknown[] = []
const log: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => failures.push(fields) }

let served: Awaited<ReturnType<typeof startServer>>
let token = ''
let base = ''
beforeAll(async () => {
  const permissions = { localTypes: [], httpTypes: [], privateAddresses: ['*'] }
  served = await startServer({ auth: 'password', log, permissions, quotas: { templateBytesMax: 5_000 } })
  const people = new People(served.database)
  const { uid } = await people.createProject('web')
  await people.createUser({ name: 'ann', password: 'long enough', project: 'web', role: 'member' })
  token = (await people.createToken('ann', 'web', 600)).secret
  base = `/v1/${uid}`
})
afterAll(() => served.close())

const ask = (method: string, path: string, body?: Parameters<typeof served.ask>[2]) =>
  served.ask(method, path, body, { 'x-auth-token': token })

/** Sends a text as it is. @returns all that comes back until the connection ends */
async function sent(text: string): Promise<string> {
  const { hostname, port } = new URL(served.server.url)
  const socket = connect(Number(port), hostname)
  socket.write(text)
  let back = ''
  for await (const chunk of socket) back += String(chunk)
  return back
}

const request = (line: string, host = 'host: x\r\n') =>
  sent(`${line}\r\n${host}x-auth-token: ${token}\r\nconnection: close\r\n\r\n`)

const make = async (name: string) => {
  const made = await ask('POST', `${base}/stacks`, { stack_name: name, template: labTemplate({ a: {} }) })
  await served.settled('web', name)
  return `${base}/stacks/${name}/${at(made.body, 'stack.id')}`
}

test('a method that an address does not have is refused with those that it has, whatever the method', async () => {
  for (const method of ['TRACE', 'PROPFIND', 'LINK', 'BREW', 'CONNECT']) {
    const known = await request(`${method} ${base}/stacks HTTP/1.1`)
    expect(known).toMatch(/^HTTP\/1.1 405 /)
    expect(known).toContain('allow: GET, POST\r\n')
    expect(await request(`${method} /nowhere HTTP/1.1`)).toMatch(/^HTTP\/1.1 404 /)
  }
  expect(await request(`PUT ${base}/stacks/%64etail HTTP/1.1`)).toMatch(/^HTTP\/1.1 404 /)
})

test('a name for the server that is none leads to links by its own address', async () => {
  await make('linked')
  for (const host of ['host: a b\r\n', 'host: x/y?#\r\n', 'host: \r\n']) {
    const answer = await request(`GET ${base}/stacks?limit=1 HTTP/1.0`, host)
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(answer).toContain(`"href":"${served.server.url}${base}/stacks`)
  }
  expect(await request(`GET ${base}/stacks?limit=1 HTTP/1.0`, '')).toContain(`"href":"${served.server.url}${base}`)
  expect(failures).toEqual([])
})

test('what cannot be read in an address is no reason to fail inside', async () => {
  const path = await make('odd')
  const id = path.split('/').at(-1)
  const addresses = [
    `${base}/stacks/${encodeURIComponent('arn:openstack:heat::t:stacks/%zz/none')}`,
    `${base}/stacks/${encodeURIComponent(`arn:openstack:heat::t:stacks/%zz/${id}`)}`,
    `${path}/events?marker=${'9'.repeat(19)}-${'9'.repeat(19)}`,
    `${path}/watch?after=${'9'.repeat(19)}-1`,
    `${base}/stacks?sort_keys=${Array(1_300).fill('stack_name').join()}&marker=${id}&limit=2`,
    `${base}/stacks?limit=${'9'.repeat(40)}`,
  ]
  const statuses: number[] = []
  for (const address of addresses) statuses.push((await ask('GET', address)).status)
  expect(statuses).toEqual([404, 302, 200, 400, 200, 200])
  expect(failures).toEqual([])
})

test('a neighbourhood of any depth is found in as many steps as there are resources', async () => {
  const { status, body } = await ask('GET', `${await make('graph')}/graph?around=a&depth=999999999`)
  expect([status, at(body, 'total')]).toEqual([200, 1])
})

test('what was commanded is in the audit, also when nobody waited for the answer', async () => {
  const template = createServer()
  const asked = once(template, 'request')
  await new Promise<void>((resolve) => template.listen(0, '127.0.0.1', resolve))
  const { port: near } = template.address() as AddressInfo
  const body = JSON.stringify({ stack_name: 'left', template_url: `http://127.0.0.1:${near}/` })
  const { hostname, port } = new URL(served.server.url)
  const socket = connect(Number(port), hostname)
  // Written so, it is found again in the audit.
  const path = `${base}/stacks/`
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nx-auth-token: ${token}\r\ncontent-length: ${body.length}\r\n\r\n`
  socket.write(`${head}${body}`)
  const [, slow] = (await asked) as [IncomingMessage, ServerResponse]
  socket.resetAndDestroy()
  await ask('GET', `${base}/stacks`)
  slow.end('heat_template_version: 2018-08-31\nresources: {}\n')
  const audited = () =>
    served.database.query<{ status: number }>(
      `select user_name as "user", status from isotherm.audit where path = $1 and operation = 'stacks:create'`,
      [path],
    )
  while ((await audited()).length === 0) await ask('GET', `${base}/stacks`)
  expect(await audited()).toEqual([{ user: 'ann', status: 201 }])
  template.close()
})

test('a template is held to its size wherever one can be given', async () => {
  const template = { ...labTemplate({ a: {} }), description: 'x'.repeat(6_000) }
  const path = await make('small')
  const places = [
    ['POST', `${base}/validate`],
    ['POST', `${base}/stacks/preview`],
    ['PUT', `${path}/preview`],
    ['PATCH', `${path}/preview`],
    ['POST', `${base}/isotherm/stacks/small/preview`],
    ['POST', `${base}/stacks`],
    ['PUT', path],
  ] as const
  for (const [method, place] of places) {
    const library = place.includes('/isotherm/')
    const { status, body } = await ask(method, place, { ...(library ? {} : { stack_name: 'large' }), template })
    expect([place, status, at(body, 'error.type')]).toEqual([place, 400, 'RequestLimitExceeded'])
  }
})

test('a name of any length is guessed at like any other, and who has a whole network is one who guesses', async () => {
  const identity = new Identity(served.database)
  const logIn = (name: string, address: string) =>
    identity.user({ name }, 'wrong', address).then(
      () => 'in',
      (error: Error & { retryAfterSeconds?: number }) => (error.retryAfterSeconds === undefined ? 'wrong' : 'locked'),
    )
  const long = Array.from({ length: 9_000 }, (_, turn) => String.fromCharCode(97 + ((turn * turn) % 26))).join('')
  const tries: string[] = []
  for (let turn = 0; turn < 7; turn++) tries.push(await logIn(long, `10.0.0.${turn}`))
  expect([tries[0], tries.at(-1)]).toEqual(['wrong', 'locked'])
  const others: string[] = []
  for (let turn = 0; turn < 32; turn++) others.push(await logIn(`nobody-${turn}`, `2001:db8:1:2::${turn.toString(16)}`))
  expect([others[0], others.at(-1)]).toEqual(['wrong', 'locked'])
  expect(neighbourhoodOf('2001:db8:1:2:3:4:5:6')).toBe(neighbourhoodOf('2001:db8:1:2::1'))
  expect(neighbourhoodOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(neighbourhoodOf('::ffff:10.0.0.1')).toBe(neighbourhoodOf('10.0.0.1'))
  expect(neighbourhoodOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
})

test('a watch ends with the right to watch, and one project leaves connections to the others', async () => {
  let now = 0
  const streams = new Streams({ ...Object(undefined), elapsedSeconds: () => now }, 2)
  const caller = (id: number) => ({
    user: { id: '', name: '' },
    project: { id, uid: '', name: '' },
    roles: new Set<never>(),
  })
  async function* ticks() {
    for (;;) yield 'tick'
  }
  let entitled = true
  const judge = async () => {
    if (!entitled) throw new Error('revoked')
  }
  const reader = streams.open(caller(1), ticks(), judge)[Symbol.asyncIterator]()
  const other = streams.open(caller(1), ticks(), judge)[Symbol.asyncIterator]()
  expect([(await reader.next()).value, (await other.next()).value]).toEqual(['tick', 'tick'])
  expect(() => streams.open(caller(1), ticks(), judge)).toThrow('2 watches')
  streams.open(caller(2), ticks(), judge)
  entitled = false
  expect((await reader.next()).done).toBe(false)
  now = 31
  expect((await reader.next()).done).toBe(true)
  await other.return?.(undefined)
  expect(() => streams.open(caller(1), ticks(), judge)).not.toThrow()
})
