// The doctor on both databases: each sickness is made, seen, mended, and seen no more; a look alone changes nothing.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type DoctorOptions, doctor, type FindingKind, open } from '../../src/index.js'
import type { Database } from '../../src/store/database.js'
import { type Home, onBothDatabases } from '../databases.js'
import { Lab, labTemplate, refer } from '../lab.js'
import { freshDatabase } from '../postgres.js'

const NOBODY = '11111111-1111-4111-8111-111111111111'

/** A stack `a` ← `b` ← `c`, and no engine: at rest, or with `a` ready and the others waiting for each other. */
async function withStack(
  home: Home,
  at: 'rest' | 'work',
  story: (database: Database, lab: Lab) => Promise<void>,
): Promise<void> {
  const database = await home.open()
  const kept: Database = { ...view(database), close: async () => undefined }
  const lab = new Lab()
  const isotherm = await open({ database: kept, types: [lab.type], engines: at === 'rest' ? 1 : 0 })
  try {
    const template = labTemplate({ a: {}, b: { v: refer('a') }, c: { v: refer('b') } })
    const run = await isotherm.up({ stack: 'web', template })
    if (at === 'rest') await run.settled()
    await isotherm.close()
    await story(database, lab)
  } finally {
    await isotherm.close()
    await database.close()
  }
}

const view = (database: Database): Omit<Database, 'close'> => ({
  description: database.description,
  query: (text, values) => database.query(text, values),
  transaction: (work) => database.transaction(work),
  script: (text) => database.script(text),
  copy: (statement, chunks) => database.copy(statement, chunks),
})

/** Engines go to work, and the stack comes to rest. */
async function finish(database: Database, lab: Lab): Promise<string> {
  const kept: Database = { ...view(database), close: async () => undefined }
  const isotherm = await open({ database: kept, types: [lab.type] })
  const { status } = await (await isotherm.attach('web')).settled()
  await isotherm.close()
  return status
}

async function kindsFound(database: Database, options: DoctorOptions = {}): Promise<FindingKind[]> {
  const { findings } = await doctor({ database, world: hurried, ...options })
  return findings.filter(({ fixed }) => !fixed).map(({ kind }) => kind)
}

/** A second look comes at once. */
const hurried = { sleep: async () => {}, elapsedSeconds: () => 0, random: () => 0.5, newId: () => NOBODY }

/** Seen, left alone, mended, and seen no more. */
async function expectMended(database: Database, kinds: FindingKind[], options: DoctorOptions = {}): Promise<void> {
  expect(await kindsFound(database, options)).toEqual(kinds)
  expect(await kindsFound(database, options)).toEqual(kinds)
  const mended = await doctor({ database, world: hurried, ...options, fix: true })
  expect(mended.findings.filter(({ fixed }) => fixed).map(({ kind }) => kind)).toEqual(
    kinds.filter((kind) => kind !== 'noEngine'),
  )
  expect(await kindsFound(database, options)).toEqual(kinds.filter((kind) => kind === 'noEngine'))
}

onBothDatabases((home) => {
  test('a healthy database is told so', () =>
    withStack(home, 'rest', async (database) => {
      expect(await doctor({ database })).toEqual({ healthy: true, findings: [] })
    }))

  test('work without an engine is seen, and says what to do', () =>
    withStack(home, 'work', async (database) => {
      const { healthy, findings } = await doctor({ database, fix: true })
      expect(healthy).toBe(false)
      expect(findings).toMatchObject([
        {
          kind: 'noEngine',
          message: '1 stack is in progress (web) and no engine is alive.',
          mend: 'start one: isotherm engine, or isotherm attach STACK --engine',
          fixed: false,
        },
      ])
    }))

  test('a silent engine and what it holds are handed on', () =>
    withStack(home, 'work', async (database, lab) => {
      await database.query(
        `insert into isotherm.engines (id, host, pid, heartbeat_at) values ($1, 'far', 7, now() - interval '1 minute')`,
        [NOBODY],
      )
      await database.query(
        `update isotherm.resources set state = 'running', engine_id = $1, fence = 4 where name = 'a'`,
        [NOBODY],
      )
      await expectMended(database, ['silentEngine', 'noEngine'])
      expect(await database.query(`select state, fence from isotherm.resources where name = 'a'`)).toEqual([
        { state: 'ready', fence: 5 },
      ])
      expect(await finish(database, lab)).toBe('CREATE_COMPLETE')
    }))

  test('a row held by an engine that is not there is handed on', () =>
    withStack(home, 'work', async (database, lab) => {
      await database.query(`update isotherm.resources set state = 'running', engine_id = $1 where name = 'a'`, [NOBODY])
      await expectMended(database, ['noEngine', 'abandonedRow'])
      expect(await finish(database, lab)).toBe('CREATE_COMPLETE')
    }))

  test('a row that a living engine holds for too long is taken from it', () =>
    withStack(home, 'work', async (database, lab) => {
      await database.query(`insert into isotherm.engines (id, host, pid) values ($1, 'far', 7)`, [NOBODY])
      await database.query(
        `update isotherm.resources set state = 'running', engine_id = $1, due_at = now() - interval '2 hours',
           updated_at = now() - interval '2 hours' where name = 'a'`,
        [NOBODY],
      )
      expect(await kindsFound(database, { heldSeconds: 10_000 })).toEqual([])
      await expectMended(database, ['heldTooLong'])
      await database.query('delete from isotherm.engines')
      expect(await finish(database, lab)).toBe('CREATE_COMPLETE')
    }))

  test('counters that disagree with the rows are counted again', () =>
    withStack(home, 'work', async (database, lab) => {
      await database.query(`update isotherm.resources set awaiting = 3 where name = 'b'`)
      await database.query(`update isotherm.resources set awaiting = 0, state = 'ready' where name = 'c'`)
      const { findings } = await doctor({ database })
      expect(findings.find(({ kind }) => kind === 'counters')).toMatchObject({
        stack: 'web',
        message: '2 counters disagree with the rows: b awaits 3 instead of 1, c awaits 0 instead of 1.',
      })
      await expectMended(database, ['noEngine', 'counters'])
      expect(await finish(database, lab)).toBe('CREATE_COMPLETE')
      expect(lab.calls).toEqual(['create a', 'create b', 'create c'])
    }))

  test('counters of a clean-up are those of the rows that require the old ones', () =>
    withStack(home, 'rest', async (database, lab) => {
      const isotherm = await open({ database: { ...view(database), close: async () => undefined }, types: [lab.type] })
      const held = lab.hold('delete c')
      const run = await isotherm.down('web')
      await held.began
      expect(await kindsFound(database)).toEqual([])
      await database.query(`update isotherm.resources set awaiting = awaiting + 1 where name in ('a', 'b')`)
      await expectMended(database, ['counters'])
      held.release()
      expect((await run.settled()).status).toBe('DELETE_COMPLETE')
      await isotherm.close()
    }))

  test('rows that stand in no queue are queued', () =>
    withStack(home, 'work', async (database, lab) => {
      await database.query(`update isotherm.resources set state = 'idle' where name = 'a'`)
      const { findings } = await doctor({ database })
      expect(findings.at(-1)?.message).toBe('a should be visited, but stand in no queue.')
      await expectMended(database, ['noEngine', 'stuckStack'])
      expect(await finish(database, lab)).toBe('CREATE_COMPLETE')
    }))

  test('a stack that nobody advanced is advanced', () =>
    withStack(home, 'rest', async (database) => {
      await database.query(`update isotherm.stacks set status = 'IN_PROGRESS', stage = 'cleanup'`)
      expect(await kindsFound(database)).toEqual(['noEngine', 'stuckStack'])
      expect((await doctor({ database, fix: true })).healthy).toBe(true)
      expect(await database.query('select status from isotherm.stacks')).toEqual([{ status: 'COMPLETE' }])
    }))

  test('a ring of rows that wait for each other is told with their names, and not touched', () =>
    withStack(home, 'work', async (database) => {
      await database.query(
        `update isotherm.resources r set state = 'waiting', awaiting = 1, tells = array[
           (select id from isotherm.resources o where o.name = translate(r.name, 'abc', 'bca'))]`,
      )
      const { findings } = await doctor({ database, fix: true })
      expect(findings.at(-1)).toMatchObject({
        kind: 'stuckStack',
        fixed: false,
        message: 'Nothing goes on, and it is not finished: a waits for c, b waits for a, c waits for b.',
      })
    }))

  test('whoever waits for a nested stack that has come to rest is made to look', async () => {
    const database = await home.open()
    const lab = new Lab()
    const isotherm = await open({ database: { ...view(database), close: async () => undefined }, types: [lab.type] })
    try {
      const header = 'heat_template_version: 2021-04-16\nresources:\n'
      const held = lab.hold('create a')
      await isotherm.up({
        stack: 'web',
        template: `${header}  n: { type: leaf.yaml }\n`,
        files: { 'leaf.yaml': `${header}  a: { type: Lab::Thing }\n` },
      })
      await held.began
      await isotherm.close()
      await database.query(`update isotherm.stacks set status = 'COMPLETE', stage = null where parent_id is not null`)
      const { findings } = await doctor({ database, world: hurried })
      expect(findings.at(-1)).toMatchObject({ kind: 'unheard', stack: 'web', subject: 'n' })
      await expectMended(database, ['noEngine', 'unheard'])
      expect(await finish(database, lab)).toBe('CREATE_COMPLETE')
    } finally {
      await isotherm.close()
      await database.close()
    }
  })

  test('what belongs to nobody is removed', () =>
    withStack(home, 'rest', async (database) => {
      await database.query(
        `insert into isotherm.resource_data (stack_id, id) select stack_id, id + 1000 from isotherm.resources`,
      )
      await expectMended(database, ['orphans'])
      expect(await database.query('select id from isotherm.resource_data')).toHaveLength(3)
    }))

  test('events from another cluster are put before all new ones, in their order', () =>
    withStack(home, 'rest', async (database) => {
      const ids = () => database.query('select id from isotherm.events order by xact, id')
      const before = await ids()
      await database.query(`update isotherm.events set xact = '9000000000' where id % 2 = 0`)
      expect(await ids()).not.toEqual(before)
      await expectMended(database, ['futureEvents'])
      expect(await ids()).toEqual(before)
    }))

  test('an index that is missing or invalid is made anew', () =>
    withStack(home, 'rest', async (database) => {
      const definitions = () =>
        database.query(`select indexdef from pg_indexes where schemaname = 'isotherm' order by 1`)
      const before = await definitions()
      await database.query('drop index isotherm.resources_due')
      await database.query('drop index isotherm.resources_current')
      await database.query(
        `update pg_index set indisvalid = false where indexrelid = 'isotherm.resources_armed'::regclass`,
      )
      await expectMended(database, ['index', 'index', 'index'])
      expect(await definitions()).toEqual(before)
    }))

  test('dead rows are tidied away, and autovacuum is allowed again', () =>
    withStack(home, 'rest', async (database) => {
      await database.query('alter table isotherm.resource_data set (autovacuum_enabled = false)')
      await database.transaction(async (sql) => {
        await sql.query(`insert into isotherm.projects (name) select 'p' || n from generate_series(1, 2000) n`)
        await sql.query(`delete from isotherm.projects where name like 'p%'`)
        await sql.query('select pg_stat_force_next_flush()')
      })
      await expectMended(database, ['bloat', 'autovacuum'], { deadRowsMin: 1_000 })
    }))

  test('a clock that is wrong is told, not set', () =>
    withStack(home, 'rest', async (database) => {
      const now = () => Date.now() - 60_000
      const { findings } = await doctor({ database, now, fix: true })
      expect(findings).toMatchObject([
        { kind: 'clock', message: "The database's clock is 60 s ahead of this machine's.", fixed: false },
      ])
    }))
})

test('a schema that is behind is seen, left as it is, and brought up', async () => {
  const { url, drop } = await freshDatabase()
  const look = await doctor({ database: url })
  expect(look.findings).toMatchObject([{ kind: 'migrations', fixable: true, fixed: false }])
  expect(await doctor({ database: url })).toEqual(look)
  expect((await doctor({ database: url, fix: true })).findings).toMatchObject([{ kind: 'migrations', fixed: true }])
  expect(await doctor({ database: url })).toEqual({ healthy: true, findings: [] })
  await drop()
})

test('a look makes no embedded database where there is none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'isotherm-doctor-'))
  await expect(doctor({ database: folder })).rejects.toThrow(`there is no database in ${folder}`)
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})
