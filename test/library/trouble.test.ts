// What happens when the world, the user or an engine changes its mind: on both databases.
import { expect, test } from 'vitest'
import { defineType, open, ProviderError } from '../../src/index.js'
import type { Transaction } from '../../src/store/database.js'
import { onBothDatabases } from '../databases.js'
import { attribute, Lab, labTemplate, refer, withLab } from '../lab.js'

const passing = () => new ProviderError('retry', 'the line was busy')
const final = () => new ProviderError('fatal', 'no more room')

onBothDatabases((home) => {
  test('a passing error is tried again with the same token', () =>
    withLab(home, async (isotherm, lab) => {
      lab.fail('create a', passing(), passing())
      const view = await (await isotherm.up({ stack: 'web', template: labTemplate({ a: {} }) })).settled()
      expect(view.status).toBe('CREATE_COMPLETE')
      expect(lab.calls).toEqual(['create a', 'create a', 'create a'])
      expect(lab.things.size).toBe(1)
    }))

  test.each([Number.POSITIVE_INFINITY, 1e15])('that a type wants to wait for %s seconds is written down', (seconds) => {
    const some = { properties: {}, recoverBy: 'token', delete: async () => {} } as const
    const slow = defineType({
      ...some,
      name: 'Trouble::Slow',
      create: async () => ({ physicalId: 'slow', pending: { handle: null, pollAfterSeconds: seconds } }),
      poll: async () => ({ physicalId: 'slow' }),
    })
    const busy = defineType({
      ...some,
      name: 'Trouble::Busy',
      create: () => Promise.reject(new ProviderError('throttled', 'not now', seconds)),
    })
    const template = { resources: { slow: { type: slow.name }, busy: { type: busy.name } } }
    return withLab(
      home,
      async (isotherm) => {
        await isotherm.up({ stack: 'web', template })
        const states = async () => (await isotherm.resources('web')).map(({ name, state }) => `${name} ${state}`).sort()
        await expect.poll(states, { timeout: 20_000 }).toEqual(['busy parked', 'slow parked'])
        for (const name of ['busy', 'slow'])
          expect((await isotherm.why('web', name)).nextAttemptSeconds).toBeCloseTo(86_400, -2)
        expect((await isotherm.stack('web')).failing).toBeNull()
      },
      { types: [slow, busy] },
    )
  })

  test('attempts are limited', () =>
    withLab(
      home,
      async (isotherm, lab) => {
        lab.fail('create a', passing(), passing(), passing())
        const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: {} }), onFailure: 'stop' })
        expect(await run.settled()).toMatchObject({
          status: 'CREATE_FAILED',
          reason: 'Resource CREATE failed: Lab::Thing: resources.a: the line was busy',
        })
      },
      { retry: { baseSeconds: 0.01, attemptsMax: 3 } },
    ))

  test('a failed create is rolled back to nothing, and the reason is kept', () =>
    withLab(home, async (isotherm, lab) => {
      lab.fail('create b', final())
      const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: {}, b: { v: refer('a') } }) })
      expect(await run.settled()).toMatchObject({
        status: 'ROLLBACK_COMPLETE',
        reason:
          'Stack ROLLBACK completed successfully; rolled back because: Resource CREATE failed: Lab::Thing: resources.b: no more room',
      })
      expect(lab.things.size).toBe(0)
    }))

  test('a failed update goes back to the last complete template and keeps physical ids', () =>
    withLab(home, async (isotherm, lab) => {
      const before = labTemplate({ a: { z: 1 }, b: { v: refer('a') } })
      await (await isotherm.up({ stack: 'web', template: before })).settled()
      const ids = [lab.idOf('a'), lab.idOf('b')]
      lab.fail('update b', final())
      const run = await isotherm.up({
        stack: 'web',
        template: labTemplate({ a: { z: 2 }, b: { v: refer('a') }, c: {} }),
      })
      expect((await run.settled()).status).toBe('ROLLBACK_COMPLETE')
      expect(lab.names()).toEqual(['a', 'b'])
      expect(lab.idOf('a')).toBe(ids[0])
      expect(await (await isotherm.preview({ stack: 'web', template: before })).changed).toBe(false)
    }))

  test('on_failure stop leaves the rest alone, and the next up mends it', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: {}, b: { v: refer('a') }, c: { v: refer('b') } })
      lab.fail('create a', final())
      const failed = await (await isotherm.up({ stack: 'web', template, onFailure: 'stop' })).settled()
      expect(failed.status).toBe('CREATE_FAILED')
      expect(lab.calls).toEqual(['create a'])
      expect((await (await isotherm.up({ stack: 'web', template })).settled()).status).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toEqual(['a', 'b', 'c'])
    }))

  test('on_failure continue brings about what does not depend on the failure', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: {}, b: { v: refer('a') }, c: {}, d: { v: refer('c') } })
      lab.fail('create a', final())
      const failed = await (await isotherm.up({ stack: 'web', template, onFailure: 'continue' })).settled()
      expect(failed).toMatchObject({ status: 'CREATE_FAILED' })
      expect(failed.reason).toContain('resources.a: no more room')
      expect(lab.names()).toEqual(['c', 'd'])
    }))

  test('an update supersedes a running create, which is never made twice', () =>
    withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 }, b: { v: attribute('a') } }) })
      await held.began
      const second = await isotherm.up({
        stack: 'web',
        template: labTemplate({ a: { v: 2 }, b: { v: attribute('a') } }),
      })
      held.release()
      expect((await second.settled()).status).toBe('UPDATE_COMPLETE')
      expect(lab.calls).toEqual(['create a', 'update a', 'create b'])
      expect(lab.things.get(lab.idOf('b') ?? '')?.properties).toEqual({ v: 2 })
    }))

  test('a delete in the middle of a create aborts it and leaves nothing', () =>
    withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create b')
      await isotherm.up({ stack: 'web', template: labTemplate({ a: {}, b: { v: refer('a') } }) })
      await held.began
      expect((await (await isotherm.down('web')).settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.things.size).toBe(0)
    }))

  test('a rollback of an update that is running goes back, also twice', () =>
    withLab(home, async (isotherm, lab) => {
      await (
        await isotherm.up({ stack: 'web', template: labTemplate({ a: { z: 1 }, b: { v: refer('a') } }) })
      ).settled()
      const id = lab.idOf('a')
      const held = lab.hold('update b')
      await isotherm.up({ stack: 'web', template: labTemplate({ a: { z: 2 }, b: { v: refer('a') } }) })
      await held.began
      await isotherm.rollback('web')
      const second = await isotherm.rollback('web')
      held.release()
      expect((await second.settled()).status).toBe('ROLLBACK_COMPLETE')
      expect(lab.idOf('a')).toBe(id)
      expect(lab.names()).toEqual(['a', 'b'])
    }))

  test('a cancelled update stays where it is, and says so', () =>
    withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      await isotherm.up({ stack: 'web', template: labTemplate({ a: {}, b: { v: refer('a') } }) })
      await held.began
      const cancelled = await (await isotherm.cancel('web', { rollback: false })).settled()
      expect(cancelled).toMatchObject({ status: 'CREATE_FAILED', reason: 'Stack CREATE cancelled' })
      expect(lab.calls).toEqual(['create a'])
      await expect(isotherm.cancel('web')).rejects.toThrow('nothing is running')
    }))

  test('a stack that runs out of time fails with that reason', () =>
    withLab(home, async (isotherm, lab) => {
      lab.hold('create a')
      const run = await isotherm.up({
        stack: 'web',
        template: labTemplate({ a: {} }),
        onFailure: 'stop',
        timeoutSeconds: 0.2,
      })
      expect(await run.settled()).toMatchObject({ status: 'CREATE_FAILED', reason: 'Timed out' })
    }))

  test('a wait condition is parked until it is signalled', () =>
    withLab(home, async (isotherm) => {
      const template = `
heat_template_version: 2018-08-31
resources:
  handle: { type: OS::Heat::WaitConditionHandle }
  wait:
    type: OS::Heat::WaitCondition
    properties: { handle: { get_resource: handle }, timeout: 600, count: 2 }
outputs:
  data: { value: { get_attr: [wait, data] } }
`
      const run = await isotherm.up({ stack: 'web', template })
      for await (const event of isotherm.watch('web')) {
        if (event.resource === 'wait') break
      }
      await isotherm.signal('web', 'handle', { id: 'one', data: 'first' })
      await isotherm.signal('web', 'handle', { id: 'two', data: 'second' })
      const view = await run.settled()
      expect(view.status).toBe('CREATE_COMPLETE')
      expect(JSON.parse(String(view.outputs.data?.value))).toEqual({ one: 'first', two: 'second' })
    }))

  test('a pending operation that nobody wants any more is not waited for', () =>
    withLab(home, async (isotherm) => {
      const template = {
        resources: {
          handle: { type: 'OS::Heat::WaitConditionHandle' },
          wait: { type: 'OS::Heat::WaitCondition', properties: { handle: refer('handle'), timeout: 600 } },
        },
      }
      await isotherm.up({ stack: 'web', template })
      for await (const event of isotherm.watch('web')) if (event.resource === 'wait') break
      expect((await (await isotherm.down('web')).settled()).status).toBe('DELETE_COMPLETE')
    }))

  test('what cannot be resolved is refused, and what exists is left untouched', () =>
    withLab(home, async (isotherm, lab) => {
      const make = (length: unknown) => ({
        resources: {
          a: { type: 'Lab::Thing', properties: { v: length } },
          b: { type: 'OS::Heat::RandomString', properties: { length: attribute('a') } },
        },
      })
      await (await isotherm.up({ stack: 'web', template: make(8) })).settled()
      const before = await isotherm.resource('web', 'b')
      const failed = await (await isotherm.up({ stack: 'web', template: make('long'), onFailure: 'stop' })).settled()
      expect(failed.status).toBe('UPDATE_FAILED')
      expect(failed.reason).toContain('resources.b')
      expect((await isotherm.resource('web', 'b')).status).toBe('UPDATE_FAILED')
      expect((await (await isotherm.up({ stack: 'web', template: make(8) })).settled()).status).toBe('UPDATE_COMPLETE')
      expect((await isotherm.resource('web', 'b')).physicalId).toBe(before.physicalId)
      expect(lab.names()).toEqual(['a'])
    }))
})

onBothDatabases((home) => {
  test('an engine that lost its database for longer than it may be silent goes on when it is back', async () => {
    const lab = new Lab()
    const real = await home.open()
    let away = false
    const reached = <T>(work: () => Promise<T>): Promise<T> =>
      away ? Promise.reject(new Error('the database is away')) : work()
    const database = {
      description: real.description,
      query: <R extends object>(text: string, values?: readonly unknown[]) =>
        reached(() => real.query<R>(text, values)),
      transaction: <T>(work: (sql: Transaction) => Promise<T>) => reached(() => real.transaction(work)),
      script: (text: string) => reached(() => real.script(text)),
      copy: (statement: string, chunks: Iterable<Uint8Array>) => reached(() => real.copy(statement, chunks)),
      close: () => real.close(),
    }
    const isotherm = await open({ database, types: [lab.type], silentSeconds: 0.3, idleSeconds: 0.05 })
    const held = lab.hold('create a')
    const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: {} }) })
    await held.began
    away = true
    // The call is aborted before others may take the row over; its answer would not count any more.
    await lab.aborted
    away = false
    expect((await run.settled()).status).toBe('CREATE_COMPLETE')
    expect(lab.things.size).toBe(1)
    await isotherm.close()
  })
})
