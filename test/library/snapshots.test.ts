// Snapshots and the way back to them, on both databases.
import { expect, test } from 'vitest'
import { NotFound, ProviderError } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { labTemplate, refer, withLab } from '../lab.js'

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
})
