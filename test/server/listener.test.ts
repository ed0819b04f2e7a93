// The socket of a server that ends.
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startServer } from './harness.js'

test('a server does not wait for connections on which nobody ever asked for anything', async () => {
  const { server, close } = await startServer()
  const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
  await once(silent, 'connect')
  await fetch(`${server.url}/healthcheck`)
  const ended = once(silent, 'close')
  silent.on('error', () => undefined).resume()
  await close()
  await ended
  expect(silent.destroyed).toBe(true)
})
