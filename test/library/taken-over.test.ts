// What exists already: taken over by a resource (`isotherm.adopt`), where nobody else has it, or only referred to (`external_id`).
import { expect, test } from 'vitest'
import type { Isotherm } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { withLab } from '../lab.js'

type Thing = { readonly [key: string]: unknown }
const thing = (properties: Thing, more: Thing = {}) => ({ type: 'Lab::Thing', properties, ...more })
const up = async (isotherm: Isotherm, resources: { readonly [name: string]: object }) =>
  (await isotherm.up({ stack: 's', template: { resources }, onFailure: 'stop' })).settled()

onBothDatabases((home) => {
  test('what exists already is taken over, brought to what is wanted, and deleted like any other', () =>
    withLab(home, async (isotherm, lab) => {
      lab.things.set('x-1', { name: 'x', properties: { v: 1, z: 1 } })
      const taken = (v: number, z = 1) => ({ a: thing({ v, z }, { isotherm: { adopt: 'x-1' } }) })
      const foretold = await isotherm.preview({ stack: 's', template: { resources: taken(2) } })
      expect(foretold.changes[0]?.reasons[0]?.text).toBe('x-1 exists already and is taken over')
      expect((await up(isotherm, taken(2))).status).toBe('CREATE_COMPLETE')
      expect(lab.calls).toEqual(['read a', 'update a'])
      expect((await isotherm.resource('s', 'a')).physicalId).toBe('x-1')
      expect((await up(isotherm, taken(2, 2))).status).toBe('UPDATE_COMPLETE')
      expect([...lab.things.values()].map(({ properties }) => properties)).toEqual([{ v: 2, z: 2 }])
      expect([...lab.things.keys()]).not.toContain('x-1')
      await (await isotherm.down('s')).settled()
      expect(lab.names()).toEqual([])
    }))

  test('what another stack has, or is about to take over, is taken over by no other, and the preview says so', () =>
    withLab(home, async (isotherm, lab) => {
      for (const id of ['x-1', 'x-2']) lab.things.set(id, { name: id, properties: { v: 1 } })
      const taking = (id: string) => thing({ v: 1 }, { isotherm: { adopt: id } })
      const other = async (resources: { readonly [name: string]: object }, files = {}) =>
        (await isotherm.up({ stack: 'other', template: { resources }, files, onFailure: 'stop' })).settled()
      const reading = lab.hold('read a')
      const run = await isotherm.up({ stack: 's', template: { resources: { a: taking('x-1') } } })
      await reading.began
      await expect(other({ b: taking('x-1') })).rejects.toMatchObject({
        problems: [
          {
            path: 'resources.b.isotherm.adopt',
            message: 'x-1 is to be taken over by a in the stack s',
            hint: expect.stringContaining('external_id'),
          },
        ],
      })
      reading.release()
      expect((await run.settled()).status).toBe('CREATE_COMPLETE')
      const foretold = await isotherm.preview({ stack: 'other', template: { resources: { b: taking('x-1') } } })
      expect(foretold.changes).toMatchObject([{ action: 'fail', problem: 'x-1 belongs to a in the stack s' }])
      expect((await isotherm.stacks()).map(({ name }) => name)).toEqual(['s'])

      // Nor by another resource of the same stack, nor by two of one template, nor inside.
      await expect(up(isotherm, { a: taking('x-1'), b: taking('x-1') })).rejects.toThrow('x-1 belongs to a, beside it')
      await expect(up(isotherm, { b: taking('x-1') })).rejects.toThrow('moved_from: a')
      await expect(other({ b: taking('x-2'), c: taking('x-2') })).rejects.toThrow('taken over by b, beside it')
      const inner = `heat_template_version: 2021-04-16
resources: { a: { type: Lab::Thing, properties: { v: 1 }, isotherm: { adopt: x-1 } } }
`
      const inside = await other({ deep: { type: 'inner.yaml' } }, { 'inner.yaml': inner })
      expect(inside.status).toBe('CREATE_FAILED')
      expect(inside.reason).toContain('x-1 belongs to a in the stack s')
      await (await isotherm.down('other')).settled()

      // Let go of there, it is anybody's. Given again, a template takes over nothing new.
      const kept = { a: { ...taking('x-1'), deletion_policy: 'Retain' } }
      expect((await up(isotherm, kept)).status).toBe('UPDATE_COMPLETE')
      await (await isotherm.down('s')).settled()
      expect((await other({ b: taking('x-1') })).status).toBe('CREATE_COMPLETE')
      expect((await other({ b: taking('x-1') })).status).toBe('UPDATE_COMPLETE')
      expect((await isotherm.resource('other', 'b')).physicalId).toBe('x-1')
      expect(lab.calls.filter((call) => call.startsWith('delete'))).toEqual([])
    }))

  test('what is not there, or cannot become what is wanted, is not taken over and stays as it is', () =>
    withLab(home, async (isotherm, lab) => {
      const properties = { v: 1, z: 1 }
      lab.things.set('x-1', { name: 'x', properties })
      const gone = await up(isotherm, { a: thing({}, { isotherm: { adopt: 'x-2' } }) })
      expect(gone.reason).toContain('there is no Lab::Thing x-2')
      const other = await up(isotherm, { a: thing({ z: 2 }, { isotherm: { adopt: 'x-1' } }) })
      expect(other.reason).toContain('x-1 is otherwise in z, which cannot be changed in place')
      await (await isotherm.down('s')).settled()
      expect([...lab.things]).toEqual([['x-1', { name: 'x', properties }]])
      expect(lab.calls.filter((call) => !call.startsWith('read'))).toEqual([])
    }))

  test('what is only referred to is read, and never made, changed or deleted', () =>
    withLab(home, async (isotherm, lab) => {
      const properties = { v: 1, z: 1 }
      lab.things.set('x-1', { name: 'x', properties })
      const refer = (id: string, v: number) => ({
        a: { ...thing({ v }), external_id: id },
        b: thing({ v: { get_attr: ['a', 'v'] }, z: { get_resource: 'a' } }),
      })
      expect((await up(isotherm, refer('x-1', 5))).status).toBe('CREATE_COMPLETE')
      expect(lab.things.get(lab.idOf('b') ?? '')?.properties).toEqual({ v: 1, z: 'x-1' })
      expect((await isotherm.preview({ stack: 's', template: { resources: refer('x-1', 6) } })).changed).toBe(false)
      expect((await up(isotherm, refer('x-1', 6))).status).toBe('UPDATE_COMPLETE')
      const changed = await up(isotherm, refer('x-3', 6))
      expect(changed.reason).toContain('Update to property external_id of a (Lab::Thing) is not supported')
      await (await isotherm.down('s')).settled()
      expect([...lab.things]).toEqual([['x-1', { name: 'x', properties }]])
      expect(lab.calls.filter((call) => call.endsWith(' a'))).toEqual(['read a'])
    }))
})
