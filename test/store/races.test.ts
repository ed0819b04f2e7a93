// Races on a real PostgreSQL: one side is held before its commit, the other is seen to wait (or not to), then both go on.
// Nothing here sleeps for a time: it looks at pg_stat_activity until the wait is there.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginWork } from '../../src/store/begin.js'
import { claimRows } from '../../src/store/claim.js'
import type { Database, Sql } from '../../src/store/database.js'
import { reclaim, registerEngine, removeSilentEngines } from '../../src/store/engines.js'
import { appendEvents, readEvents } from '../../src/store/events.js'
import { arrive, removeRows, type Settlement, settleRows } from '../../src/store/settle.js'
import { lockStack, makeStack, shareStacks } from '../../src/store/stacks.js'
import { confineTenants } from '../../src/store/tenancy.js'
import { beginVisits, disarmVisits } from '../../src/store/visit.js'
import { held as heldIn, openWithStack, somebodyWaits as waitsIn } from './held.js'

let database: Database
let close: () => Promise<void>
let stackId = 0

beforeEach(async () => {
  const opened = await openWithStack()
  database = opened.database
  stackId = opened.stackId
  close = opened.close
  await database.query(`update isotherm.stacks set traversal = 1`)
})
afterEach(() => close())

const held = <T>(work: (sql: Sql) => Promise<T>) => heldIn(database, work)
const somebodyWaits = () => waitsIn(database)

async function addRow(id: number, over: { awaiting?: number; state?: string; tells?: number[] } = {}): Promise<void> {
  const { awaiting = 0, state = 'ready', tells = [] } = over
  await database.query(
    `insert into isotherm.resources (stack_id, id, name, type, current, traversal, phase, awaiting, tells, state, due_at)
     values ($1, $2::bigint, 'r' || $2::bigint, 'T', true, 1, 'update', $3, $4::bigint[], $5, isotherm.clock())`,
    [stackId, id, awaiting, tells, state],
  )
}

async function addEngine(): Promise<string> {
  const id = randomUUID()
  await registerEngine(database, { id, host: 'here', pid: 1 })
  return id
}

const begin = (sql: Sql, engineId: string, id: number) =>
  beginWork(sql, engineId, [
    { stackId, id, action: 'CREATE', attempt: 1, propertiesHash: null, requires: [], traversal: 1, parkSeconds: null },
  ])

const settlement = (id: number, fence: number): Settlement => ({
  stackId,
  id,
  fence,
  held: true,
  traversal: 1,
  phase: 'update',
  kind: 'done',
  status: 'COMPLETE',
  reason: null,
  physicalId: `p${fence}`,
  definitionHash: null,
  propertiesHash: null,
  requires: [],
  retain: null,
  waitSeconds: 0,
  event: null,
})

const rowOf = async (id: number) =>
  (
    await database.query<{ state: string; awaiting: number; fence: number; physical_id: string | null }>(
      'select state, awaiting, fence, physical_id from isotherm.resources where id = $1',
      [id],
    )
  )[0]

test('two engines that claim at once never get the same row, and neither waits', async () => {
  for (let id = 1; id <= 4; id++) await addRow(id)
  const first = held((sql) => claimRows(sql, [{ stackId, limit: 2 }]))
  const mine = await first.reached
  const theirs = await claimRows(database, [{ stackId, limit: 10 }])
  first.release()
  await first.ended
  expect(mine).toHaveLength(2)
  expect(theirs).toHaveLength(2)
  expect(new Set([...mine, ...theirs].map(({ id }) => id)).size).toBe(4)
})

test('two predecessors that settle at once both arrive, and the later one alone finds nothing awaited', async () => {
  await addRow(9, { awaiting: 2, state: 'waiting' })
  const arrival = [{ stackId, id: 9, phase: 'update', count: 1 }] as const
  const first = held((sql) => arrive(sql, arrival))
  await first.reached
  const second = database.transaction((sql) => arrive(sql, arrival))
  await somebodyWaits()
  first.release()
  await first.ended
  await second
  expect(await rowOf(9)).toMatchObject({ awaiting: 0, state: 'ready' })
})

test('who arrives last queues the successor, and nobody claims it before that is committed', async () => {
  await addRow(8, { awaiting: 1, state: 'waiting' })
  await addRow(9, { awaiting: 2, state: 'waiting' })
  const first = held((sql) =>
    arrive(
      sql,
      [8, 9].map((id) => ({ stackId, id, phase: 'update', count: 1 })),
    ),
  )
  await first.reached
  expect(await claimRows(database, [{ stackId, limit: 10 }])).toEqual([])
  first.release()
  await first.ended
  expect((await claimRows(database, [{ stackId, limit: 10 }])).map(({ id }) => id)).toEqual([8])
})

test('an engine that was only slow finds its settle refused, and so is its removal', async () => {
  await addRow(1)
  const slow = await addEngine()
  await database.transaction((sql) => begin(sql, slow, 1))
  await database.query(`update isotherm.engines set heartbeat_at = isotherm.clock() - interval '1 hour'`)
  expect(await removeSilentEngines(database, 10)).toEqual([slow])
  expect(await reclaim(database, [stackId])).toHaveLength(1)
  const quick = await addEngine()
  await database.transaction((sql) => begin(sql, quick, 1))
  expect(await settleRows(database, slow, [settlement(1, 1)])).toEqual([])
  expect(
    await removeRows(database, slow, [{ stackId, id: 1, fence: 1, held: true, traversal: 1, event: null }]),
  ).toEqual([])
  expect(await settleRows(database, quick, [settlement(1, 3)])).toHaveLength(1)
  expect(await rowOf(1)).toMatchObject({ physical_id: 'p3', state: 'idle' })
})

test('a settle that waits for a sweep is refused when the sweep has handed the row on', async () => {
  await addRow(1)
  const slow = await addEngine()
  await database.transaction((sql) => begin(sql, slow, 1))
  await database.query('delete from isotherm.engines')
  const sweeping = held((sql) => reclaim(sql, [stackId]))
  expect(await sweeping.reached).toHaveLength(1)
  const settling = database.transaction((sql) => settleRows(sql, slow, [settlement(1, 1)]))
  await somebodyWaits()
  sweeping.release()
  await sweeping.ended
  expect(await settling).toEqual([])
  expect(await rowOf(1)).toMatchObject({ fence: 2, state: 'ready', physical_id: null })
})

test('two sweeps at once hand a row on once', async () => {
  await addRow(1)
  await database.transaction(async (sql) => begin(sql, await addEngine(), 1))
  await database.query('delete from isotherm.engines')
  const first = held((sql) => reclaim(sql, [stackId]))
  expect(await first.reached).toHaveLength(1)
  expect(await reclaim(database, [stackId])).toHaveLength(0)
  first.release()
  await first.ended
  expect(await rowOf(1)).toMatchObject({ fence: 2, state: 'ready' })
})

test('what was only being visited says what it said before, when its engine has stopped and nobody waits for the visit', async () => {
  await addRow(1)
  await database.query(
    `update isotherm.resources set phase = 'visit', action = 'CREATE', physical_id = 'p1', reason = 'made'`,
  )
  const visiting = await addEngine()
  await beginVisits(database, visiting, [{ stackId, id: 1, attempt: 1, suspends: false }])
  await disarmVisits(database, [stackId])
  await database.query('delete from isotherm.engines')
  expect(await reclaim(database, [stackId])).toHaveLength(1)
  const rows = await database.query('select action, status, reason, state from isotherm.resources')
  expect(rows).toEqual([{ action: 'CREATE', status: 'COMPLETE', reason: 'made', state: 'idle' }])
})

test('a command waits for the turns that hold its stack, and an engine never waits for a command', async () => {
  const turn = held((sql) => shareStacks(sql, [stackId]))
  expect(await turn.reached).toEqual([stackId])
  const command = held((sql) => lockStack(sql, stackId))
  await somebodyWaits()
  // A command that waits is not starved by turns that come after it: they find the stack taken.
  expect(await database.transaction((sql) => shareStacks(sql, [stackId]))).toEqual([])
  turn.release()
  await turn.ended
  await command.reached
  expect(await database.transaction((sql) => shareStacks(sql, [stackId]))).toEqual([])
  command.release()
  await command.ended
  expect(await database.transaction((sql) => shareStacks(sql, [stackId]))).toEqual([stackId])
})

test('a deadlock is ended by the database and the whole transaction is run again', async () => {
  await addRow(1)
  await addRow(2)
  const touch = (sql: Sql, id: number) =>
    sql.query('update isotherm.resources set reason = $2 where id = $1', [id, 'x'])
  let runs = 0
  let meet: () => void = () => {}
  const bothHoldOne = new Promise<void>((resolve) => {
    meet = resolve
  })
  let holding = 0
  const cross = (one: number, other: number) =>
    database.transaction(async (sql) => {
      runs++
      await touch(sql, one)
      if (++holding === 2) meet()
      await bothHoldOne
      await touch(sql, other)
    })
  await Promise.all([cross(1, 2), cross(2, 1)])
  // The one that is run again may be quicker than the other, and meet it once more.
  expect(runs).toBeGreaterThanOrEqual(3)
})

test('two commands that make the same stack at once make one row', async () => {
  const make = (sql: Sql) => makeStack(sql, 'default', { uid: randomUUID(), name: 'new' })
  const first = held(make)
  expect(await first.reached).toMatchObject({ name: 'new', traversal: 0 })
  const second = database.transaction(make)
  await somebodyWaits()
  first.release()
  await first.ended
  expect(await second).toBeUndefined()
})

test('a reader of events is not shown one that an older transaction might still precede', async () => {
  const event = (name: string) => ({ stackId, traversal: 1, name, action: 'CREATE', status: 'COMPLETE' })
  const early = held((sql) => appendEvents(sql, [event('early')]))
  await early.reached
  await appendEvents(database, [event('late')])
  expect(await readEvents(database, stackId, undefined, 10)).toEqual([])
  early.release()
  await early.ended
  expect((await readEvents(database, stackId, undefined, 10)).map(({ name }) => name)).toEqual(['early', 'late'])
})

test('a server that starts, and confines tenants table by table, stands in no ring with who reads several tables', async () => {
  let [attempts, confining] = [0, Promise.resolve()]
  await database.transaction(async (sql) => {
    if (++attempts > 1) return
    await sql.script(`set local deadlock_timeout = '10ms'`)
    await sql.query('select from isotherm.stacks')
    confining = confineTenants(database)
    await somebodyWaits()
    await sql.query('select from isotherm.commands')
  })
  await confining
  expect(attempts).toBe(1)
})
