// Reality that is not what was recorded, and what people know of it, on both databases.
import { expect, test } from 'vitest'
import { ProviderError } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { labTemplate, refer, withLab } from '../lab.js'

const template = labTemplate({ a: { v: 1 }, b: { v: refer('a') }, c: { v: 3 } })

onBothDatabases((home) => {
  test('an update that converges reality mends what nobody had told it, in order, and leaves the rest alone', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      const [b, c] = [lab.idOf('b'), lab.idOf('c')]
      lab.things.delete(lab.idOf('a') ?? '')
      lab.things.set(c ?? '', { name: 'c', properties: { v: 'changed' } })
      const updated = await (await isotherm.up({ stack: 'web', template, convergeReality: true })).settled()
      expect(updated.status).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toEqual(['a', 'b', 'c'])
      expect([lab.idOf('b'), lab.idOf('c')]).toEqual([b, c])
      expect(lab.things.get(b ?? '')?.properties).toEqual({ v: lab.idOf('a') })
      expect(lab.things.get(c ?? '')?.properties).toEqual({ v: 3 })
      expect(lab.calls.indexOf('create a', 4)).toBeLessThan(lab.calls.indexOf('update b'))
      expect((await isotherm.resources('web')).map(({ status }) => status)).toEqual([
        'CREATE_COMPLETE',
        'UPDATE_COMPLETE',
        'UPDATE_COMPLETE',
      ])
    }))

  test('where reality is as recorded, an update that converges it changes nothing', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      await (await isotherm.up({ stack: 'web', template, convergeReality: true })).settled()
      expect(lab.calls.slice(3).sort()).toEqual(['read a', 'read b', 'read c'])
      expect((await isotherm.resources('web'))[0]?.status).toBe('CREATE_COMPLETE')
    }))

  test('when reality cannot be looked at, the update goes back to the template before it', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      lab.fail('read a', new ProviderError('fatal', 'no route'))
      const changed = labTemplate({ a: { v: 2 }, b: { v: refer('a') }, c: { v: 3 } })
      const end = await (await isotherm.up({ stack: 'web', template: changed, convergeReality: true })).settled()
      expect(end.status).toBe('ROLLBACK_COMPLETE')
      expect(end.reason).toContain('no route')
      expect(lab.things.get(lab.idOf('a') ?? '')?.properties).toEqual({ v: 1 })
    }))

  test('a preview of it tells what differs, and hides secrets', () =>
    withLab(home, async (isotherm, lab) => {
      const secretive = labTemplate({ a: { v: 1, key: 'hush' }, b: { v: 2 } })
      await (await isotherm.up({ stack: 'web', template: secretive })).settled()
      lab.things.set(lab.idOf('a') ?? '', { name: 'a', properties: { v: 9, key: 'told' } })
      lab.things.delete(lab.idOf('b') ?? '')
      const seen = await isotherm.preview({ stack: 'web', template: secretive, convergeReality: true })
      const [b, a] = seen.changes
      expect(a).toMatchObject({ name: 'a', action: 'update' })
      expect(a?.drift).toEqual({
        properties: [
          { name: 'v', recorded: 1, live: 9 },
          { name: 'key', recorded: '******', live: '******' },
        ],
      })
      expect(a?.differences).toContainEqual(expect.objectContaining({ name: 'v', before: 9, after: 1 }))
      expect(b).toMatchObject({ name: 'b', action: 'replace', drift: { gone: true } })
      expect(JSON.stringify(seen)).not.toContain('told')
      expect(JSON.stringify(seen)).not.toContain('hush')
    }))

  test('what a person marked unhealthy is replaced by the next update, whatever a check says', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      const before = lab.idOf('a')
      await isotherm.markUnhealthy('web', 'a', { reason: 'disk is failing' })
      expect(await isotherm.resource('web', 'a')).toMatchObject({ status: 'CHECK_FAILED', reason: 'disk is failing' })
      const checked = await (await isotherm.check('web')).settled()
      expect(checked.status).toBe('CHECK_FAILED')
      expect(await isotherm.resource('web', 'a')).toMatchObject({ reason: 'disk is failing' })
      await (await isotherm.up({ stack: 'web', template })).settled()
      expect(lab.idOf('a')).not.toBe(before)
      expect(lab.names()).toEqual(['a', 'b', 'c'])
    }))

  test('a mark can be taken back', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      await isotherm.markUnhealthy('web', 'a')
      await isotherm.markUnhealthy('web', 'a', { healthy: true })
      expect((await isotherm.resource('web', 'a')).status).toBe('CHECK_COMPLETE')
      await (await isotherm.up({ stack: 'web', template })).settled()
      expect(lab.calls).toHaveLength(3)
    }))

  test('what is being worked on cannot be marked', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      const held = lab.hold('update c')
      const run = await isotherm.up({ stack: 'web', template: labTemplate({ c: { v: 4 } }) })
      await held.began
      await expect(isotherm.markUnhealthy('web', 'c')).rejects.toThrow('try again later')
      held.release()
      await run.settled()
    }))

  test('metadata is read and written', () =>
    withLab(home, async (isotherm) => {
      const resources = { a: { type: 'Lab::Thing', metadata: { owner: 'web' } } }
      await (await isotherm.up({ stack: 'web', template: { resources } })).settled()
      expect(await isotherm.metadata('web', 'a')).toEqual({ owner: 'web' })
      await isotherm.updateMetadata('web', 'a', { owner: 'db' })
      expect(await isotherm.metadata('web', 'a')).toEqual({ owner: 'db' })
      expect((await isotherm.stack('web')).status).toBe('CREATE_COMPLETE')
    }))

  test('a cancelled check leaves everything as it is', () =>
    withLab(home, async (isotherm, lab) => {
      const failing = labTemplate({ a: { v: 1 }, x: { v: 2 } })
      lab.fail('create x', new ProviderError('fatal', 'no'))
      await (await isotherm.up({ stack: 'web', template: failing, onFailure: 'stop' })).settled()
      const held = lab.hold('read a')
      await isotherm.check('web')
      await held.began
      const run = await isotherm.cancel('web')
      held.release()
      expect((await run.settled()).status).toBe('CHECK_FAILED')
      expect(lab.names()).toEqual(['a'])
    }))

  test('drift of a member is found from outside, shown in the one tree, and mended in the order of dependencies', () =>
    withLab(home, async (isotherm, lab) => {
      const member = { type: 'Lab::Thing', properties: { v: '%index%' } }
      const nested = {
        heat_template_version: '2021-04-16',
        resources: {
          group: { type: 'OS::Heat::ResourceGroup', properties: { count: 3, resource_def: member } },
          last: { type: 'Lab::Thing', properties: { v: { get_attr: ['group', 'v'] } } },
        },
      }
      await (await isotherm.up({ stack: 'web', template: nested })).settled()
      const known = lab.idOf('1') ?? ''
      lab.things.set(known, { name: '1', properties: { v: 'changed' } })
      lab.things.delete(lab.idOf('2') ?? '')
      const checked = await (await isotherm.check('web')).settled()
      expect(checked.status).toBe('CHECK_FAILED')
      expect(checked.reason).toContain('Lab::Thing: resources.group.resources.')
      expect(checked.reason).toContain('; 2 resources failed the check')
      const seen = await isotherm.preview({ stack: 'web', template: nested })
      const inside = seen.changes.find(({ name }) => name === 'group')?.nested?.changes ?? []
      expect(inside.map(({ name, action, drift }) => [name, action, drift !== undefined])).toEqual([
        ['2', 'replace', true],
        ['1', 'update', true],
      ])
      lab.calls.length = 0
      const mended = await (await isotherm.up({ stack: 'web', template: nested, convergeReality: true })).settled()
      expect(mended.status).toBe('UPDATE_COMPLETE')
      expect(lab.calls.filter((call) => !call.startsWith('read')).sort()).toEqual(['create 2', 'delete 2', 'update 1'])
      expect(lab.things.get(known)?.properties).toEqual({ v: '1' })
    }))
})
