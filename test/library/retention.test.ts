// Retention on both databases: what is old goes, what a rollback or a reader needs stays, and a round falls to one engine.
import { expect, test } from 'vitest'
import { People } from '../../src/api/identity/people.js'
import { defaultRetention, type RetentionPolicy, retain } from '../../src/engine/retention.js'
import { type Isotherm, open } from '../../src/index.js'
import { realWorld } from '../../src/lib/world.js'
import type { Database } from '../../src/store/database.js'
import { type Home, onBothDatabases } from '../databases.js'
import { Lab, labTemplate } from '../lab.js'

const KEEP_ALL: RetentionPolicy = {
  eventDays: Number.POSITIVE_INFINITY,
  eventsPerStackMax: Number.POSITIVE_INFINITY,
  templateDays: Number.POSITIVE_INFINITY,
  templatesPerStackMax: Number.POSITIVE_INFINITY,
  deletedStackDays: Number.POSITIVE_INFINITY,
}

async function withHistory(home: Home, story: (isotherm: Isotherm, database: Database, lab: Lab) => Promise<void>) {
  const database = await home.open()
  const lab = new Lab()
  const isotherm = await open({ database, types: [lab.type], retention: false })
  try {
    for (const v of [1, 2, 3, 4]) {
      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v }, b: {} }) })).settled()
    }
    await story(isotherm, database, lab)
  } finally {
    await isotherm.close()
  }
}

/** A round now, whenever the last one was. */
async function round(database: Database, policy: Partial<RetentionPolicy>): Promise<number | undefined> {
  await database.query('delete from isotherm.duties')
  return retain(database, realWorld, { ...KEEP_ALL, ...policy })
}

const age = (database: Database, days: number) =>
  database.script(`update isotherm.events set at = at - interval '${days} days';
    update isotherm.templates set created_at = created_at - interval '${days} days';
    update isotherm.stacks set deleted_at = deleted_at - interval '${days} days'`)

const traversals = async (database: Database, table: string) =>
  (await database.query<{ traversal: number }>(`select distinct traversal from isotherm.${table} order by 1`)).map(
    ({ traversal }) => traversal,
  )

onBothDatabases((home) => {
  test('nothing young goes by default', () =>
    withHistory(home, async (_isotherm, database) => {
      expect(await round(database, defaultRetention)).toBe(0)
    }))

  test('old events go', () =>
    withHistory(home, async (isotherm, database) => {
      await age(database, 40)
      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 5 }, b: {} }) })).settled()
      await round(database, { eventDays: 30 })
      expect(await traversals(database, 'events')).toEqual([5])
    }))

  test('a number of events that was lowered is reached in many stacks at once, and soon in all of them', () =>
    withHistory(home, async (isotherm, database) => {
      const names = Array.from({ length: 30 }, (_, at) => `one-${at}`)
      for (const stack of names) await (await isotherm.up({ stack, template: labTemplate({ a: {} }) })).settled()
      await age(database, 1)
      expect(await round(database, { eventsPerStackMax: 1_000 })).toBe(0)
      await round(database, { eventsPerStackMax: 1 })
      const left = await database.query<{ count: number }>(
        'select count(*)::int as count from isotherm.events group by stack_id',
      )
      expect(left.map(({ count }) => count)).toEqual(Array(31).fill(1))
    }))

  test('only the newest events stay, once the others are an hour old', () =>
    withHistory(home, async (isotherm, database) => {
      await round(database, { eventsPerStackMax: 3 })
      expect(await traversals(database, 'events')).toEqual([1, 2, 3, 4])
      const newest = await database.query('select id from isotherm.events order by xact desc, id desc limit 3')
      await age(database, 1)
      await round(database, { eventsPerStackMax: 3 })
      expect(await database.query('select id from isotherm.events order by xact desc, id desc')).toEqual(newest)
      // Beside old ones that go, young ones stay, however many: somebody may still be reading them.
      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 5 }, b: {} }) })).settled()
      const young = await database.query('select id from isotherm.events where traversal = 5 order by id')
      expect(young.length).toBeGreaterThan(1)
      await round(database, { eventsPerStackMax: 1 })
      expect(await database.query('select id from isotherm.events order by id')).toEqual(young)
    }))

  test('a project may keep fewer events of its stacks than others, or more', () =>
    withHistory(home, async (isotherm, database) => {
      const other = isotherm.forProject('other')
      await (await other.up({ stack: 'web', template: labTemplate({ a: { v: 1 }, b: {} }) })).settled()
      await age(database, 1)
      const people = new People(database)
      const counts = () =>
        database.query(`select p.name, count(*)::int as count from isotherm.events e join isotherm.stacks s on s.id = e.stack_id
          join isotherm.projects p on p.id = s.project_id group by p.name order by p.name`)
      await people.limitProject('other', 2)
      await round(database, { eventsPerStackMax: 5 })
      const kept = [{ count: 5 }, { name: 'other', count: 2 }]
      expect(await counts()).toMatchObject(kept)
      await people.limitProject('other', null)
      await round(database, { eventsPerStackMax: 1 })
      expect(await counts()).toMatchObject([{ count: 1 }, { name: 'other', count: 1 }])
    }))

  test('events of what is under way stay', () =>
    withHistory(home, async (isotherm, database, lab) => {
      const held = lab.hold('update a')
      const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 5 }, b: {} }) })
      await held.began
      await age(database, 40)
      await round(database, { eventDays: 30, eventsPerStackMax: 0 })
      expect(await traversals(database, 'events')).toEqual([5])
      held.release()
      await run.settled()
    }))

  test('templates before the last complete one go with their definitions, and a rollback still finds its own', () =>
    withHistory(home, async (isotherm, database, lab) => {
      lab.fail('update a', new Error('no more room'))
      const template = labTemplate({ a: { v: 5 } })
      const failed = await (await isotherm.up({ stack: 'web', template, onFailure: 'stop' })).settled()
      expect(failed.status).toBe('UPDATE_FAILED')
      await age(database, 40)
      await round(database, { templateDays: 30 })
      expect(await traversals(database, 'templates')).toEqual([4, 5])
      expect(await database.query('select name, since, until from isotherm.definitions where until <= 4')).toEqual([])
      const view = await (await isotherm.rollback('web')).settled()
      expect(view.status).toBe('ROLLBACK_COMPLETE')
      expect(lab.names()).toEqual(['a', 'b'])
      expect(lab.things.get(lab.idOf('a') ?? '')?.properties).toEqual({ v: 4 })
    }))

  test('of young templates the newest stay, and each is whole', () =>
    withHistory(home, async (_isotherm, database) => {
      await round(database, { templatesPerStackMax: 2 })
      expect(await traversals(database, 'templates')).toEqual([3, 4])
      expect(await database.query(`select since from isotherm.definitions where name = 'a' order by 1`)).toEqual([
        { since: 3 },
        { since: 4 },
      ])
    }))

  test('a deleted stack goes with all that was kept of it', () =>
    withHistory(home, async (isotherm, database) => {
      await (await isotherm.down('web')).settled()
      await round(database, { deletedStackDays: 30 })
      expect(await database.query('select id from isotherm.stacks')).toHaveLength(1)
      await age(database, 40)
      await round(database, { deletedStackDays: 30 })
      for (const table of ['stacks', 'templates', 'events', 'commands', 'definitions']) {
        expect(await database.query(`select * from isotherm.${table}`), table).toEqual([])
      }
    }))

  test('more than one statement may delete goes in several, a few stacks at a time', () =>
    withHistory(home, async (isotherm, database) => {
      await age(database, 50)
      await database.query(
        `insert into isotherm.events (stack_id, at, traversal, name, action, status)
         select s.id, now() - interval '40 days', 1, 'web', 'UPDATE', 'COMPLETE' from isotherm.stacks s, generate_series(1, 2500)`,
      )
      const before = await database.query('select id from isotherm.events')
      expect(await round(database, { eventDays: 30 })).toBe(before.length)
      expect(await isotherm.events('web')).toEqual([])
    }))

  test('a round falls to one of those who ask, and the next one waits', () =>
    withHistory(home, async (_isotherm, database) => {
      const rounds = await Promise.all([1, 2, 3].map(() => retain(database, realWorld, KEEP_ALL)))
      expect(rounds.filter((trimmed) => trimmed !== undefined)).toEqual([0])
      await database.query(`update isotherm.duties set due_at = now()`)
      expect(await retain(database, realWorld, KEEP_ALL)).toBe(0)
    }))
})
