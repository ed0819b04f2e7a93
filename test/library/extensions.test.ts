// What a template says beyond HOT, and what it and its environment forbid: moved, protected, ignored, restricted, immutable.
import { describe, expect, test } from 'vitest'
import { movesToMake } from '../../src/graph/moves.js'
import { InvalidInput, type Isotherm, type JsonObject, ProviderError } from '../../src/index.js'
import { keepIgnored } from '../../src/template/extensions.js'
import { onBothDatabases } from '../databases.js'
import { withLab } from '../lab.js'

type Thing = { readonly [key: string]: unknown }
const thing = (properties: Thing, more: Thing = {}) => ({ type: 'Lab::Thing', properties, ...more })
const up = async (isotherm: Isotherm, resources: { readonly [name: string]: object }, more: Thing = {}) =>
  (await isotherm.up({ stack: 's', template: { resources }, onFailure: 'stop', ...more })).settled()

onBothDatabases((home) => {
  test('a resource that has moved keeps its thing, and whoever depends on it', () =>
    withLab(home, async (isotherm, lab) => {
      await up(isotherm, { a: thing({ v: 1 }), c: thing({ v: { get_attr: ['a', 'v'] } }) })
      const [id, calls] = [lab.idOf('a'), lab.calls.length]
      const moved = { b: thing({ v: 1 }, { isotherm: { moved_from: 'a' } }), c: thing({ v: { get_attr: ['b', 'v'] } }) }
      const foretold = await isotherm.preview({ stack: 's', template: { resources: moved } })
      expect(foretold.summary).toMatchObject({ create: 0, delete: 0, replace: 0 })
      expect(foretold.changed).toBe(true)
      expect(foretold.changes.find(({ name }) => name === 'b')).toMatchObject({ action: 'keep', movedFrom: 'a' })
      expect(foretold.changes.find(({ name }) => name === 'b')?.reasons[0]?.text).toBe(
        'it was called a and keeps its thing',
      )
      expect((await up(isotherm, moved)).status).toBe('UPDATE_COMPLETE')
      expect((await isotherm.resource('s', 'b')).physicalId).toBe(id)
      expect(lab.calls.slice(calls)).toEqual([])
      // Said for all at once it is the same.
      const together = { resources: { ...moved, b: thing({ v: 1 }) }, isotherm: { moved: [{ from: 'a', to: 'b' }] } }
      expect((await isotherm.preview({ stack: 's', template: together })).changed).toBe(false)
      // Given again it says nothing new.
      expect((await isotherm.preview({ stack: 's', template: { resources: moved } })).changed).toBe(false)
    }))

  test('an update that moves and fails is rolled back to the old name and the same thing', () =>
    withLab(home, async (isotherm, lab) => {
      await up(isotherm, { a: thing({ v: 1 }) })
      const id = lab.idOf('a')
      lab.fail('create c', new ProviderError('invalid', 'no'))
      const changed = { b: thing({ v: 1 }, { isotherm: { moved_from: 'a' } }), c: thing({ v: { get_resource: 'b' } }) }
      const stack = await up(isotherm, changed, { onFailure: 'rollback' })
      expect(stack.status).toBe('ROLLBACK_COMPLETE')
      expect((await isotherm.resource('s', 'a')).physicalId).toBe(id)
      expect(lab.calls).not.toContain('delete a')
      expect(lab.names()).toEqual(['a'])
    }))

  test('the preview sees when what goes and what comes are the same', () =>
    withLab(home, async (isotherm) => {
      await up(isotherm, { a: thing({ v: 1 }) })
      const foretold = await isotherm.preview({ stack: 's', template: { resources: { b: thing({ v: 1 }) } } })
      expect(foretold.changes.find(({ action }) => action === 'delete')?.reasons[0]?.text).toBe(
        'b is defined just like it: with isotherm: { moved_from: a } there, the thing is kept',
      )
    }))

  test('what is protected is not removed, not replaced and not taken down, until it is protected no more', () =>
    withLab(home, async (isotherm, lab) => {
      const safe = { isotherm: { protect: true } }
      await up(isotherm, { a: thing({ v: 1, z: 1 }, safe), b: thing({}) })
      const calls = lab.calls.length
      await expect(up(isotherm, { b: thing({}) })).rejects.toThrow('a cannot be removed: it is protected')
      await expect(isotherm.down('s')).rejects.toBeInstanceOf(InvalidInput)
      const foretold = await isotherm.previewDown('s')
      expect(foretold.changes.map(({ name, action }) => `${action} ${name}`)).toEqual(['fail a', 'delete b'])
      const replaced = await up(isotherm, { a: thing({ v: 1, z: 2 }, safe), b: thing({}) })
      expect(replaced).toMatchObject({ status: 'UPDATE_FAILED' })
      expect(replaced.reason).toContain('it is protected, and would be replaced')
      expect(lab.calls.length).toBe(calls)
      await up(isotherm, { a: thing({ v: 1, z: 1 }), b: thing({}) })
      expect((await up(isotherm, { b: thing({}) })).status).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toEqual(['b'])
    }))

  test('what is protected inside a nested stack does not go with that, however it would go', () =>
    withLab(home, async (isotherm, lab) => {
      const leaf = (isotherm: string) =>
        `heat_template_version: 2018-08-31\nresources: { inner: { type: Lab::Thing${isotherm} } }\n`
      const files = { 'leaf.yaml': leaf(', isotherm: { protect: true }'), 'other.yaml': leaf('') }
      const give = async (resources: JsonObject, more: JsonObject = {}) =>
        (await isotherm.up({ stack: 's', template: { resources }, files: { ...files, ...more } })).settled()
      const page = { type: 'leaf.yaml' }
      const mid = `heat_template_version: 2018-08-31\nresources: { page: { type: leaf.yaml } }\n`
      await give({ page, deep: { type: 'mid.yaml' } }, { 'mid.yaml': mid })
      const refused = 'is inside; it is protected, and would be deleted; take isotherm.protect back first'
      await expect(give({ page })).rejects.toThrow(`deep cannot be removed: page/inner ${refused}`)
      await expect(isotherm.down('s')).rejects.toThrow(`page cannot be removed: inner ${refused}`)
      const replacing = give({ page: { type: 'other.yaml' }, deep: { type: 'mid.yaml' } }, { 'mid.yaml': mid })
      await expect(replacing).rejects.toThrow(`page cannot be replaced: inner ${refused}`)
      // A preview says so beforehand.
      const foreseen = async (resources: JsonObject) => {
        const template = { resources }
        const { changes } = await isotherm.preview({ stack: 's', template, files: { ...files, 'mid.yaml': mid } })
        return changes.map(({ name, action, problem }) => ({ name, action, problem }))
      }
      const deepKept = { name: 'deep', action: 'fail', problem: `deep cannot be removed: page/inner ${refused}` }
      expect(await foreseen({ page })).toEqual([deepKept])
      const pageKept = { name: 'page', action: 'fail', problem: `page cannot be replaced: inner ${refused}` }
      expect(await foreseen({ page: { type: 'other.yaml' }, deep: { type: 'mid.yaml' } })).toEqual([pageKept])
      expect((await isotherm.previewDown('s')).changes.map(({ action }) => action)).toEqual(['fail', 'fail'])
      expect(lab.calls).toEqual(['create inner', 'create inner'])
      // What is abandoned is not deleted.
      await (await isotherm.up({ stack: 'let-go', template: { resources: { page } }, files })).settled()
      expect((await (await isotherm.abandon('let-go')).run.settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.calls).toEqual(Array(3).fill('create inner'))
      const open = { 'leaf.yaml': leaf('') }
      expect((await give({ page, deep: { type: 'mid.yaml' } }, { 'mid.yaml': mid, ...open })).status).toBe(
        'UPDATE_COMPLETE',
      )
      expect((await (await isotherm.down('s')).settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.names()).toEqual(['inner'])
    }))

  test('members of a group are protected one by one', () =>
    withLab(home, async (isotherm, lab) => {
      const group = (count: number, protect: boolean) => ({
        group: {
          type: 'OS::Heat::ResourceGroup',
          properties: { count, resource_def: { type: 'Lab::Thing', isotherm: { protect } } },
        },
      })
      expect((await up(isotherm, group(2, true))).status).toBe('CREATE_COMPLETE')
      const shrunk = await up(isotherm, group(1, true), { onFailure: 'stop' })
      expect(shrunk.status).toBe('UPDATE_FAILED')
      expect(shrunk.reason).toContain('1 cannot be removed: it is protected')
      await expect(isotherm.down('s')).rejects.toThrow('group cannot be removed: 0 is inside')
      expect(lab.names()).toEqual(['0', '1'])
      expect((await up(isotherm, group(2, false))).status).toBe('UPDATE_COMPLETE')
      expect((await up(isotherm, group(1, true))).status).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toEqual(['0'])
    }))

  test('a rollback that would take away something protected is not made, and says so', () =>
    withLab(home, async (isotherm, lab) => {
      await up(isotherm, { b: thing({ v: 1 }) })
      lab.fail('update b', new ProviderError('invalid', 'no'))
      const resources = {
        a: thing({}, { isotherm: { protect: true } }),
        b: thing({ v: 2, z: { get_attr: ['a', 'v'] } }),
      }
      lab.fail('create b', new ProviderError('invalid', 'no'))
      const stack = await up(isotherm, resources, { onFailure: 'rollback' })
      expect(stack.status).toBe('UPDATE_FAILED')
      expect(stack.reason).toContain('not rolled back: resources.a: a cannot be removed')
      expect(lab.names()).toContain('a')
    }))

  test('what is protected and was never made is in the way of nothing: the first attempt is rolled back', () =>
    withLab(home, async (isotherm, lab) => {
      const safe = { isotherm: { protect: true } }
      lab.fail('create b', new ProviderError('invalid', 'no'))
      const resources = { a: thing({ v: { get_attr: ['b', 'v'] } }, safe), b: thing({ v: 1 }, safe) }
      const created = await up(isotherm, resources, { onFailure: 'rollback' })
      expect(created.status).toBe('ROLLBACK_COMPLETE')
      expect(lab.names()).toEqual([])

      await up(isotherm, { c: thing({}) })
      lab.fail('create b', new ProviderError('invalid', 'no'))
      expect((await up(isotherm, { ...resources, c: thing({}) })).status).toBe('UPDATE_FAILED')
      const foretold = await isotherm.previewDown('s')
      expect(foretold.summary).toMatchObject({ fail: 0 })
      expect((await (await isotherm.down('s')).settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.names()).toEqual([])
    }))

  test('changes of what is ignored are left to others', () =>
    withLab(home, async (isotherm, lab) => {
      const ignoring = { isotherm: { ignore_changes: ['v.owner', 'z'] } }
      await up(isotherm, { a: thing({ v: { owner: 'x', size: 1 }, z: 1 }, ignoring) })
      const changed = { a: thing({ v: { owner: 'y', size: 2 }, z: 2 }, ignoring) }
      const foretold = await isotherm.preview({ stack: 's', template: { resources: changed } })
      expect(foretold.summary).toMatchObject({ update: 1, replace: 0 })
      await up(isotherm, changed)
      expect([...lab.things.values()].map(({ properties }) => properties)).toEqual([
        { v: { owner: 'x', size: 2 }, z: 1 },
      ])
    }))

  test('what is deleted first makes way for what replaces it, and the preview says so', () =>
    withLab(home, async (isotherm, lab) => {
      const first = { isotherm: { replacement: 'delete_first' } }
      const stack = (z: number) => ({
        a: thing({ v: z, z }, first),
        b: thing({ v: { get_attr: ['a', 'v'] } }),
      })
      await up(isotherm, stack(1))
      const [id, calls] = [lab.idOf('a'), lab.calls.length]
      const foretold = await isotherm.preview({ stack: 's', template: { resources: stack(2) } })
      expect(foretold.changes.find(({ name }) => name === 'a')).toMatchObject({ action: 'replace' })
      expect(foretold.changes[0]?.reasons[0]?.text).toBe('the old one is deleted before the new one is made')
      expect((await up(isotherm, stack(2))).status).toBe('UPDATE_COMPLETE')
      expect(lab.calls.slice(calls)).toEqual(['delete a', 'create a', 'update b'])
      expect(lab.idOf('a')).not.toBe(id)
      expect(lab.names()).toEqual(['a', 'b'])
    }))

  test('when the new one cannot be made the old one is made again, and when the old one does not go nothing is made', () =>
    withLab(home, async (isotherm, lab) => {
      const one = (z: number) => ({ a: thing({ z }, { isotherm: { replacement: 'delete_first' } }) })
      await up(isotherm, one(1))
      lab.fail('create a', new ProviderError('invalid', 'no'))
      const calls = lab.calls.length
      const back = await up(isotherm, one(2), { onFailure: 'rollback' })
      expect(back.status).toBe('ROLLBACK_COMPLETE')
      expect(lab.calls.slice(calls).filter((call) => call !== 'delete a')).toEqual(['create a', 'create a'])
      expect([...lab.things.values()].map(({ properties }) => properties)).toEqual([{ z: 1 }])
      const id = lab.idOf('a')
      lab.fail('delete a', new ProviderError('fatal', 'it clings'))
      const failed = await up(isotherm, one(3))
      expect(failed.status).toBe('UPDATE_FAILED')
      expect(failed.reason).toContain('it clings')
      expect(lab.idOf('a')).toBe(id)
      expect((await up(isotherm, one(3))).status).toBe('UPDATE_COMPLETE')
      expect([...lab.things.values()].map(({ properties }) => properties)).toEqual([{ z: 3 }])
    }))

  test('files and directories are referred to by their paths, and what cannot be read by its id alone says so', () =>
    withLab(home, async (isotherm) => {
      const a = { type: 'Isotherm::Local::File', external_id: import.meta.filename }
      const b = { type: 'Isotherm::Local::Directory', external_id: import.meta.dirname }
      expect((await up(isotherm, { a, b })).status).toBe('CREATE_COMPLETE')
      expect((await isotherm.resource('s', 'a')).attributes.path).toBe(import.meta.filename)
      expect((await (await isotherm.check('s')).settled()).status).toBe('CHECK_COMPLETE')
      const c = { type: 'Isotherm::Http::Resource', external_id: 'x-9' }
      expect((await up(isotherm, { a, b, c })).reason).toContain(
        'Isotherm::Http::Resource cannot be read by its id alone, so external_id cannot refer to x-9',
      )
    }))

  test('what is only referred to and cannot be read is taken at its word', () =>
    withLab(home, async (isotherm, lab) => {
      const a = { type: 'OS::Heat::TestResource', external_id: 'x-9', properties: { fail: true } }
      const b = thing({ v: { get_attr: ['a', 'output'] }, z: { get_resource: 'a' } })
      expect((await up(isotherm, { a, b })).status).toBe('CREATE_COMPLETE')
      expect(lab.things.get(lab.idOf('b') ?? '')?.properties).toEqual({ z: 'x-9' })
      expect((await (await isotherm.check('s')).settled()).status).toBe('CHECK_COMPLETE')
      expect((await (await isotherm.down('s')).settled()).status).toBe('DELETE_COMPLETE')
    }))

  test('a resource has a patience of its own', () =>
    withLab(home, async (isotherm, lab) => {
      lab.fail('create a', new Error('one'), new Error('two'))
      const stack = await up(isotherm, { a: thing({}, { isotherm: { retry: { attempts: 2 } } }) })
      expect(stack.status).toBe('CREATE_FAILED')
      const held = lab.hold('create b')
      const late = await up(isotherm, { b: thing({}, { isotherm: { timeout: 0.05, retry: { attempts: 1 } } }) })
      held.release()
      expect(late.reason).toContain('timed out after 0.05 s')
    }))

  test('what the environment restricts fails instead of being done', () =>
    withLab(home, async (isotherm, lab) => {
      const restricting = (action: string): JsonObject => ({
        resource_registry: { resources: { 'a*': { restricted_actions: action } } },
      })
      await up(isotherm, { a: thing({ v: 1, z: 1 }) })
      const calls = lab.calls.length
      const updated = await up(isotherm, { a: thing({ v: 2, z: 1 }) }, { environment: restricting('update') })
      expect(updated.reason).toContain('update is restricted for resource')
      const replaced = await up(isotherm, { a: thing({ v: 1, z: 2 }) }, { environment: restricting('replace') })
      expect(replaced.reason).toContain('replace is restricted for resource')
      expect(lab.calls.length).toBe(calls)
    }))

  test('an immutable parameter keeps its value', () =>
    withLab(home, async (isotherm) => {
      const template = {
        parameters: { p: { type: 'string', immutable: true } },
        resources: { a: thing({ v: { get_param: 'p' } }) },
      }
      const give = async (p: string) => (await isotherm.up({ stack: 's', template, parameters: { p } })).settled()
      await give('one')
      await expect(give('two')).rejects.toThrow('parameters.p: the parameter p is immutable and may not be updated')
      expect((await give('one')).status).toBe('UPDATE_COMPLETE')
    }))
})

describe('the key isotherm', () => {
  test('says where it is wrong', async () => {
    const { open } = await import('../../src/index.js')
    const isotherm = await open({ database: 'memory:', engines: 0 })
    const wrong = { protekt: true, timeout: 'soon', retry: { attempts: 0 }, ignore_changes: [1], moved_from: '' }
    const template = { resources: { a: { type: 'OS::Heat::None', isotherm: wrong } } }
    const problems = await isotherm.validate({ template })
    expect(problems.map(({ path, message, hint }) => `${path}: ${message}${hint ? ` (${hint})` : ''}`).sort()).toEqual([
      'resources.a.isotherm.ignore_changes: expected the names of properties, not a number',
      'resources.a.isotherm.moved_from: expected the earlier name of the resource, not an empty text',
      'resources.a.isotherm.protekt: isotherm has no key protekt (did you mean protect?)',
      'resources.a.isotherm.retry.attempts: expected a whole number from 1 to 1000, not 0',
      'resources.a.isotherm.timeout: expected a number from 0.001 to 604800, not "soon"',
    ])
    const moves = [{ from: 'x', to: 'b' }, { to: 'a' }, 'a', { from: 'x', to: 'a', as: 1 }]
    const moving = { resources: { a: { type: 'OS::Heat::None' } }, isotherm: { moved: moves } }
    const lost = await isotherm.validate({ template: moving })
    expect(lost.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'isotherm.moved.0: no resource named b',
      'isotherm.moved.1: a move needs the names from and to',
      'isotherm.moved.2: a move must be a map, not a text',
      'isotherm.moved.3.as: a move has no key as',
    ])
    await isotherm.close()
  })
})

test('moves are made where they can be, in an order in which they can', () => {
  const names = { exists: (name: string) => ['a', 'b', 'd'].includes(name), wanted: (name: string) => name !== 'a' }
  const asked = [
    { from: 'b', to: 'c' },
    { from: 'a', to: 'b' },
    { from: 'd', to: 'e' },
    { from: 'x', to: 'y' },
  ]
  expect(movesToMake(asked, names).map(({ from, to }) => `${from} ${to}`)).toEqual(['b c', 'a b'])
})

test('what is ignored stays as it is, wherever its path leads', () => {
  const wanted = { a: { x: 1, y: 1 }, b: 1, c: { z: 1 } }
  expect(keepIgnored(wanted, { a: { x: 2 }, b: 2 }, ['a.x', 'b', 'c.z', 'd.e', 'f'])).toEqual({
    a: { x: 2, y: 1 },
    b: 2,
    c: {},
  })
  expect(keepIgnored(wanted, { a: 'text' }, ['a.x'])).toEqual(wanted)
})
