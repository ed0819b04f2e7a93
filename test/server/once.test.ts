// `Idempotency-Key`: a command that is asked for twice happens once, whatever became of its first answer.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../src/client.js'
import { retain } from '../../src/engine/retention.js'
import { realWorld } from '../../src/lib/world.js'
import { type Database, DatabaseUnavailable } from '../../src/store/database.js'
import { onBothDatabases } from '../databases.js'
import { labTemplate } from '../lab.js'
import { at, type Served, startServer } from './harness.js'

const keyed = (key: string) => ({ 'idempotency-key': key })
const template = labTemplate({ a: {} })

/** A database that loses what a request is answered, as a server does that dies just then. */
function forgetful(database: Database) {
  const state = { forgets: false }
  const query: Database['query'] = (text, values) => {
    if (state.forgets && text.includes('update isotherm.answers')) throw new DatabaseUnavailable('the server died')
    return database.query(text, values)
  }
  return { state, database: { ...bound(database), query } }
}

const bound = (database: Database): Database => ({
  description: database.description,
  ...(database.keyring && { keyring: database.keyring }),
  query: (text, values) => database.query(text, values),
  script: (text) => database.script(text),
  copy: (statement, chunks) => database.copy(statement, chunks),
  transaction: (work) => database.transaction(work),
  close: () => database.close(),
})

onBothDatabases((home) => {
  describe('a request with a key', { timeout: 120_000 }, () => {
    let served: Served
    let state: { forgets: boolean }
    let database: Database
    beforeAll(async () => {
      const made = forgetful(await home.open())
      state = made.state
      database = made.database
      served = await startServer({ database: made.database, key: '5e'.repeat(32) })
    })
    afterAll(() => served.close())

    const make = (key: string, stack_name: string, more = {}) =>
      served.ask('POST', '/v1/once/stacks', { stack_name, template, ...more }, keyed(key))

    test('is answered the same again, and done once', async () => {
      const first = await make('one', 'web')
      expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null])
      const again = await make('one', 'web')
      expect([again.status, again.body, again.headers.get('location')]).toEqual([
        201,
        first.body,
        first.headers.get('location'),
      ])
      expect(again.headers.get('idempotency-replayed')).toBe('true')
      await served.settled('once', 'web')
      const path = new URL(String(first.headers.get('location'))).pathname
      const update = () => served.ask('PUT', path, { template: labTemplate({ a: { v: '2' } }) }, keyed('two'))
      expect([(await update()).status, (await update()).status]).toEqual([202, 202])
      expect(at((await served.ask('GET', `${path}/traversals`)).body, 'traversals.0.traversal')).toBe(2)
    })

    test('is refused with another body, another address or another key that is none', async () => {
      await make('taken', 'taken')
      expect((await make('taken', 'other')).status).toBe(422)
      expect(
        (await served.ask('POST', '/v1/once/stacks?a=b', { stack_name: 'taken', template }, keyed('taken'))).status,
      ).toBe(422)
      expect((await make('x'.repeat(256), 'other')).status).toBe(400)
      expect((await served.ask('GET', '/v1/once/stacks', undefined, keyed('taken'))).status).toBe(200)
      // Keys are each project's own.
      const elsewhere = await served.ask('POST', '/v1/elsewhere/stacks', { stack_name: 'w', template }, keyed('taken'))
      expect(elsewhere.status).toBe(201)
    })

    test('has its refusal repeated as well', async () => {
      const first = await make('bad', '1bad')
      expect(first.status).toBe(400)
      const again = await make('bad', '1bad')
      expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([400, first.body, 'true'])
    })

    test('of many at once is done by one, and all are answered the same', async () => {
      const all = await Promise.all(Array.from({ length: 8 }, () => make('crowd', 'crowd')))
      expect(new Set(all.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set([`201 ${all[0]?.text}`]))
      expect(all.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(7)
    })

    test('that was done just before the server died is found, and answered as if it had lived', async () => {
      for (const [key, path, body, method] of [
        ['died', '/v1/once/stacks', { stack_name: 'died', template }, 'POST'],
        ['died too', '/v1/once/isotherm/stacks/died/up', { template: labTemplate({ a: { v: 'x' } }) }, 'POST'],
      ] as const) {
        state.forgets = true
        const lost = await served.ask(method, path, body, keyed(key))
        expect(lost.status).toBe(503)
        state.forgets = false
        await served.settled('once', 'died')
        // Whoever comes meanwhile does not know whether it lives.
        await database.query(`update isotherm.answers set lease_until = isotherm.clock() where key = $1`, [key])
        const found = await served.ask(method, path, body, keyed(key))
        expect(found.status, found.text).toBeOneOf([201, 202])
        const stack = await served.server.isotherm.forProject('once').stack('died')
        expect([at(found.body, 'stack.id') ?? found.body.id, stack.traversal]).toEqual([
          stack.id,
          key === 'died' ? 1 : 2,
        ])
      }
    })

    test('is done when whoever had it before did nothing', async () => {
      const refused = await make('idle', 'died')
      expect(refused.status).toBe(409)
      await database.query(`update isotherm.answers set status = null where key = 'idle'`)
      const again = await make('idle', 'died')
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([409, null])
    })

    test('is forgotten after a day, and the key is as new', async () => {
      await make('old', 'old')
      await database.query(`update isotherm.answers set at = at - interval '25 hours' where key = 'old'`)
      expect((await make('old', 'young')).status).toBe(201)
      await database.query(`update isotherm.answers set at = at - interval '25 hours' where key = 'old'`)
      await database.query(`update isotherm.duties set due_at = isotherm.clock(), position = 0`)
      await retain(database, realWorld)
      expect(await database.query(`select from isotherm.answers where key = 'old'`)).toEqual([])
    })

    test('is what the client sends, so that it outlives an answer that is lost on the way', async () => {
      const { url } = served.server
      let losses = 0
      const proxy = createServer(async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(Buffer.from(chunk))
        const headers = Object.fromEntries(
          Object.entries(request.headers).flatMap(([name, value]) =>
            typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name)
              ? [[name, value]]
              : [],
          ),
        )
        const { method = 'GET' } = request
        const body = method === 'GET' ? {} : { body: Buffer.concat(chunks) }
        const answer = await fetch(`${url}${request.url}`, { method, headers, ...body })
        const text = await answer.text()
        if (method !== 'GET' && losses++ % 2 === 0) return void response.socket?.destroy()
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
      })
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
      const client = connect({ url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, project: 'lossy' })
      const run = await client.up({ stack: 'web', template, presume: 'new' })
      expect([run.traversal, (await run.settled()).status]).toEqual([1, 'CREATE_COMPLETE'])
      expect((await (await client.check('web')).settled()).traversal).toBe(2)
      expect(losses).toBe(4)
      proxy.closeAllConnections()
      proxy.close()
    })
  })
})
