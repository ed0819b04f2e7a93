// Sockets: of a server that ends, and of those who would have them all.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { certificate } from './certificate.js'
import { startServer } from './harness.js'

async function connected(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined).setEncoding('latin1')
  await once(socket, 'connect')
  return socket
}

/** All that the server said before it closed the connection. */
async function lastWords(socket: Socket): Promise<string> {
  let said = ''
  socket.on('data', (text: string) => {
    said += text
  })
  if (!socket.closed) await once(socket, 'close')
  return said
}

/** One after the other, and again from the beginning: a request that never ends. */
function drip(socket: Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 20)
  socket.once('close', () => clearInterval(timer))
}

test('a server does not wait for connections on which nobody ever asked for anything', async () => {
  const { server, close } = await startServer()
  const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
  await once(silent, 'connect')
  await fetch(`${server.url}/healthz`)
  const ended = once(silent, 'close')
  silent.on('error', () => undefined).resume()
  await close()
  await ended
  expect(silent.destroyed).toBe(true)
})

test('an address has so many connections on which nobody was let in; who was let in is not counted', async () => {
  const { server, close } = await startServer({ limits: { strangersPerAddressMax: 3 } })
  const mine = await Promise.all([1, 2, 3].map(() => connected(server.url)))
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed')
  const [first] = mine
  if (!first) throw new Error('there are three')
  first.write('GET /healthz HTTP/1.1\r\nhost: here\r\n\r\n')
  expect(String(await once(first, 'data'))).toContain('200 OK')
  await expect(fetch(`${server.url}/healthz`), 'what needs no token admits nobody').rejects.toThrow()
  first.write('GET /v1/p/stacks HTTP/1.1\r\nhost: here\r\n\r\n')
  expect(String(await once(first, 'data'))).toContain('200 OK')
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  await close()
})

test('what drips, or says nothing, is ended when its time is over, and everybody else is served meanwhile', async () => {
  const { server, ask, close } = await startServer({ limits: { headersSeconds: 1, requestSeconds: 2 } })
  const silent = await connected(server.url)
  const headers = await connected(server.url)
  headers.write('GET /v1/p/stacks HTTP/1.1\r\nhost: here\r\nx-drip: ')
  const body = await connected(server.url)
  body.write(
    'POST /v1/p/stacks HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n',
  )
  const endings = [lastWords(silent), lastWords(headers), lastWords(body)]
  for (const socket of [headers, body]) drip(socket, ' ')
  expect((await ask('GET', '/v1/p/stacks')).status).toBe(200)
  const [, ofHeaders, ofBody] = await Promise.all(endings)
  expect([ofHeaders, ofBody]).toEqual([
    expect.stringMatching(/^HTTP\/1.1 408 .*did not arrive in time/s),
    expect.stringMatching(/^HTTP\/1.1 408 .*did not arrive in time/s),
  ])
  await close()
})

test('who never shakes hands is let go as well', async () => {
  const { server, close } = await startServer({ tls: certificate('here'), limits: { headersSeconds: 1 } })
  const silent = await connected(server.url)
  expect(await lastWords(silent)).toBe('')
  await close()
})
