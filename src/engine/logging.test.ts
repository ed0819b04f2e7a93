// What a log says of a database that is away: that it is, now and then that it still is, and that it answers again.
import { expect, test } from 'vitest'
import { realWorld } from '../lib/world.js'
import { TypeRegistry } from '../provider/registry.js'
import { type Database, DatabaseUnavailable } from '../store/database.js'
import { openDatabase } from '../store/open.js'
import { Engine } from './engine.js'
import { logging } from './logging.js'

function book() {
  const lines: string[] = []
  const keep = (details: object, message: string) =>
    void lines.push(message + ('alikeBefore' in details ? `, ${details.alikeBefore} alike before` : ''))
  return { lines, log: { debug() {}, info: keep, warn: keep, error: keep } }
}

const ROUND = 'a round failed; it will be made again'
const BEAT = 'no heartbeat could be written'
const AGAIN = 'heartbeats are written again'

test('what fails twice a second for the same reason is told once, and again after half a minute with how often it was', () => {
  const { lines, log } = book()
  let now = 0
  const telemetry = logging(log, () => now)
  const fail = (message: string, part: 'round' | 'heartbeat' = 'round') =>
    telemetry.failed(new Error(message), part, 'e')
  for (; now < 40_000; now += 500) fail('away')
  fail('away', 'heartbeat')
  expect(lines).toEqual([ROUND, `${ROUND}, 59 alike before`, BEAT])
  fail('full')
  expect(lines.slice(3)).toEqual([`${ROUND}, 19 alike before`])
  telemetry.recovered('e')
  fail('full')
  expect(lines.slice(4)).toEqual([AGAIN, ROUND])
})

test('an engine whose database has answered again says so', async () => {
  const { lines, log } = book()
  const database = await openDatabase('memory:')
  let away = false
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    away ? Promise.reject(new DatabaseUnavailable('away')) : question()
  const shaky: Database = {
    ...database,
    query: (text, values) => ask(() => database.query(text, values)),
    transaction: (work) => ask(() => database.transaction(work)),
  }
  const common = { types: new TypeRegistry(), world: realWorld, log, slots: 1, silentSeconds: 1, idleSeconds: 0.05 }
  const engine = new Engine(shaky, { ...common, telemetry: logging(log) })
  await engine.start()
  away = true
  while (!lines.includes(ROUND) || !lines.includes(BEAT)) await realWorld.sleep(0.02)
  away = false
  while (!lines.includes(AGAIN)) await realWorld.sleep(0.02)
  expect(lines.filter((line) => line === ROUND)).toHaveLength(1)
  await engine.stop(1)
  await database.close()
})
