// A connection to PostgreSQL that breaks: what was under way is told truthfully, and the next one is a new one.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Isotherm, open } from '../../src/index.js'
import { realWorld, type World } from '../../src/lib/world.js'
import type { Announcement, Database } from '../../src/store/database.js'
import { announce, Listener } from '../../src/store/listen.js'
import { openDatabase } from '../../src/store/open.js'
import { openPostgres } from '../../src/store/postgres.js'
import { Watchdog } from '../../src/store/watchdog.js'
import { attribute, Lab, labTemplate } from '../lab.js'
import { type FreshDatabase, freshDatabase } from '../postgres.js'
import { Wire } from './wire.js'

let fresh: FreshDatabase
beforeEach(async () => {
  fresh = await freshDatabase()
})
afterEach(() => fresh.drop())

describe('a command whose connection breaks', () => {
  let wire: Wire
  let isotherm: Isotherm
  beforeEach(async () => {
    await (await openDatabase(fresh.url)).close()
    wire = await Wire.open(fresh.url)
    isotherm = await open({ database: wire.url, engines: 0, types: [new Lab().type] })
  })
  afterEach(async () => {
    await isotherm.close()
    await wire.close()
  })

  /** The wire is cut at the first message with these words. */
  const cutAt = (words: RegExp, fate: 'lose' | 'pass, then cut') => {
    let cut = false
    wire.fateOf = (message) => {
      if (cut || !words.test(message)) return 'pass'
      cut = true
      return fate
    }
  }
  const up = () => isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 } }) })
  const commit = /commit\0/

  test('after its commit has arrived has happened, and goes on as if nothing had been', async () => {
    cutAt(commit, 'pass, then cut')
    const run = await up()
    expect(run.traversal).toBe(1)
    expect(await isotherm.stack('web')).toMatchObject({ status: 'CREATE_IN_PROGRESS', traversal: 1 })
  })

  test('before its commit has arrived says that it has not happened', async () => {
    cutAt(commit, 'lose')
    await expect(up()).rejects.toThrow(/while the command was being stored, and it was not: nothing was changed/)
    expect(await isotherm.stacks()).toEqual([])
    expect(await up()).toMatchObject({ traversal: 1 })
  })

  test('in the middle says that the database broke, and nothing was changed', async () => {
    cutAt(/insert into isotherm\.templates/, 'pass, then cut')
    await expect(up()).rejects.toMatchObject({ name: 'DatabaseUnavailable', message: expect.stringMatching(/broke/) })
    expect(await isotherm.stacks()).toEqual([])
  })

  test('is told apart from one that came in between', async () => {
    await up()
    const other = await open({ database: fresh.url, engines: 0, types: [new Lab().type] })
    let lost = false
    wire.fateOf = (message) => {
      if (lost || !commit.test(message)) return 'pass'
      lost = true
      return 'lose'
    }
    const update = isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 2 } }) })
    const [mine, theirs] = await Promise.allSettled([update, other.up({ stack: 'web', template: labTemplate({}) })])
    await other.close()
    // Either way traversal 2 exists; it is the other's.
    expect(mine.status).toBe('rejected')
    expect(theirs).toMatchObject({ status: 'fulfilled', value: { traversal: 2 } })
  })
})

describe('a transaction whose process stands still', () => {
  test('is ended by the server, not waited for by everybody', async () => {
    const database = await openPostgres(fresh.url)
    const [limits] = await database.transaction((sql) =>
      sql.query(
        `select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('statement_timeout') as statement`,
      ),
    )
    expect(limits).toEqual({ idle: '1min', statement: '10min' })
    await database.close()
  })
})

describe('a server that has forgotten what it acknowledged', () => {
  test('believes an engine to be at work that knows nothing of it; the engine gives the row up, and it is gone on with', async () => {
    const lab = new Lab()
    const isotherm = await open({ database: fresh.url, types: [lab.type], silentSeconds: 1 })
    await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 } }) })).settled()
    const [engine] = isotherm.health()
    const admin = await openPostgres(fresh.url)
    await admin.transaction(async (sql) => {
      await sql.query(`update isotherm.stacks set status = 'IN_PROGRESS', stage = 'update'`)
      await sql.query(
        `update isotherm.resources set state = 'running', phase = 'update', status = 'IN_PROGRESS', engine_id = $1`,
        [engine?.id],
      )
    })

    expect(await (await isotherm.attach('web')).settled()).toMatchObject({ status: 'CREATE_COMPLETE' })

    expect(lab.names()).toEqual(['a'])
    await Promise.all([isotherm.close(), admin.close()])
  })
})

describe('announcements', () => {
  let database: Database
  beforeEach(async () => {
    database = await openPostgres(fresh.url)
  })
  afterEach(() => database.close())

  const said = (kind: Announcement['kind'] = 'work') => ({ kind, by: randomUUID() })

  /** A listener, and a promise of the announcement that is waited for. */
  function listening() {
    const heard: string[] = []
    const waiting = new Map<string, () => void>()
    const listener = database.listen?.(realWorld, ({ by }) => {
      heard.push(by)
      waiting.get(by)?.()
    })
    const hears = (by: string) =>
      heard.includes(by) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(by, resolve))
    // Empty: that it listens from now on, whatever was announced before.
    return { listener, hears, ready: hears('') }
  }

  test('arrive from other connections, once they are committed', async () => {
    const { hears, ready, listener } = listening()
    await ready
    expect(listener?.alive).toBe(true)
    const one = said('command')
    await database.transaction(async (sql) => {
      await announce(sql, one)
    })
    await hears(one.by)
  })

  test('are heard again after the connection was lost', async () => {
    const first = listening()
    await first.ready
    const again = said()
    await database.query(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen isotherm'`)
    const ring = setInterval(() => void announce(database, again), 50)
    await first.hears(again.by)
    clearInterval(ring)
  })

  test('that cannot be heard, as behind a pooler, are noticed', async () => {
    // Connections that are deaf to what is announced, and a clock that does not make the test wait for the proof.
    let elapsed = 0
    const world: World = {
      ...realWorld,
      elapsedSeconds: () => elapsed++,
      sleep: (_, signal) => realWorld.sleep(0, signal),
    }
    let tries = 0
    let enough = () => {}
    const twice = new Promise<void>((resolve) => {
      enough = resolve
    })
    const { Client } = await import('pg')
    const connect = async () => {
      if (++tries === 2) enough()
      const client = new Client(fresh.url)
      await client.connect()
      return client
    }
    const deaf = { query: async <R extends object>(): Promise<R[]> => [] }
    const heard: Announcement[] = []
    const listener = new Listener({ connect, sql: deaf, world, heard: (one) => heard.push(one) })
    await twice
    expect(listener.alive).toBe(false)
    expect(heard).toEqual([])
    await listener.close()
  })

  test('wake an engine of another process that would rest for an hour', async () => {
    const lab = new Lab()
    const engine = await open({ database: fresh.url, types: [lab.type], idleSeconds: 3600, silentSeconds: 3600 })
    const commander = await open({ database: fresh.url, types: [lab.type], engines: 0 })
    const run = await commander.up({ stack: 'web', template: labTemplate({ a: {}, b: {} }) })
    expect(await run.settled()).toMatchObject({ status: 'CREATE_COMPLETE' })
    await Promise.all([engine.close(), commander.close()])
  })

  test('bring a resting engine when another has more to do than it can take', async () => {
    const lab = new Lab()
    const options = { database: fresh.url, types: [lab.type], idleSeconds: 3600, silentSeconds: 3600, slots: 1 }
    const engines = [await open(options), await open(options)] as const
    const root = lab.hold('create root')
    const leaves = ['a', 'b', 'c', 'd'].map((name) => lab.hold(`create ${name}`))
    const leaf = { v: attribute('root') }
    const template = labTemplate({ root: { v: 1 }, a: leaf, b: leaf, c: leaf, d: leaf })
    const run = await engines[0].up({ stack: 'web', template })
    await root.began
    root.release()
    // An engine of one slot makes one call at a time, and none of these ends before a second has begun.
    await atLeastTwo(leaves.map(({ began }) => began))
    for (const { release } of leaves) release()
    expect(await run.settled()).toMatchObject({ status: 'CREATE_COMPLETE' })
    await Promise.all(engines.map((engine) => engine.close()))
  })
})

function atLeastTwo(promises: readonly Promise<void>[]): Promise<void> {
  let count = 0
  return new Promise((resolve) => {
    for (const promise of promises) void promise.then(() => ++count === 2 && resolve())
  })
}

describe('a server that says nothing', () => {
  test('is left when it answers nobody else either, and waited for when it does', async () => {
    const answers = new Map([
      ['dead', false],
      ['slow', true],
    ])
    let looked = 0
    let enough = () => {}
    const thrice = new Promise<void>((resolve) => {
      enough = resolve
    })
    const watchdog = new Watchdog(async (server) => {
      if (++looked === 3) enough()
      return answers.get(server) ?? true
    }, 0.01)
    const ended: string[] = []
    for (const server of ['dead', 'slow']) {
      const watched = watchdog.watch(server, () => {
        ended.push(server)
        watched.over()
      })
    }
    await thrice
    watchdog.close()
    expect(ended).toEqual(['dead'])
  })
})
