// Actions that visit a stack and leave its template as it is, on both databases.
import { expect, test } from 'vitest'
import { defineType, ProviderError } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { attribute, labTemplate, refer, withLab } from '../lab.js'

const chain = labTemplate({ a: { v: 1 }, b: { v: refer('a') }, c: { v: attribute('b') } })

onBothDatabases((home) => {
  test('a stack is suspended dependants first, resumed in order, and its template stays what it was', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      const suspended = await (await isotherm.suspend('web')).settled()
      expect(suspended.status).toBe('SUSPEND_COMPLETE')
      expect(lab.calls.slice(3)).toEqual(['suspend c', 'suspend b', 'suspend a'])
      expect((await isotherm.resources('web')).map(({ status }) => status)).toEqual(Array(3).fill('SUSPEND_COMPLETE'))
      const resumed = await (await isotherm.resume('web')).settled()
      expect(resumed.status).toBe('RESUME_COMPLETE')
      expect(lab.calls.slice(6)).toEqual(['resume a', 'resume b', 'resume c'])
      const statuses = (await isotherm.events('web')).map(({ resource = '', status }) => `${resource} ${status}`)
      expect(statuses).toContain('a SUSPEND_IN_PROGRESS')
      expect(statuses).toContain(' RESUME_COMPLETE')

      const again = await (await isotherm.up({ stack: 'web', template: chain })).settled()
      expect(again.status).toBe('UPDATE_COMPLETE')
      expect(lab.calls).toHaveLength(9)
    }))

  test('suspending what is suspended calls nobody', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      await (await isotherm.suspend('web')).settled()
      await (await isotherm.suspend('web')).settled()
      expect(lab.calls.filter((call) => call.startsWith('suspend'))).toHaveLength(3)
    }))

  test('an update of a suspended stack resumes everything, in order, before it changes anything', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      await (await isotherm.suspend('web')).settled()
      const changed = labTemplate({ a: { v: 1 }, b: { v: refer('a') }, c: { v: 2 } })
      const updated = await (await isotherm.up({ stack: 'web', template: changed })).settled()
      expect(updated.status).toBe('UPDATE_COMPLETE')
      expect(lab.calls.slice(6)).toHaveLength(4)
      expect(lab.calls.indexOf('resume c')).toBeLessThan(lab.calls.indexOf('update c'))
      expect(lab.calls.indexOf('resume a')).toBeLessThan(lab.calls.indexOf('resume b'))
      expect(lab.suspended.size).toBe(0)
    }))

  test('what rests is resumed first, whatever has looked at it since, and a preview says so', () =>
    withLab(home, async (isotherm) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      await (await isotherm.suspend('web')).settled()
      await (await isotherm.check('web')).settled()
      const { changes } = await isotherm.preview({ stack: 'web', template: chain })
      expect(changes.map(({ name, reasons }) => [name, reasons[0]?.text])).toContainEqual([
        'a',
        'a is suspended, and is resumed first',
      ])
    }))

  test('an update supersedes a suspend half-way, and what rests already is brought back', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      const held = lab.hold('suspend b')
      await isotherm.suspend('web')
      await held.began
      const run = await isotherm.up({ stack: 'web', template: chain })
      held.release()
      expect((await run.settled()).status).toBe('UPDATE_COMPLETE')
      expect(lab.suspended.size).toBe(0)
      expect(lab.calls).not.toContain('suspend a')
      expect(lab.calls.filter((call) => call.startsWith('resume')).sort()).toEqual(['resume b', 'resume c'])
    }))

  test('a suspended stack can be deleted', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      await (await isotherm.suspend('web')).settled()
      expect((await (await isotherm.down('web')).settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.things.size).toBe(0)
    }))

  test('what a superseded update owed a visit is owed it still after a check', () =>
    withLab(home, async (isotherm, lab) => {
      const template = (v: number) => labTemplate({ a: { v }, b: { v: attribute('a') } })
      await (await isotherm.up({ stack: 'web', template: template(1) })).settled()
      const held = lab.hold('update a')
      await isotherm.up({ stack: 'web', template: template(2) })
      await held.began
      const check = await isotherm.check('web')
      held.release()
      expect((await check.settled()).status).toBe('CHECK_COMPLETE')
      await (await isotherm.up({ stack: 'web', template: template(2) })).settled()
      expect(lab.things.get(lab.idOf('b') ?? '')?.properties).toEqual({ v: 2 })
    }))

  test('a thing that could not be suspended fails the stack, and the next update takes it as it is', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      lab.fail('suspend b', new ProviderError('fatal', 'it is busy'))
      const failed = await (await isotherm.suspend('web')).settled()
      expect(failed.status).toBe('SUSPEND_FAILED')
      expect(failed.reason).toBe('Resource SUSPEND failed: Lab::Thing: resources.b: it is busy')
      // What others rest on is not put to rest under them.
      expect(lab.calls).not.toContain('suspend a')
      const updated = await (await isotherm.up({ stack: 'web', template: chain })).settled()
      expect(updated.status).toBe('UPDATE_COMPLETE')
      expect(lab.calls.slice(3).filter((call) => /^(create|update|delete)/.test(call))).toEqual([])
      expect(lab.suspended.size).toBe(0)
    }))

  test('a check tells what is gone, what differs and what is fine, and looks at all of them', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: { v: 1, key: 'hush' }, b: { v: 2 }, c: { v: 3 }, d: { v: 4 } })
      await (await isotherm.up({ stack: 'web', template })).settled()
      lab.things.delete(lab.idOf('a') ?? '')
      lab.things.set(lab.idOf('b') ?? '', { name: 'b', properties: { v: 9 } })
      const checked = await (await isotherm.check('web')).settled()
      expect(checked.status).toBe('CHECK_FAILED')
      expect(checked.reason).toContain('2 resources failed the check')
      const rows = await isotherm.resources('web')
      expect(rows.map(({ status }) => status)).toEqual([
        'CHECK_FAILED',
        'CHECK_FAILED',
        'CHECK_COMPLETE',
        'CHECK_COMPLETE',
      ])
      expect(rows[0]?.reason).toMatch(/does not exist any more/)
      expect(rows[1]?.reason).toBe('differs from what was recorded: v is 9, not 2')
    }))

  test('the update after a check makes again what is gone and mends in place what differs', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: { v: 1 }, b: { v: 2, key: 'hush' }, c: { v: 3, z: 1 }, d: { v: refer('a') } })
      await (await isotherm.up({ stack: 'web', template })).settled()
      const [a, b, c] = ['a', 'b', 'c'].map((name) => lab.idOf(name) ?? '')
      lab.things.delete(a ?? '')
      lab.things.set(b ?? '', { name: 'b', properties: { v: 2, key: 'told' } })
      lab.things.set(c ?? '', { name: 'c', properties: { v: 3, z: 2 } })
      await (await isotherm.check('web')).settled()
      expect(JSON.stringify(await isotherm.resources('web'))).not.toContain('told')
      const mended = await (await isotherm.up({ stack: 'web', template })).settled()
      expect(mended.status).toBe('UPDATE_COMPLETE')
      expect(lab.idOf('b')).toBe(b)
      expect(lab.idOf('c')).not.toBe(c)
      expect(lab.things.get(b ?? '')?.properties).toEqual({ v: 2, key: 'hush' })
      expect(lab.things.get(lab.idOf('d') ?? '')?.properties).toEqual({ v: lab.idOf('a') })
      expect(lab.names()).toEqual(['a', 'b', 'c', 'd'])
      expect((await (await isotherm.check('web')).settled()).status).toBe('CHECK_COMPLETE')
    }))

  test('a thing that cannot be looked at fails the check and is not replaced for it', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      const id = lab.idOf('a')
      lab.fail('read a', new ProviderError('fatal', 'no route'))
      const checked = await (await isotherm.check('web')).settled()
      expect(checked.status).toBe('CHECK_FAILED')
      expect(checked.reason).toContain('no route')
      await (await isotherm.up({ stack: 'web', template: chain })).settled()
      expect(lab.idOf('a')).toBe(id)
    }))

  test('a check of a type that cannot be checked completes and says so', () =>
    withLab(
      home,
      async (isotherm) => {
        await (await isotherm.up({ stack: 'web', template: { resources: { x: { type: 'Lab::Blind' } } } })).settled()
        const checked = await (await isotherm.check('web')).settled()
        expect(checked.status).toBe('CHECK_COMPLETE')
        expect(checked.reason).toContain("'CHECK' not fully supported (see resources)")
        expect((await isotherm.resources('web'))[0]?.reason).toBe('CHECK not supported for Lab::Blind')
        expect((await (await isotherm.suspend('web')).settled()).status).toBe('SUSPEND_COMPLETE')
      },
      { types: [blind] },
    ))

  test('a visit is broken off when it takes longer than the template lets the resource', () =>
    withLab(home, async (isotherm, lab) => {
      const a = { type: 'Lab::Thing', isotherm: { timeout: 0.05, retry: { attempts: 1 } } }
      await (await isotherm.up({ stack: 'web', template: { resources: { a } } })).settled()
      const held = lab.hold('suspend a')
      const suspended = await (await isotherm.suspend('web')).settled()
      held.release()
      expect(suspended.status).toBe('SUSPEND_FAILED')
      expect(suspended.reason).toContain('timed out after 0.05 s')
    }))

  test('a pending visit is out of time when the template says so, though its type would look again only much later', () =>
    withLab(
      home,
      async (isotherm) => {
        const a = { type: 'Lab::Drowsy', isotherm: { timeout: 0.05 } }
        await (await isotherm.up({ stack: 'web', template: { resources: { a } } })).settled()
        const suspended = await (await isotherm.suspend('web')).settled()
        expect(suspended.status).toBe('SUSPEND_FAILED')
        expect((await isotherm.resource('web', 'a')).reason).toBe('Timed out')
      },
      { types: [drowsy] },
    ))

  test('a visit of a nested stack is out of time when the template says so, and is ended inside too', () =>
    withLab(home, async (isotherm, lab) => {
      const leaf = 'heat_template_version: 2018-08-31\nresources: { a: { type: Lab::Thing } }\n'
      const template = (timeout?: number) => ({
        resources: { page: { type: 'leaf.yaml', ...(timeout && { isotherm: { timeout } }) } },
      })
      const up = async (timeout?: number) =>
        (await isotherm.up({ stack: 'web', template: template(timeout), files: { 'leaf.yaml': leaf } })).settled()
      await up()
      expect((await up(0.05)).status).toBe('UPDATE_COMPLETE')
      const held = lab.hold('suspend a')
      const suspended = await (await isotherm.suspend('web')).settled()
      expect(suspended.status).toBe('SUSPEND_FAILED')
      expect(suspended.reason).toBe('Resource SUSPEND failed: leaf.yaml: resources.page: Timed out')
      const inside = (await isotherm.stacks({ nested: true })).find(({ name }) => name !== 'web')
      expect(inside?.status).toBe('SUSPEND_FAILED')
      held.release()
      expect((await up()).status).toBe('UPDATE_COMPLETE')
      expect(lab.suspended.size).toBe(0)
    }))
})

/** Falls asleep for an hour at least, and nobody need look before. */
const drowsy = defineType({
  name: 'Lab::Drowsy',
  properties: {},
  create: async (call) => ({ physicalId: call.token }),
  suspend: async () => ({ pending: { handle: null, pollAfterSeconds: 3600 } }),
  resume: async () => undefined,
  poll: async () => ({ pending: { handle: null, pollAfterSeconds: 3600 } }),
  delete: async () => undefined,
})

const blind = defineType({
  name: 'Lab::Blind',
  properties: {},
  create: async (call) => ({ physicalId: call.token }),
  delete: async () => undefined,
})
