// Who asks about one resource, or changes one, makes the database read a few rows, however large its stack is.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineType, type Isotherm, open } from '../../src/index.js'
import type { Database } from '../../src/store/database.js'
import { openPostgres } from '../../src/store/postgres.js'
import { freshDatabase } from '../postgres.js'

const SIZE = 3_000
/** Versions, definitions, data and events of one resource and its neighbours. */
const FEW = 300

const Thing = defineType({
  name: 'Reach::Thing',
  properties: { size: { type: 'integer', default: 0 }, input: { type: 'string', default: '' } },
  attributes: { value: { type: 'string' } },
  create: async ({ token, name }) => ({ physicalId: token, attributes: { value: name } }),
  update: async (_call, thing) => ({ attributes: thing.attributes }),
  delete: async () => undefined,
  signal: () => ({ privateData: { heard: true }, message: 'heard' }),
})

/** Each resource reads the one before it in its row of ten. */
const one = (index: number, size: number) => ({
  type: Thing.name,
  properties: { size, ...(index % 10 > 0 && { input: { get_attr: [`r${index - 1}`, 'value'] } }) },
})

let database: Database
let isotherm: Isotherm
let drop: () => Promise<void>
beforeAll(async () => {
  const fresh = await freshDatabase()
  drop = fresh.drop
  const engines = await open({ database: fresh.url, types: [Thing], engines: 1 })
  const resources = Object.fromEntries(Array.from({ length: SIZE }, (_, index) => [`r${index}`, one(index, 1)]))
  const template = { heat_template_version: '2021-04-16', resources }
  await (await engines.up({ stack: 'large', template })).settled()
  await engines.close()
  // One session, which is asked afterwards what it has read.
  database = await openPostgres(fresh.url, 1)
  await database.script('vacuum analyze')
  isotherm = await open({ database, types: [Thing], engines: 0 })
})
afterAll(async () => {
  await isotherm.close()
  await drop()
})

async function rowsRead(): Promise<number> {
  await database.query('select pg_stat_force_next_flush()')
  const [read] = await database.query<{ rows: number }>(
    `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::float8 as rows from pg_stat_user_tables
     where schemaname = 'isotherm' and relname in ('resources', 'resource_data', 'definitions')`,
  )
  return read?.rows ?? 0
}

test.each<[string, () => Promise<unknown>]>([
  ['shows it', () => isotherm.resource('large', 'r1505')],
  ['asks why it is as it is', () => isotherm.why('large', 'r1505')],
  ['reads its metadata', () => isotherm.metadata('large', 'r1505')],
  ['signals it', () => isotherm.signal('large', 'r1505', { word: 'hello' })],
  [
    'looks at the newest events',
    async () => isotherm.events('large', { after: (await isotherm.lastEvent('large')) ?? '' }),
  ],
  ['shows the stack', () => isotherm.stack('large')],
  ['lists stacks', () => isotherm.stacks()],
  ['says that it is unwell', () => isotherm.markUnhealthy('large', 'r1505')],
  ['and well after all', () => isotherm.markUnhealthy('large', 'r1505', { healthy: true })],
  ['changes its metadata', () => isotherm.updateMetadata('large', 'r1505', { word: 'hello' })],
  ['patches it', () => isotherm.patch('large', { resources: { r2505: one(2505, 2) } })],
  ['asks why it waits', () => isotherm.why('large', 'r2506')],
])('who %s reads a few rows', async (_, ask) => {
  const before = await rowsRead()
  await ask()
  expect((await rowsRead()) - before).toBeLessThan(FEW)
})
