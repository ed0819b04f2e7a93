// Turns that fail for one stack, for a reason that nobody thought of: on both databases, a trigger refuses what engines write about
// the stack `sick`. Other stacks go on; when the trigger is gone, so does that one, and nothing has been made twice.
import { expect, test } from 'vitest'
import { defaultRetention, retain } from '../../src/engine/retention.js'
import { watchReality } from '../../src/engine/watch-reality.js'
import { doctor, type Isotherm, open, type ResourceType } from '../../src/index.js'
import { realWorld } from '../../src/lib/world.js'
import type { Database } from '../../src/store/database.js'
import { dueWatches } from '../../src/store/watches.js'
import { type Home, onBothDatabases } from '../databases.js'
import { Lab, labTemplate, refer } from '../lab.js'

const SICK = '(select s.id from isotherm.stacks s where s.name = $n$sick$n$ or s.name like $n$outer-sick-%$n$)'

const refusing = (event: string, table: string, where: string, column = 'stack_id') =>
  `before ${event} on isotherm.${table} for each row when (${where}) execute function isotherm.curse('${column}')`

const triggers = {
  settling: refusing('update', 'resources', "old.state = 'running'"),
  claiming: refusing('update', 'resources', "new.state = 'running'"),
  advancing: refusing('update', 'stacks', "new.status <> 'IN_PROGRESS'", 'id'),
  forgetting: refusing('delete', 'events', 'true'),
  checking: refusing('update', 'stacks', "new.action = 'CHECK'", 'id'),
}
type Trigger = keyof typeof triggers

const curse = (database: Database, what: Trigger) =>
  database.script(`
create function isotherm.curse() returns trigger language plpgsql as $body$
declare
  touched constant jsonb := case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
  if (touched->>tg_argv[0])::int in ${SICK} then raise exception 'cursed'; end if;
  return case tg_op when 'DELETE' then old else new end;
end $body$;
create trigger curse ${triggers[what]}`)

const bless = (database: Database) => database.script('drop function if exists isotherm.curse() cascade')

interface Story {
  readonly isotherm: Isotherm
  readonly database: Database
  readonly lab: Lab
}

async function withCurse(
  home: Home,
  what: Trigger,
  story: (story: Story) => Promise<void>,
  engines = 1,
): Promise<void> {
  const lab = new Lab()
  const database = await home.open()
  const kept: Database = { ...database, close: async () => undefined }
  const options = { types: [lab.type], idleSeconds: 0.05, silentSeconds: 2, retention: false } as const
  const isotherm = await open({ ...options, database: kept, engines })
  await curse(database, what)
  try {
    await story({ isotherm, database, lab })
  } finally {
    await bless(database)
    await isotherm.close()
    await database.close()
  }
}

const template = labTemplate({ a: {}, b: { v: refer('a') }, c: {} })

onBothDatabases((home) => {
  test.each(['settling', 'claiming', 'advancing'] as const)(
    'a stack that fails in %s holds up no other, and goes on by itself when it can',
    (what) =>
      withCurse(home, what, async ({ isotherm, database, lab }) => {
        const sick = await isotherm.up({ stack: 'sick', template })
        for (const stack of ['one', 'other']) {
          const well = await isotherm.up({ stack, template })
          expect((await well.settled()).status).toBe('CREATE_COMPLETE')
        }
        expect((await isotherm.stack('sick')).status).toBe('CREATE_IN_PROGRESS')
        await bless(database)
        expect((await sick.settled()).status).toBe('CREATE_COMPLETE')
        expect(lab.names()).toEqual(['a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c'])
        expect(lab.calls).toHaveLength(9)
      }),
  )

  test('its history says why it does not go on, and that it does again; the doctor finds it', () =>
    withCurse(home, 'claiming', async ({ isotherm, database }) => {
      const sick = await isotherm.up({ stack: 'sick', template })
      const why = 'the engine cannot go on, and tries again (2 failures): cursed'
      while (!(await reasons(isotherm)).includes(why)) await realWorld.sleep(0.05)
      const { findings } = await doctor({ database })
      expect(findings).toMatchObject([{ kind: 'failingTurns', stack: 'sick', fixed: false }])
      expect(findings[0]?.message).toContain('cursed')
      await bless(database)
      await sick.settled()
      expect((await reasons(isotherm)).slice(-3)).toEqual([
        why,
        'the engine goes on',
        'Stack CREATE completed successfully',
      ])
    }))

  test('whoever looks sees why it does not go on, since when, and when it is tried again', () =>
    withCurse(home, 'claiming', async ({ isotherm, database }) => {
      const files = { 'inner.yaml': JSON.stringify({ heat_template_version: '2018-08-31', ...template }) }
      const outer = { heat_template_version: '2018-08-31', resources: { sick: { type: 'inner.yaml' } } }
      await isotherm.up({ stack: 'outer', template: outer, files })
      const well = await isotherm.up({ stack: 'well', template })
      while (!(await isotherm.progress('outer')).failing) await realWorld.sleep(0.05)
      const sick = (await isotherm.nested('outer'))[0]?.stack ?? ''
      const { failing } = await isotherm.stack(sick)
      expect(failing).toMatchObject({ stack: sick, why: 'cursed' })
      expect(failing?.nextAttemptSeconds).toBeLessThanOrEqual(60)
      expect(new Date(failing?.since ?? '').toISOString()).toBe(failing?.since)
      for (const stack of ['outer', sick]) {
        expect((await isotherm.progress(stack)).failing).toMatchObject({ stack: sick, why: 'cursed' })
        expect((await isotherm.stack(stack)).failing).toMatchObject({ stack: sick, why: 'cursed' })
      }
      const listed = await isotherm.stacks({ nested: true })
      expect(listed.map((one) => [one.name, one.failing?.why])).toEqual([
        ['outer', undefined],
        [sick, 'cursed'],
        ['well', undefined],
      ])
      expect((await well.settled()).failing).toBe(null)
      expect((await isotherm.progress('well')).failing).toBe(undefined)
      await database.script('delete from isotherm.engines')
      expect((await isotherm.stack(sick)).failing?.nextAttemptSeconds).toBe(null)
      await bless(database)
      expect((await (await isotherm.attach(sick)).settled()).failing).toBe(null)
      await (await isotherm.attach('outer')).settled()
    }))

  test('what a dead engine held is taken over wherever it can be', () =>
    withCurse(
      home,
      'settling',
      async ({ isotherm, database, lab }) => {
        const runs = [await isotherm.up({ stack: 'sick', template }), await isotherm.up({ stack: 'well', template })]
        await bless(database)
        await database.query(
          `update isotherm.resources set state = 'running', engine_id = gen_random_uuid() where name = 'a'`,
        )
        await curse(database, 'settling')
        const kept: Database = { ...database, close: async () => undefined }
        const engine = await open({ database: kept, types: [lab.type], idleSeconds: 0.05, silentSeconds: 1 })
        try {
          expect((await runs[1]?.settled())?.status).toBe('CREATE_COMPLETE')
          expect((await isotherm.stack('sick')).status).toBe('CREATE_IN_PROGRESS')
          await bless(database)
          expect((await runs[0]?.settled())?.status).toBe('CREATE_COMPLETE')
        } finally {
          await engine.close()
        }
      },
      0,
    ))

  test('the history of others is trimmed, and others are watched', () =>
    withCurse(home, 'forgetting', async ({ isotherm, database }) => {
      for (const stack of ['sick', 'well'])
        await (await isotherm.up({ stack, template, watchReality: { minutes: 30, driftLimit: 0 } })).settled()
      await database.script(`update isotherm.events set at = at - interval '40 days'`)
      for (const stack of ['sick', 'well'])
        await (await isotherm.up({ stack, template: labTemplate({ a: {}, b: {}, c: {} }) })).settled()
      const failed: string[] = []
      const note = (_stackId: number, error: unknown) => void failed.push(String(error))
      await database.script('delete from isotherm.duties')
      await retain(database, realWorld, defaultRetention, note)
      const first = async (stack: string) => (await isotherm.events(stack)).at(0)?.traversal
      expect([await first('sick'), await first('well')]).toEqual([1, 2])

      await bless(database)
      await curse(database, 'checking')
      await database.script('update isotherm.watches set due_at = isotherm.clock()')
      expect(await watchReality(database, realWorld, note)).toBe(1)
      expect((await (await isotherm.attach('well')).settled()).status).toBe('CHECK_COMPLETE')
      expect(failed).toEqual(['error: cursed', 'error: cursed'])
      expect(await dueWatches(database, 10)).toEqual([])
    }))

  test('a call that this program gets wrong fails like any other, and the process goes on', async () => {
    const lab = new Lab()
    const wrong: ResourceType = {
      ...lab.type,
      name: 'Lab::Wrong',
      get timeoutSeconds(): number {
        throw new TypeError('nobody thought of that')
      },
    }
    const options = { types: [lab.type, wrong], idleSeconds: 0.05, retry: { baseSeconds: 0.01, attemptsMax: 2 } }
    const isotherm = await open({ ...options, database: await home.open() })
    try {
      const sick = await isotherm.up({ stack: 'sick', template: { resources: { a: { type: 'Lab::Wrong' } } } })
      const well = await isotherm.up({ stack: 'well', template })
      expect((await well.settled()).status).toBe('CREATE_COMPLETE')
      expect((await sick.settled()).reason).toContain('resources.a: the engine could not make this call: TypeError')
    } finally {
      await isotherm.close()
    }
  })

  test('a new command for it is not made to wait', () =>
    withCurse(home, 'claiming', async ({ isotherm, database, lab }) => {
      await isotherm.up({ stack: 'sick', template })
      while ((await reasons(isotherm)).length < 2) await realWorld.sleep(0.05)
      await bless(database)
      const gone = await (await isotherm.down('sick')).settled()
      expect(gone.status).toBe('DELETE_COMPLETE')
      expect(lab.things.size).toBe(0)
    }))
})

const reasons = async (isotherm: Isotherm) =>
  (await isotherm.events('sick')).filter(({ resource }) => resource === undefined).map(({ reason }) => reason)
