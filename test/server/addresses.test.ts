// What templates may reach of the network from a server: judged at the connection, after DNS, and on each redirect.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { People } from '../../src/api/identity/people.js'
import { isPublic } from '../../src/lib/addresses.js'
import { exchange, type Request } from '../../src/provider/http/exchange.js'
import { at, startServer } from './harness.js'

const seen: { path: string; from: string; headers: { [name: string]: unknown } }[] = []
let port = 0
const near = createServer((request, response) => {
  const { url = '', headers, socket } = request
  seen.push({ path: url, from: socket.localAddress ?? '', headers })
  const [, to] = /^\/to\?(.*)$/.exec(url) ?? []
  if (to) return void response.writeHead(302, { location: decodeURIComponent(to) }).end()
  response.end('heat_template_version: 2018-08-31\nresources: {}\n')
})
beforeAll(async () => {
  await new Promise<void>((resolve) => near.listen(0, '0.0.0.0', resolve))
  port = (near.address() as AddressInfo).port
})
afterAll(() => near.close())

const ask = (url: string, mayReach?: (address: string) => boolean, more: Partial<Request> = {}) =>
  exchange(
    { method: 'GET', url, headers: {}, timeoutSeconds: 10, followRedirects: true, ...more },
    { signal: new AbortController().signal, ...(mayReach && { mayReach }) },
  )

test("what is not everybody's is not reached, however it is written", async () => {
  seen.length = 0
  const hosts = [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '169.254.169.254',
    '10.0.0.1',
    '100.64.0.1',
  ]
  for (const host of hosts) {
    const asked = ask(`http://${host}:${port}/`, isPublic)
    await expect(asked, host).rejects.toMatchObject({ errorClass: 'invalid' })
    await expect(asked, host).rejects.toThrow('only operators may allow')
  }
  expect(seen).toEqual([])
})

test('of a name only the addresses that are allowed are connected to, and those alone', async () => {
  seen.length = 0
  const judged: string[] = []
  const answer = await ask(`http://localhost:${port}/`, (address) => {
    judged.push(address)
    return address === '127.0.0.1'
  })
  expect([answer.status, seen.map(({ from }) => from)]).toEqual([200, ['127.0.0.1']])
  expect(judged).toContain('127.0.0.1')
  await expect(ask(`http://localhost:${port}/`, () => false)).rejects.toThrow('only operators may allow')
  expect(seen).toHaveLength(1)
})

test('a redirect is judged like the first address, and takes no secret to another host', async () => {
  seen.length = 0
  const only = (address: string) => address === '127.0.0.1'
  const to = (address: string) => `http://127.0.0.1:${port}/to?${encodeURIComponent(address)}`
  await expect(ask(to(`http://127.0.0.2:${port}/inner`), only)).rejects.toThrow('only operators may allow')
  await expect(ask(to('file:///etc/passwd'), only)).rejects.toThrow('http:// or https://')
  expect(seen.map(({ path }) => path.slice(0, 4))).toEqual(['/to?', '/to?'])
  const headers = { authorization: 'Bearer secret', 'x-mine': 'kept' }
  await ask(to(`http://127.0.0.2:${port}/inner`), undefined, { headers })
  expect(seen.at(-1)?.headers).toMatchObject({ 'x-mine': 'kept' })
  expect(seen.at(-1)?.headers).not.toHaveProperty('authorization')
  await expect(ask(to(to(to('http://127.0.0.1:1/'))), only)).rejects.toThrow('ECONNREFUSED')
})

test('a project reaches what is near only when an operator allows it', async () => {
  const served = await startServer({
    auth: 'password',
    permissions: { localTypes: [], httpTypes: ['*'], privateAddresses: ['inside'] },
  })
  const people = new People(served.database)
  const url = `http://127.0.0.1:${port}/`
  const template = {
    heat_template_version: '2018-08-31',
    resources: { a: { type: 'Isotherm::Http::Check', properties: { url, timeout_seconds: 0 } } },
  }
  for (const [name, ended, code] of [
    ['inside', 'CREATE_COMPLETE', 201],
    ['outside', 'CREATE_FAILED', 400],
  ] as const) {
    const { uid } = await people.createProject(name)
    await people.createUser({ name, password: 'long enough', project: name, role: 'member' })
    const headers = { 'x-auth-token': (await people.createToken(name, name, 600)).secret }
    seen.length = 0
    const made = await served.ask('POST', `/v1/${uid}/stacks`, { stack_name: 'a', template }, headers)
    expect([made.status, await served.settled(name, 'a')]).toEqual([201, ended])
    const fetched = await served.ask('POST', `/v1/${uid}/stacks`, { stack_name: 'b', template_url: url }, headers)
    expect([name, fetched.status], fetched.text).toEqual([name, code])
    expect(seen).toHaveLength(name === 'inside' ? 2 : 0)
    if (name === 'inside') continue
    const { body } = await served.ask(
      'GET',
      new URL(String(at(made.body, 'stack.links.0.href'))).pathname,
      undefined,
      headers,
    )
    expect(at(body, 'stack.stack_status_reason')).toContain('only operators may allow')
  }
  await served.close()
})
