// Stacks whose reality is watched, on both databases. The clock is moved on by making watches due.
import { expect, test } from 'vitest'
import { watchReality } from '../../src/engine/watch-reality.js'
import { InvalidInput, type Isotherm, open, ProviderError } from '../../src/index.js'
import { realWorld } from '../../src/lib/world.js'
import type { Database } from '../../src/store/database.js'
import { dueWatches, takeWatch } from '../../src/store/watches.js'
import { type Home, onBothDatabases } from '../databases.js'
import { Lab, labTemplate, refer } from '../lab.js'

const template = labTemplate({ a: { v: 1 }, b: { v: refer('a') }, c: { v: 3 } })

const thrown = (_stackId: number, error: unknown): never => {
  throw error
}

interface Watched {
  readonly isotherm: Isotherm
  readonly lab: Lab
  readonly database: Database
  /** An interval later: one round of the duty. */
  round(): Promise<number>
  /** The stack when nothing is under way any more. */
  rest(): Promise<string>
}

async function withWatched(home: Home, driftLimit: number, story: (watched: Watched) => Promise<void>): Promise<void> {
  const lab = new Lab()
  const database = await home.open()
  const isotherm = await open({ database, types: [lab.type], retry: { baseSeconds: 0.01 }, idleSeconds: 0.02 })
  const round = async () => {
    await database.query('update isotherm.watches set due_at = isotherm.clock()')
    return watchReality(database, realWorld, thrown)
  }
  const rest = async () => (await (await isotherm.attach('web')).settled()).status
  try {
    await (await isotherm.up({ stack: 'web', template, watchReality: { minutes: 30, driftLimit } })).settled()
    await story({ isotherm, lab, database, round, rest })
  } finally {
    await isotherm.close()
  }
}

onBothDatabases((home) => {
  test('a watched stack that was tampered with is mended without a person, in order', () =>
    withWatched(home, 2, async ({ isotherm, lab, round, rest }) => {
      const gone = lab.idOf('a') ?? ''
      lab.things.delete(gone)
      lab.things.set(lab.idOf('c') ?? '', { name: 'c', properties: { v: 'tampered' } })
      expect(await round()).toBe(1)
      expect(await rest()).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toEqual(['a', 'b', 'c'])
      expect(lab.idOf('a')).not.toBe(gone)
      expect(lab.things.get(lab.idOf('b') ?? '')?.properties).toEqual({ v: lab.idOf('a') })
      expect(lab.things.get(lab.idOf('c') ?? '')?.properties).toEqual({ v: 3 })
      const said = (await isotherm.events('web')).filter(({ status }) => status === 'CHECK_FAILED').map((e) => e.reason)
      expect(said.at(-1)).toContain('2 resources differ, within the drift limit of 2: being mended')
    }))

  test('above the limit nothing is changed, and it is said how many differ and what to type', () =>
    withWatched(home, 1, async ({ isotherm, lab, round, rest }) => {
      lab.things.delete(lab.idOf('a') ?? '')
      lab.things.set(lab.idOf('c') ?? '', { name: 'c', properties: { v: 'tampered' } })
      await round()
      expect(await rest()).toBe('CHECK_FAILED')
      expect(lab.names()).toEqual(['b', 'c'])
      const { reason } = await isotherm.stack('web')
      expect(reason).toContain('2 resources differ, more than the drift limit of 1 lets be mended without a person')
      expect(reason).toContain('to mend, type: isotherm up TEMPLATE -s web')
      expect((await isotherm.events('web')).at(-1)?.reason).toBe(reason)
    }))

  test('where nothing differs nothing is done', () =>
    withWatched(home, 2, async ({ lab, round, rest }) => {
      await round()
      expect(await rest()).toBe('CHECK_COMPLETE')
      expect(lab.calls.slice(3).sort()).toEqual(['read a', 'read b', 'read c'])
    }))

  test('a look falls to one of those who ask, and none comes before the interval is over', () =>
    withWatched(home, 2, async ({ isotherm, database, rest }) => {
      expect(await watchReality(database, realWorld, thrown)).toBe(0)
      await database.query('update isotherm.watches set due_at = isotherm.clock()')
      const begun = await Promise.all([1, 2, 3].map(() => watchReality(database, realWorld, thrown)))
      expect(begun.sort()).toEqual([0, 0, 1])
      await rest()
      expect((await isotherm.stack('web')).traversal).toBe(2)
      expect(await watchReality(database, realWorld, thrown)).toBe(0)
    }))

  test('of two who have seen the same watch due the second finds it moved', () =>
    withWatched(home, 2, async ({ database }) => {
      await database.query('update isotherm.watches set due_at = isotherm.clock()')
      const [id = 0] = await dueWatches(database, 10)
      const take = () => database.transaction((sql) => takeWatch(sql, id))
      expect([await take(), await take()]).toEqual([true, false])
    }))

  test('what is under way, and what is suspended, is not disturbed', () =>
    withWatched(home, 2, async ({ isotherm, lab, round, rest }) => {
      const held = lab.hold('update c')
      const changed = labTemplate({ a: { v: 1 }, b: { v: refer('a') }, c: { v: 4 } })
      const run = await isotherm.up({ stack: 'web', template: changed })
      await held.began
      expect(await round()).toBe(0)
      held.release()
      await run.settled()
      await (await isotherm.suspend('web')).settled()
      expect(await round()).toBe(0)
      await (await isotherm.check('web')).settled()
      expect(await round()).toBe(0)
      await (await isotherm.resume('web')).settled()
      expect(await round()).toBe(1)
      expect(await rest()).toBe('CHECK_COMPLETE')
    }))

  test('what a person asked for a person judges: their own check mends nothing', () =>
    withWatched(home, 2, async ({ isotherm, lab }) => {
      lab.things.delete(lab.idOf('c') ?? '')
      expect((await (await isotherm.check('web')).settled()).status).toBe('CHECK_FAILED')
      expect(lab.names()).toEqual(['a', 'b'])
    }))

  test('a change that failed is not tried again behind a person’s back', () =>
    withWatched(home, 5, async ({ isotherm, lab, round, rest }) => {
      lab.fail('update c', new ProviderError('fatal', 'no'))
      const changed = labTemplate({ a: { v: 1 }, b: { v: refer('a') }, c: { v: 4 } })
      await (await isotherm.up({ stack: 'web', template: changed, onFailure: 'stop' })).settled()
      lab.things.delete(lab.idOf('a') ?? '')
      await round()
      expect(await rest()).toBe('CHECK_FAILED')
      expect((await isotherm.stack('web')).reason).toContain('the last change was not completed')
      expect(lab.names()).toEqual(['b', 'c'])
    }))

  test('what is being mended is superseded by a new command, like everything else', () =>
    withWatched(home, 2, async ({ isotherm, lab, round, rest }) => {
      lab.things.delete(lab.idOf('c') ?? '')
      const held = lab.hold('create c')
      await round()
      await held.began
      const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 } }) })
      held.release()
      expect((await run.settled()).status).toBe('UPDATE_COMPLETE')
      expect(await rest()).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toEqual(['a'])
    }))

  test('an up without the option keeps the watch and its time, null and a deletion end it', () =>
    withWatched(home, 2, async ({ isotherm, database }) => {
      const first = (await isotherm.stack('web')).watch
      expect(first).toMatchObject({ everyMinutes: 30, driftLimit: 2 })
      await (await isotherm.up({ stack: 'web', template })).settled()
      expect((await isotherm.stack('web')).watch).toEqual(first)
      await isotherm.watchReality('web', { minutes: 60 })
      expect((await isotherm.stack('web')).watch).toEqual({ ...first, everyMinutes: 60, driftLimit: 0 })
      await (await isotherm.up({ stack: 'web', template, watchReality: null })).settled()
      expect((await isotherm.stack('web')).watch).toBeNull()
      await isotherm.watchReality('web', { minutes: 0.5, driftLimit: 1 })
      await (await isotherm.down('web')).settled()
      expect(await database.query('select * from isotherm.watches')).toEqual([])
    }))

  test('minutes and limits that make no sense are refused, and the stack is not made', () =>
    withWatched(home, 2, async ({ isotherm }) => {
      const watch = { minutes: -1, driftLimit: 1.5 }
      const refused = await isotherm.up({ stack: 'other', template, watchReality: watch }).catch((error) => error)
      expect(refused).toBeInstanceOf(InvalidInput)
      expect(refused.problems.map(({ path }: { path: string }) => path)).toEqual([
        'watchReality.minutes',
        'watchReality.driftLimit',
      ])
      await expect(isotherm.stack('other')).rejects.toThrow('other')
    }))
})
