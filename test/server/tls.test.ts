// A certificate that is renewed in its files is used for new connections, while old ones live on. The certificates are made with
// openssl; where there is none, the test says so by being skipped.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, expect, test } from 'vitest'
import { Desk } from '../../src/cli/testing.js'
import { startServer } from './harness.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const directory = mkdtempSync(join(tmpdir(), 'isotherm-tls-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function certificate(name: string): { key: string; cert: string } {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...words, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

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

test.skipIf(!hasOpenssl)('a new certificate is used for new connections, and old ones live', async () => {
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

test.skipIf(!hasOpenssl)(
  'the program reads its files again when they change, and keeps the old ones while they cannot be read',
  { timeout: 120_000 },
  async () => {
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
  },
)
