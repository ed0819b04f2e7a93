// The doctor's rules that no test database shows: what belongs to a whole server, or to programs of another version.
import { expect, test } from 'vitest'
import { judge, judgeMigrations, type Symptoms } from './diagnosis.js'

const limits = { silentSeconds: 30, heldSeconds: 3_600, deadRowsMin: 50_000, clockSeconds: 5 }

const health: Symptoms = {
  migrations: { missing: [], foreign: [], newest: 3 },
  server: { clockSeconds: 0, autovacuum: true, embedded: false },
  clockAheadSeconds: 0.1,
  livingEngines: 1,
  silentEngines: [],
  heldRows: [],
  stacksInProgress: [],
  counters: [],
  stuck: [],
  failing: [],
  unheard: [],
  orphans: { data: 0, definitions: 0 },
  futureEvents: [],
  clearStacks: [],
  indexes: [],
  tables: [{ name: 'resources', liveRows: 10, deadRows: 40_000, autovacuum: true }],
}

test('health has no findings', () => {
  expect(judge(health, limits)).toEqual([])
})

test('a schema from the future is nothing to fix from here', () => {
  const found = judgeMigrations({ missing: [], foreign: ['0009_contract_old.sql'], newest: 3 })
  expect(found).toMatchObject([
    { kind: 'migrations', fixable: false, mend: 'use the newer isotherm that applied them' },
  ])
})

test('autovacuum that is off in the whole server is its owner’s business; an embedded database has none', () => {
  const server = { ...health.server, autovacuum: false }
  expect(judge({ ...health, server }, limits)).toMatchObject([{ kind: 'autovacuum', fixable: false }])
  expect(judge({ ...health, server: { ...server, embedded: true } }, limits)).toEqual([])
})

test('many dead rows are bloat only where they outnumber the living', () => {
  const table = { name: 'events', deadRows: 60_000, autovacuum: true }
  expect(judge({ ...health, tables: [{ ...table, liveRows: 1_000_000 }] }, limits)).toEqual([])
  expect(judge({ ...health, tables: [{ ...table, liveRows: 1_000 }] }, limits)).toMatchObject([
    { kind: 'bloat', subject: 'events', fixable: true },
  ])
})

test('why a stack is stuck is told once: by its counters, where they are wrong, or by what its turns fail for', () => {
  const work = { action: 'UPDATE', stage: 'update', onFailure: 'stop', failed: false } as const
  const facts = { armed: true, ready: false, busy: false, outdated: false, active: false }
  const stack = { id: 1, stack: 'web', traversal: 1, ...work, ...facts }
  const unfinished = [{ name: 'b', state: 'waiting', waitsFor: [{ name: 'a', state: 'waiting' }] }]
  const stuck = { ...health, stacksInProgress: [stack], stuck: [{ ...stack, unfinished }] }
  expect(judge(stuck, limits).map(({ kind }) => kind)).toEqual(['stuckStack'])
  const counters = [{ stack, wrong: [{ id: 7, name: 'b', awaiting: 2, expected: 1 }] }]
  expect(judge({ ...stuck, counters }, limits).map(({ kind }) => kind)).toEqual(['counters'])
  const failing = [{ stack: 'web', why: 'cursed' }]
  expect(judge({ ...stuck, failing }, limits)).toMatchObject([{ kind: 'failingTurns', stack: 'web', fixable: false }])
})
