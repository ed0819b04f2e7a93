// Snapshots and the way back to them, on both databases.
import { expect, test } from 'vitest'
import { defineType, NotFound, ProviderError } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { labTemplate, refer, withLab } from '../lab.js'

/** Takes its time to be kept, and in the end does not tell what was. */
const forgetful = defineType({
  name: 'Lab::Forgetful',
  properties: {},
  create: async (call) => ({ physicalId: call.token }),
  snapshot: async () => ({ pending: { handle: 1, pollAfterSeconds: 0 } }),
  poll: async () => ({}),
  delete: async () => Promise.reject(new ProviderError('fatal', 'it was not kept')),
})

onBothDatabases((home) => {
  test('a stack goes back to a snapshot: what came is removed, what went is made, what was kept is laid over', () =>
    withLab(home, async (isotherm, lab) => {
      const early = labTemplate({ a: { v: 1 }, b: { z: refer('a') } })
      await (await isotherm.up({ stack: 'web', template: early })).settled()
      const a = lab.idOf('a') ?? ''
      // Somebody wrote into it since; that is what the snapshot keeps.
      lab.things.set(a, { name: 'a', properties: { v: 'written since' } })
      const { id, run } = await isotherm.snapshot('web', { name: 'before' })
      expect((await run.settled()).status).toBe('SNAPSHOT_COMPLETE')
      expect(lab.calls.slice(2)).toEqual(['snapshot a', 'snapshot b'])
      expect(await isotherm.snapshots('web')).toMatchObject([{ id, name: 'before', status: 'COMPLETE' }])
      expect((await isotherm.showSnapshot('web', 'before')).resources).toMatchObject([
        { name: 'a', physicalId: a, data: '******' },
        { name: 'b' },
      ])

      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 2 }, c: {} }) })).settled()
      const restored = await (await isotherm.restore('web', 'before')).settled()
      expect(restored.status).toBe('RESTORE_COMPLETE')
      expect(lab.names()).toEqual(['a', 'b'])
      expect(lab.things.get(a)?.properties).toEqual({ v: 'written since' })

      await isotherm.deleteSnapshot('web', id)
      await expect(isotherm.restore('web', id)).rejects.toThrow(NotFound)
      await (await isotherm.down('web')).settled()
    }))

  test('a snapshot of what is half done is refused', () =>
    withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: {} }) })
      await held.began
      await expect(isotherm.snapshot('web')).rejects.toThrow('a snapshot of what is half done would be none')
      held.release()
      await run.settled()
    }))

  test('a snapshot that failed, or was superseded, is one to which nobody goes back', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: { v: 1 }, b: { v: refer('a') } })
      await (await isotherm.up({ stack: 'web', template })).settled()
      lab.fail('snapshot a', new ProviderError('fatal', 'no room'))
      const { run, id } = await isotherm.snapshot('web')
      expect((await run.settled()).status).toBe('SNAPSHOT_FAILED')
      await expect(isotherm.restore('web', id)).rejects.toThrow('no room')

      const held = lab.hold('snapshot a')
      const second = await isotherm.snapshot('web')
      await held.began
      const update = await isotherm.up({ stack: 'web', template })
      held.release()
      await update.settled()
      expect(await isotherm.showSnapshot('web', second.id)).toMatchObject({
        status: 'FAILED',
        reason: 'superseded by another command',
      })
      expect(lab.calls.slice(2).filter((call) => !call.startsWith('snapshot'))).toEqual([])
    }))

  const keeping = (resources: { readonly [name: string]: object }) => ({
    resources: Object.fromEntries(
      Object.entries(resources).map(([name, properties]) => [
        name,
        { type: 'Lab::Thing', properties, deletion_policy: 'Snapshot' },
      ]),
    ),
  })

  test('what its deletion policy says is kept before it is deleted, and a restore brings it back', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: keeping({ a: { v: 1 }, b: { v: 1 } }) })).settled()
      lab.things.set(lab.idOf('a') ?? '', { name: 'a', properties: { v: 'written since' } })
      lab.calls.length = 0
      const without = keeping({ b: { v: 1 } })
      expect((await isotherm.preview({ stack: 'web', template: without })).changes).toMatchObject([
        { name: 'a', action: 'delete', keptFirst: true },
      ])
      const replaced = await isotherm.preview({ stack: 'web', template: keeping({ a: { v: 1, z: 2 }, b: { v: 2 } }) })
      expect(replaced.changes.map(({ name, keptFirst }) => [name, keptFirst])).toEqual([
        ['a', true],
        ['b', undefined],
      ])
      expect((await isotherm.previewDown('web')).changes.map(({ keptFirst }) => keptFirst)).toEqual([true, true])
      await (await isotherm.up({ stack: 'web', template: without })).settled()
      expect(lab.calls).toEqual(['snapshot a', 'delete a'])
      const [kept] = await isotherm.snapshots('web')
      expect(kept).toMatchObject({ name: 'a before its deletion', status: 'COMPLETE' })
      await (await isotherm.restore('web', kept?.id ?? '')).settled()
      expect(lab.things.get(lab.idOf('a') ?? '')?.properties).toEqual({ v: 'written since' })
      lab.calls.length = 0
      await (await isotherm.up({ stack: 'web', template: keeping({ a: { v: 1, z: 2 }, b: { v: 1 } }) })).settled()
      expect(lab.calls).toEqual(['create a', 'snapshot a', 'delete a'])
      lab.calls.length = 0
      const { id } = await isotherm.stack('web')
      await (await isotherm.down('web')).settled()
      expect([...lab.calls].sort()).toEqual(['delete a', 'delete b', 'snapshot a', 'snapshot b'])
      expect((await isotherm.snapshots({ id })).map(({ name }) => name).sort()).toEqual([
        'a before its deletion',
        'a before its deletion',
        'a before its deletion',
        'b before its deletion',
      ])
    }))

  test('what cannot be kept is not deleted, until the policy is taken back', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: keeping({ a: { v: 1 } }) })).settled()
      lab.fail('snapshot a', new ProviderError('fatal', 'no room'))
      const failed = await (await isotherm.down('web')).settled()
      expect(failed).toMatchObject({ status: 'DELETE_FAILED' })
      expect(failed.reason).toBe('Resource SNAPSHOT failed: Lab::Thing: resources.a: no room')
      expect(lab.names()).toEqual(['a'])
      lab.calls.length = 0
      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 } }) })).settled()
      await (await isotherm.down('web')).settled()
      expect(lab.calls).not.toContain('snapshot a')
      expect(lab.names()).toEqual([])
    }))

  test('an answer that says nothing of what was kept is a failure, and nothing is deleted for it', () =>
    withLab(
      home,
      async (isotherm) => {
        const a = { type: 'Lab::Forgetful', deletion_policy: 'Snapshot' }
        await (await isotherm.up({ stack: 'web', template: { resources: { a } } })).settled()
        const failed = await (await isotherm.down('web')).settled()
        expect(failed).toMatchObject({ status: 'DELETE_FAILED' })
        expect(failed.reason).toContain('Lab::Forgetful was asked for a snapshot, and its answer has none')
      },
      { types: [forgetful] },
    ))

  test('a type that cannot be kept is refused with its place', () =>
    withLab(home, async (isotherm) => {
      const resource = { type: 'OS::Heat::Value', deletion_policy: 'snapshot', properties: { value: 1 } }
      const template = JSON.stringify({ heat_template_version: '2018-08-31', resources: { a: resource } })
      await expect(isotherm.up({ stack: 'web', template })).rejects.toThrow(
        'resources.a.deletion_policy: OS::Heat::Value does not support the deletion policy Snapshot',
      )
    }))

  test('how often a deletion is tried is what the template said of what goes', () =>
    withLab(home, async (isotherm, lab) => {
      const once = { type: 'Lab::Thing', properties: {}, isotherm: { retry: { attempts: 1 } } }
      await (await isotherm.up({ stack: 'web', template: { resources: { a: once } } })).settled()
      lab.fail('delete a', new ProviderError('retry', 'busy'))
      expect((await (await isotherm.down('web')).settled()).reason).toContain('busy')
      expect(lab.calls.filter((call) => call === 'delete a')).toHaveLength(1)
      expect((await (await isotherm.down('web')).settled()).status).toBe('DELETE_COMPLETE')
    }))

  const nested = (v: string, count = 2) => {
    const member = { type: 'Lab::Thing', properties: { v } }
    const inside = { heat_template_version: '2021-04-16', resources: { a: { type: 'Lab::Thing', properties: { v } } } }
    const resource_def = { type: 'member.yaml' }
    return {
      stack: 'web',
      template: {
        resources: {
          g: { type: 'OS::Heat::ResourceGroup', properties: { count, resource_def: member } },
          deep: { type: 'OS::Heat::ResourceGroup', properties: { count: 1, resource_def } },
        },
      },
      files: { 'member.yaml': JSON.stringify(inside) },
    }
  }

  test('what was kept of members is laid over them, however deep, and the next update is to the template again', () =>
    withLab(home, async (isotherm, lab) => {
      const values = () =>
        Object.fromEntries([...lab.things.values()].map(({ name, properties }) => [name, properties.v]))
      await (await isotherm.up(nested('early'))).settled()
      for (const name of ['0', 'a'])
        lab.things.set(lab.idOf(name) ?? '', { name, properties: { v: `${name} written` } })
      const { run } = await isotherm.snapshot('web', { name: 'before' })
      expect((await run.settled()).status).toBe('SNAPSHOT_COMPLETE')
      const ids = [...lab.things.keys()].sort()

      await (await isotherm.up(nested('late', 3))).settled()
      expect(values()).toEqual({ 0: 'late', 1: 'late', 2: 'late', a: 'late' })
      lab.calls.length = 0
      expect((await (await isotherm.restore('web', 'before')).settled()).status).toBe('RESTORE_COMPLETE')
      expect(values()).toEqual({ 0: '0 written', 1: 'early', a: 'a written' })
      expect([...lab.things.keys()].sort()).toEqual(ids)
      expect(lab.calls.filter((call) => !call.startsWith('read')).sort()).toEqual([
        'delete 2',
        'update 0',
        'update 1',
        'update a',
      ])

      // Past everybody, in a group and outside of one.
      lab.things.set(lab.idOf('1') ?? '', { name: '1', properties: { v: 'spoilt' } })
      await (await isotherm.restore('web', 'before')).settled()
      expect(values()).toEqual({ 0: '0 written', 1: 'early', a: 'a written' })

      lab.calls.length = 0
      await (await isotherm.up(nested('early'))).settled()
      expect(lab.calls.sort()).toEqual(['update 0', 'update a'])
      expect(values()).toEqual({ 0: 'early', 1: 'early', a: 'early' })
    }))

  test('a group that went since is made again with what was kept of its members', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up(nested('early'))).settled()
      lab.things.set(lab.idOf('a') ?? '', { name: 'a', properties: { v: 'written since' } })
      await (await isotherm.snapshot('web', { name: 'before' })).run.settled()
      await (await isotherm.up({ stack: 'web', template: { resources: {} } })).settled()
      expect(lab.names()).toEqual([])
      await (await isotherm.restore('web', 'before')).settled()
      expect(lab.names()).toEqual(['0', '1', 'a'])
      expect(lab.things.get(lab.idOf('a') ?? '')?.properties).toEqual({ v: 'written since' })
    }))
})
