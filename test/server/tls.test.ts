// A certificate that is renewed in its files is used for new connections, while old ones live on.
import { writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { Desk } from '../../src/cli/testing.js'
import { certificate } from './certificate.js'
import { startServer } from './harness.js'

interface Seen {
  readonly status: number
  readonly name: string
  readonly socket: TLSSocket
}

const ask = (url: string, agent: Agent): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const asked = request(`${url}/healthz`, { agent }, (response) => {
      const socket = response.socket as TLSSocket
      const name = String(socket.getPeerCertificate().subject.CN)
      response.resume().once('end', () => resolve({ status: response.statusCode ?? 0, name, socket }))
    })
    asked.once('error', reject).end()
  })

const client = () => new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, maxCachedSessions: 0 })

test('a new certificate is used for new connections, and old ones live', async () => {
  const served = await startServer({ tls: certificate('first') })
  const { url } = served.server
  expect(url).toMatch(/^https:/)
  const [old, fresh] = [client(), client()]
  const before = await ask(url, old)
  expect([before.status, before.name]).toEqual([200, 'first'])
  served.server.renew(certificate('second'))
  const kept = await ask(url, old)
  expect([kept.status, kept.name, kept.socket === before.socket]).toEqual([200, 'first', true])
  expect((await ask(url, fresh)).name).toBe('second')
  for (const agent of [old, fresh]) agent.destroy()
  await served.close()
})

test('the program reads its files again when they change, and keeps the old ones while they cannot be read', {
  timeout: 120_000,
}, async () => {
  const desk = await Desk.open()
  const [first, second] = [certificate('one'), certificate('two')]
  await desk.write({ 'tls.key': first.key, 'tls.crt': first.cert })
  const words = ['serve', '--database', 'memory:', '--auth', 'none', '--port', '0', '--engines', '0']
  const running = desk.start([...words, '--tls-cert', 'tls.crt', '--tls-key', 'tls.key'])
  await running.says(/the server is at work/)
  const url = /"url":"(https:[^"]+)"/.exec(running.out)?.[1] ?? ''
  const agent = client()
  expect((await ask(url, agent)).name).toBe('one')
  writeFileSync(desk.path('tls.crt'), 'no certificate at all')
  await running.says(/the old one stays in use/)
  agent.destroy()
  expect((await ask(url, client())).name).toBe('one')
  writeFileSync(desk.path('tls.key'), second.key)
  writeFileSync(desk.path('tls.crt'), second.cert)
  await running.says(/the certificate was read again/)
  expect((await ask(url, client())).name).toBe('two')
  running.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
  await desk.close()
})
