// A certificate that is renewed in its files is used for new connections, while old ones live on.
import { createPrivateKey } from 'node:crypto'
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
  writeFileSync(desk.path('tls.crt'), second.cert)
  await running.says(/the key of another certificate/)
  writeFileSync(desk.path('tls.key'), second.key)
  await running.says(/the certificate was read again/)
  expect((await ask(url, client())).name).toBe('two')
  running.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
  await desk.close()
})

test('a certificate or a key that cannot be served is told with its file, and a port, host or Keystone that cannot be', async () => {
  const desk = await Desk.open()
  const [one, other, old] = [certificate('one'), certificate('other'), certificate('old', { days: 0.5 })]
  const locked = createPrivateKey(one.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes256', passphrase: 'x' })
  await desk.write({ 'one.crt': one.cert, 'one.key': one.key, 'other.key': other.key, 'locked.key': String(locked) })
  await desk.write({ 'junk.crt': 'hello', 'old.crt': old.cert, 'old.key': old.key })
  const said = async (...words: string[]) => {
    const { code, err } = await desk.run('serve', '--database', 'memory:', '--auth', 'none', '--engines', '0', ...words)
    return [code, err.replace(/ \(error:.*\)/, '').trimEnd()]
  }
  const tls = (cert: string, key: string) => said('--tls-cert', cert, '--tls-key', key)
  expect(await tls('junk.crt', 'one.key')).toEqual([2, 'error: --tls-cert junk.crt is no certificate in PEM'])
  expect(await tls('one.key', 'one.crt')).toEqual([2, 'error: --tls-cert one.key is no certificate in PEM'])
  expect(await tls('one.crt', 'junk.crt')).toEqual([2, 'error: --tls-key junk.crt is no private key in PEM'])
  expect((await tls('one.crt', 'other.key'))[1]).toContain(
    'error: --tls-key other.key is the key of another certificate than --tls-cert one.crt\n  hint: ',
  )
  expect((await tls('one.crt', 'locked.key'))[1]).toContain(
    'error: --tls-key locked.key is locked with a passphrase\n  hint: openssl pkey -in locked.key',
  )
  expect(await said('--port', '65536')).toEqual([2, 'error: --port 65536: there is no port above 65535'])
  expect((await said('--keystone-url', 'http://127.0.0.1:5000'))[1]).toContain('goes with --auth keystone, not with')
  expect((await said('--auth', 'keystone', '--keystone-url', 'here'))[1]).toBe(
    'error: --keystone-url here is no address\n  hint: for example https://keystone.example.com:5000/v3',
  )
  const words = ['serve', '--database', 'memory:', '--auth', 'none', '--port', '0', '--engines', '0']
  const running = desk.start([...words, '--tls-cert', 'old.crt', '--tls-key', 'old.key'])
  await running.says(/clients will refuse the certificate: it expired on /)
  running.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
  await desk.close()
}, 120_000)

test('a client that the certificate or the address keeps out is told the way in', async () => {
  const desk = await Desk.open()
  const [safe, plain] = [await startServer({ tls: certificate('server') }), await startServer({})]
  const hintOf = async (server: string) => {
    const [said, hint] = (await desk.run('list', '--server', server)).err.split('\n')
    expect(said).toMatch(/cannot be reached: (self-signed certificate|other side closed|wrong version number)$/)
    return hint
  }
  const [port, plainPort] = [new URL(safe.server.url).port, new URL(plain.server.url).port]
  expect(await hintOf(`https://127.0.0.1:${port}`)).toMatch(/^ {2}hint: NODE_EXTRA_CA_CERTS=ca\.pem names/)
  expect(await hintOf(`http://127.0.0.1:${port}`)).toBe('  hint: is it served with TLS? try https://')
  expect(await hintOf(`https://127.0.0.1:${plainPort}`)).toBe('  hint: is it served without TLS? try http://')
  await Promise.all([safe.close(), plain.close(), desk.close()])
}, 60_000)
