// Listening ends when it is told to, at whatever moment.
import { EventEmitter } from 'node:events'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { realWorld } from '../lib/world.js'
import type { Sql } from './database.js'
import { Listener } from './listen.js'

test('a listener that is closed while it connects ends', async () => {
  let ended = false
  const client = Object.assign(new EventEmitter(), {
    query: async () => undefined,
    end: () => {
      ended = true
    },
  })
  let connected: (client: pg.Client) => void = () => undefined
  const connecting = new Promise<pg.Client>((resolve) => {
    connected = resolve
  })
  // What is announced arrives.
  const sql = {
    query: async (_: string, [proof]: readonly unknown[]) => client.emit('notification', { payload: proof }),
  }
  const listener = new Listener({
    connect: () => connecting,
    sql: sql as unknown as Sql,
    world: realWorld,
    heard: () => undefined,
  })
  const closed = listener.close()
  connected(client as unknown as pg.Client)
  await closed
  expect(ended).toBe(true)
}, 5_000)
