// Hooks: what an environment lets wait until somebody says that it may go on.
import { describe, expect, test } from 'vitest'
import { hooksBefore, nextHook } from '../../src/graph/hooks.js'
import type { Isotherm, Json, Preview } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { attribute, type Lab, labTemplate, withLab } from '../lab.js'

const hooked = (resources: Json) => ({ environment: { resource_registry: { resources } } })
const clear = (isotherm: Isotherm, name: string, hook: string, stack = 's') =>
  isotherm.signal(stack, name, { unset_hook: hook })

/** Until the resource has come to its hook. */
async function held(isotherm: Isotherm, name: string, hook: string, stack = 's'): Promise<void> {
  const paused = `paused until Hook ${hook} is cleared`
  for await (const event of isotherm.watch(stack)) {
    if (event.resource !== name || !event.reason?.endsWith(paused)) continue
    const found = (await isotherm.resources(stack)).filter((one) => one.name === name && one.hook === hook)
    if (found.length > 0) return
  }
}

const texts = async (isotherm: Isotherm, name: string) =>
  (await isotherm.events('s')).filter(({ resource }) => resource === name).map(({ status, reason }) => reason ?? status)

onBothDatabases((home) => {
  test('a create waits at its hook, and so does what depends on it; others do not', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: { v: 1 }, b: { v: attribute('a') }, c: { v: 2 } })
      const run = await isotherm.up({ stack: 's', template, ...hooked({ a: { hooks: 'pre-create' } }) })
      await held(isotherm, 'a', 'pre-create')
      expect(lab.calls.filter((call) => call !== 'create c')).toEqual([])
      const why = await isotherm.why('s', 'a')
      expect(why.because[0]).toBe('It waits for its hook pre-create to be cleared: isotherm hook-clear s a.')
      expect(await clear(isotherm, 'a', 'pre-create')).toBe('Hook pre-create is cleared')
      expect((await run.settled()).status).toBe('CREATE_COMPLETE')
      expect(await texts(isotherm, 'a')).toEqual([
        'CREATE paused until Hook pre-create is cleared',
        'Hook pre-create is cleared',
        'CREATE_IN_PROGRESS',
        'CREATE_COMPLETE',
      ])
    }))

  test('what is done waits at its hook before others build on it', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: { v: 1 }, b: { v: attribute('a') } })
      const run = await isotherm.up({ stack: 's', template, ...hooked({ a: { hooks: ['post-create'] } }) })
      await held(isotherm, 'a', 'post-create')
      expect(lab.calls).toEqual(['create a'])
      expect((await isotherm.resource('s', 'a')).status).toBe('CREATE_COMPLETE')
      await clear(isotherm, 'a', 'post-create')
      expect((await run.settled()).status).toBe('CREATE_COMPLETE')
      expect(lab.calls).toEqual(['create a', 'create b'])
    }))

  test('updates, replacements and deletions have hooks, before and after, and wildcards name many', () =>
    withLab(home, async (isotherm, lab) => {
      const all = ['pre-create', 'pre-update', 'pre-delete', 'post-create', 'post-update', 'post-delete']
      const options = { stack: 's', ...hooked({ 'a*': { hooks: all } }) }
      const passes = async (name: string, hooks: readonly string[]) => {
        for (const hook of hooks) {
          await held(isotherm, name, hook)
          await clear(isotherm, name, hook)
        }
      }
      const made = await isotherm.up({ ...options, template: labTemplate({ a1: { v: 1 } }) })
      await passes('a1', ['pre-create', 'post-create'])
      await made.settled()
      const updated = await isotherm.up({ ...options, template: labTemplate({ a1: { v: 2 } }) })
      await passes('a1', ['pre-update', 'post-update'])
      expect((await updated.settled()).status).toBe('UPDATE_COMPLETE')
      const replaced = await isotherm.up({ ...options, template: labTemplate({ a1: { v: 2, z: 1 } }) })
      await passes('a1', ['pre-update', 'pre-create', 'post-create', 'pre-delete', 'post-delete'])
      expect((await replaced.settled()).status).toBe('UPDATE_COMPLETE')
      const gone = await isotherm.down('s')
      await held(isotherm, 'a1', 'pre-delete')
      expect(lab.names()).toEqual(['a1'])
      await clear(isotherm, 'a1', 'pre-delete')
      await held(isotherm, 'a1', 'post-delete')
      expect(lab.names()).toEqual([])
      await clear(isotherm, 'a1', 'post-delete')
      expect((await gone.settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.calls).toEqual(['create a1', 'update a1', 'create a1', 'delete a1', 'delete a1'])
    }))

  test('a preview says where each change will wait, also inside nested stacks and when the stack goes', () =>
    withLab(home, async (isotherm) => {
      const group = (count: number) => ({
        type: 'OS::Heat::ResourceGroup',
        properties: { count, resource_def: { type: 'Lab::Thing' } },
      })
      const template = (v: number, count: number) => ({
        resources: { ...labTemplate({ a: { v: 1, z: v }, b: { v } }).resources, group: group(count) },
      })
      const all = ['pre-create', 'post-create', 'pre-update', 'post-update', 'pre-delete', 'post-delete']
      const environment = hooked({ a: { hooks: all }, group: { 1: { hooks: ['pre-create', 'pre-delete'] } } })
      const waits = ({ changes }: Preview): unknown[] =>
        changes.map(({ name, hooks = [], nested }) => [name, hooks.join(' '), ...(nested ? waits(nested) : [])])
      await (await isotherm.up({ stack: 's', template: template(1, 1) })).settled()
      expect(waits(await isotherm.preview({ stack: 's', template: template(2, 2), ...environment }))).toEqual([
        ['a', 'pre-update pre-create post-create pre-delete post-delete'],
        ['b', ''],
        ['group', '', ['1', 'pre-create']],
      ])
      await (await isotherm.up({ stack: 's', template: template(1, 1), ...environment })).settled()
      expect(waits(await isotherm.previewDown('s'))).toContainEqual(['a', 'pre-delete post-delete'])
    }))

  test('a hook that comes or goes changes no resource', () =>
    withLab(home, async (isotherm) => {
      const template = labTemplate({ a: { v: 1 } })
      await (await isotherm.up({ stack: 's', template })).settled()
      const options = { stack: 's', template, ...hooked({ a: { hooks: 'pre-update' } }) }
      expect((await isotherm.preview(options)).changed).toBe(false)
      expect((await (await isotherm.up(options)).settled()).status).toBe('UPDATE_COMPLETE')
      expect(await texts(isotherm, 'a')).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'])
    }))

  test('a hook that another environment does not have holds no more, and an update supersedes the waiting', () =>
    withLab(home, async (isotherm, lab) => {
      const options = hooked({ a: { hooks: 'pre-create' } })
      await isotherm.up({ stack: 's', template: labTemplate({ a: { v: 1 } }), ...options })
      await held(isotherm, 'a', 'pre-create')
      const stack = await (await isotherm.up({ stack: 's', template: labTemplate({ a: { v: 2 } }) })).settled()
      expect(stack.status).toBe('UPDATE_COMPLETE')
      expect(lab.calls).toEqual(['create a'])
      expect((await isotherm.resources('s')).map(({ hook }) => hook)).toEqual([null])
    }))

  test('what was cleared for one update is not cleared for the next', () =>
    withLab(home, async (isotherm, lab) => {
      const options = hooked({ b: { hooks: 'pre-create' } })
      const barred = lab.hold('create a')
      await isotherm.up({ stack: 's', template: labTemplate({ a: { v: 1 }, b: { v: 1 } }), ...options })
      await held(isotherm, 'b', 'pre-create')
      const first = lab.hold('create b')
      await clear(isotherm, 'b', 'pre-create')
      await first.began
      first.release()
      barred.release()
      const updating = hooked({ b: { hooks: 'pre-update' } })
      for (const v of [2, 3]) {
        await isotherm.up({ stack: 's', template: labTemplate({ a: { v: 1 }, b: { v } }), ...updating })
        await held(isotherm, 'b', 'pre-update')
        expect(lab.calls.filter((call) => call === 'update b')).toEqual([])
      }
      await clear(isotherm, 'b', 'pre-update')
      expect((await (await isotherm.attach('s')).settled()).status).toBe('UPDATE_COMPLETE')
    }))

  test('a deletion takes what waits at its hook with it, and a rollback goes back past it', () =>
    withLab(home, async (isotherm, lab) => {
      const options = hooked({ a: { hooks: 'pre-create' } })
      await isotherm.up({ stack: 's', template: labTemplate({ a: { v: 1 } }), ...options })
      await held(isotherm, 'a', 'pre-create')
      expect((await (await isotherm.down('s')).settled()).status).toBe('DELETE_COMPLETE')
      await (await isotherm.up({ stack: 't', template: labTemplate({ b: { v: 1 } }) })).settled()
      await isotherm.up({ stack: 't', template: labTemplate({ a: { v: 1 }, b: { v: 1 } }), ...options })
      await held(isotherm, 'a', 'pre-create', 't')
      expect((await (await isotherm.rollback('t')).settled()).status).toBe('ROLLBACK_COMPLETE')
      expect(lab.names()).toEqual(['b'])
      expect(lab.calls).not.toContain('create a')
    }))

  test('with on_failure continue, what waits at a hook is waited for although something else failed', () =>
    withLab(home, async (isotherm, lab) => {
      lab.fail('create b', new Error('no'), new Error('no'), new Error('no'), new Error('no'), new Error('no'))
      const template = labTemplate({ a: { v: 1 }, b: { v: 1 } })
      const options = hooked({ a: { hooks: 'pre-create' } })
      const run = await isotherm.up({ stack: 's', template, onFailure: 'continue', ...options })
      for await (const event of isotherm.watch('s')) if (event.status === 'CREATE_FAILED') break
      await held(isotherm, 'a', 'pre-create')
      await clear(isotherm, 'a', 'pre-create')
      expect((await run.settled()).status).toBe('CREATE_FAILED')
      expect(lab.names()).toEqual(['a'])
    }))

  test('a hook inside a nested stack is cleared there, and the stack around it waits', () =>
    withLab(home, async (isotherm, lab) => {
      const files = { 'inner.yaml': JSON.stringify({ heat_template_version: '2018-08-31', ...labTemplate({ x: {} }) }) }
      const template = { resources: { web: { type: 'inner.yaml' } } }
      const options = hooked({ 'w*': { x: { hooks: 'pre-create' } } })
      const run = await isotherm.up({ stack: 's', template, files, ...options })
      await inside(isotherm, lab)
      expect((await run.settled()).status).toBe('CREATE_COMPLETE')
      expect(lab.names()).toEqual(['x'])
    }))

  test('a signal for a hook says what is wrong with it', () =>
    withLab(home, async (isotherm) => {
      const options = hooked({ a: { hooks: 'pre-create' } })
      await isotherm.up({ stack: 's', template: labTemplate({ a: { v: 1 } }), ...options })
      await held(isotherm, 'a', 'pre-create')
      await expect(clear(isotherm, 'a', 'pre-crate')).rejects.toThrow('invalid hook type "pre-crate" for a')
      await expect(clear(isotherm, 'a', 'pre-update')).rejects.toThrow('it waits at pre-create')
      await expect(clear(isotherm, 'z', 'pre-create')).rejects.toThrow('stack s has no resource z; it has a')
    }))
})

async function inside(isotherm: Isotherm, lab: Lab): Promise<void> {
  for await (const event of isotherm.watch('s')) if (event.resource === 'web') break
  for (;;) {
    const nested = (await isotherm.stacks({ nested: true })).find(({ name }) => name.startsWith('s-web'))
    if (!nested) continue
    await held(isotherm, 'x', 'pre-create', nested.name)
    expect(lab.calls).toEqual([])
    await clear(isotherm, 'x', 'pre-create', nested.name)
    return
  }
}

describe('which hook comes next', () => {
  const row = { name: 'web', hookRules: [{ pattern: 'w?b', hooks: ['pre-create', 'pre-update'] as const }] }
  const replaced = hooksBefore({ kind: 'replace' }, { deleteFirst: false })

  test('one after the other, as they were passed', () => {
    expect(nextHook({ ...row, hookPassed: null }, replaced)).toBe('pre-update')
    expect(nextHook({ ...row, hookPassed: 'pre-update' }, replaced)).toBe('pre-create')
    expect(nextHook({ ...row, hookPassed: 'pre-create' }, replaced)).toBeUndefined()
  })

  test('none for other names, and none where nothing is done', () => {
    expect(nextHook({ ...row, name: 'db', hookPassed: null }, replaced)).toBeUndefined()
    expect(hooksBefore({ kind: 'keep', version: 1 }, { deleteFirst: false })).toEqual([])
  })
})
