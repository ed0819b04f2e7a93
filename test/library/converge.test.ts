// The library's promises about bringing a stack about, on both databases.
import { expect, test } from 'vitest'
import { InvalidInput, NotFound } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { attribute, labTemplate, refer, withLab } from '../lab.js'

onBothDatabases((home) => {
  test('a stack is created in order of its dependencies, updated, and taken down', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ c: { v: refer('b') }, b: { v: attribute('a') }, a: { v: 1 } })
      const created = await (await isotherm.up({ stack: 'web', template })).settled()
      expect(created).toMatchObject({ name: 'web', status: 'CREATE_COMPLETE', traversal: 1 })
      expect(lab.calls).toEqual(['create a', 'create b', 'create c'])
      expect(lab.things.get(lab.idOf('c') ?? '')?.properties).toEqual({ v: lab.idOf('b') })

      const changed = labTemplate({ c: { v: refer('b') }, b: { v: attribute('a') }, a: { v: 2 } })
      const updated = await (await isotherm.up({ stack: 'web', template: changed })).settled()
      expect(updated.status).toBe('UPDATE_COMPLETE')
      // What b says has not changed its id, so c is not touched: the early cut-off.
      expect(lab.calls.slice(3)).toEqual(['update a', 'update b'])

      const gone = await (await isotherm.down('web')).settled()
      expect(gone.status).toBe('DELETE_COMPLETE')
      expect(lab.calls.slice(5)).toEqual(['delete c', 'delete b', 'delete a'])
      expect(lab.things.size).toBe(0)
      await expect(isotherm.stack('web')).rejects.toThrow(NotFound)
    }))

  test('an update that changes nothing calls nobody', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: { v: 1 }, b: { v: attribute('a') } })
      await (await isotherm.up({ stack: 'web', template })).settled()
      const again = await (await isotherm.up({ stack: 'web', template })).settled()
      expect(again).toMatchObject({ status: 'UPDATE_COMPLETE', traversal: 2 })
      expect(lab.calls).toHaveLength(2)
    }))

  test('a replacement is made, dependants move to it, and only then the old thing goes', () =>
    withLab(home, async (isotherm, lab) => {
      await (
        await isotherm.up({ stack: 'web', template: labTemplate({ a: { z: 1 }, b: { v: refer('a') } }) })
      ).settled()
      const old = lab.idOf('a')
      await (
        await isotherm.up({ stack: 'web', template: labTemplate({ a: { z: 2 }, b: { v: refer('a') } }) })
      ).settled()
      expect(lab.calls.slice(2)).toEqual(['create a', 'update b', 'delete a'])
      expect(lab.idOf('a')).not.toBe(old)
      expect(lab.things.get(lab.idOf('b') ?? '')?.properties).toEqual({ v: lab.idOf('a') })
      expect(lab.names()).toEqual(['a', 'b'])
    }))

  test('what a template retains stays in the world and leaves the stack', () =>
    withLab(home, async (isotherm, lab) => {
      const template = { resources: { a: { type: 'Lab::Thing', deletion_policy: 'Retain', properties: { v: 1 } } } }
      await (await isotherm.up({ stack: 'web', template })).settled()
      const gone = await (await isotherm.down('web')).settled()
      expect(gone.status).toBe('DELETE_COMPLETE')
      expect(lab.names()).toEqual(['a'])
      expect(lab.calls).toEqual(['create a'])
    }))

  test('a stack whose name was deleted can be made again', () =>
    withLab(home, async (isotherm, lab) => {
      const template = labTemplate({ a: {} })
      const first = await (await isotherm.up({ stack: 'web', template })).settled()
      await (await isotherm.down('web')).settled()
      const second = await (await isotherm.up({ stack: 'web', template })).settled()
      expect(second.status).toBe('CREATE_COMPLETE')
      expect(second.id).not.toBe(first.id)
      expect(lab.names()).toEqual(['a'])
    }))

  test('two commands that make the same stack at once both count, one after the other', () =>
    withLab(home, async (isotherm, lab) => {
      const runs = await Promise.all(
        [1, 2].map((v) => isotherm.up({ stack: 'web', template: labTemplate({ [`r${v}`]: { v } }) })),
      )
      expect(runs.map(({ traversal }) => traversal).sort()).toEqual([1, 2])
      const last = runs.find(({ traversal }) => traversal === 2)
      const view = await last?.settled()
      expect(view?.status).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toHaveLength(1)
    }))

  test('a patch touches what it names and checks it against the template in force', () =>
    withLab(home, async (isotherm, lab) => {
      await (
        await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 }, b: { v: attribute('a') } }) })
      ).settled()
      const resources = {
        a: { type: 'Lab::Thing', properties: { v: 2 } },
        c: { type: 'Lab::Thing', properties: { v: refer('b') } },
      }
      const patched = await (await isotherm.patch('web', { resources })).settled()
      expect(patched.status).toBe('UPDATE_COMPLETE')
      expect(lab.calls.slice(2)).toEqual(['update a', 'update b', 'create c'])
      const doubtful = {
        type: 'Lab::Thing',
        properties: { v: { str_replace: { template: 'x', params: {}, more: 1 } } },
      }
      const warned = await isotherm.patch('web', { resources: { d: doubtful } })
      expect(warned.warnings).toMatchObject([
        { path: 'resources.d.properties.v.str_replace.more', severity: 'warning' },
      ])
      await warned.settled()
      await (await isotherm.patch('web', { resources: { d: null } })).settled()
      await expect(isotherm.patch('web', { resources: { a: null } })).rejects.toThrow(
        'b still needs a, which is to be removed',
      )
      await expect(isotherm.patch('web', { resources: { x: null } })).rejects.toThrow(
        'there is no resource x that could be removed',
      )
      const loop = { a: { type: 'Lab::Thing', properties: { v: refer('c') } } }
      await expect(isotherm.patch('web', { resources: loop })).rejects.toThrow('dependency cycle')
      await (await isotherm.patch('web', { resources: { c: null } })).settled()
      expect(lab.names()).toEqual(['a', 'b'])
    }))

  test('a stream of definitions is a template', () =>
    withLab(home, async (isotherm, lab) => {
      async function* resources() {
        for (let i = 0; i < 50; i++)
          yield [`r${i}`, { type: 'Lab::Thing', properties: i ? { v: refer(`r${i - 1}`) } : {} }] as const
      }
      const view = await (await isotherm.up({ stack: 'web', template: { resources: resources() } })).settled()
      expect(view.status).toBe('CREATE_COMPLETE')
      expect(lab.things.size).toBe(50)
    }))

  test('bad input names every problem and leaves the stack as it was', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 } }) })).settled()
      const template = {
        resources: {
          a: { type: 'Lab::Thing', properties: { w: 1 } },
          b: { type: 'Lab::Think' },
          c: { type: 'Lab::Thing', properties: { v: { get_attr: ['a', 'vv'] } } },
        },
      }
      const refused = await isotherm.up({ stack: 'web', template }).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(InvalidInput)
      expect((refused as InvalidInput).problems.map(({ path }) => path).sort()).toEqual([
        'resources.a.properties.w',
        'resources.b.type',
        'resources.c.properties.v',
      ])
      expect(await isotherm.stack('web')).toMatchObject({ status: 'CREATE_COMPLETE', traversal: 1 })
      expect(lab.calls).toEqual(['create a'])
      await expect(isotherm.up({ stack: '1web', template })).rejects.toThrow('stack name "1web" is not allowed')
    }))

  test('what is wrong with the language and what is wrong with types is told at once, in order', () =>
    withLab(home, async (isotherm) => {
      const template = `heat_template_version: 2018-08-31
resources:
  a: { type: Lab::Thimg }
  b: { type: Lab::Thing, properties: { v: { get_parm: x } } }
  c: { type: Lab::Thing, properties: { v: { get_resource: d } } }
`
      const problems = await isotherm.validate({ template })
      expect(problems.map(({ line, path }) => `${line} ${path}`)).toEqual([
        '3 resources.a.type',
        '4 resources.b.properties.v.get_parm',
        '5 resources.c.properties.v.get_resource',
      ])
    }))

  test('events tell the story in order, and a watcher sees all of them', () =>
    withLab(home, async (isotherm) => {
      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: {} }) })).settled()
      const told = (await isotherm.events('web')).map(({ resource, status }) => `${resource ?? 'stack'} ${status}`)
      expect(told).toEqual([
        'stack CREATE_IN_PROGRESS',
        'a CREATE_IN_PROGRESS',
        'a CREATE_COMPLETE',
        'stack CREATE_COMPLETE',
      ])
      const whole = await isotherm.events('web')
      expect(await isotherm.events('web', { last: 3 })).toEqual(whole.slice(-3))
      expect(await isotherm.events('web', { last: 3, nestedDepth: 1 })).toEqual(whole.slice(-3))
      const watched: string[] = []
      const watching = (async () => {
        for await (const { status } of isotherm.watch('web')) watched.push(status)
      })()
      await (await isotherm.down('web')).settled()
      await watching
      expect(watched.at(-1)).toBe('DELETE_COMPLETE')
      expect(watched).toHaveLength(8)
    }))

  test('secrets are not shown', () =>
    withLab(home, async (isotherm) => {
      const template = {
        parameters: { password: { type: 'string', hidden: true } },
        resources: { a: { type: 'Lab::Thing', properties: { key: { get_param: 'password' } } } },
      }
      const stack = await (await isotherm.up({ stack: 'web', template, parameters: { password: 'sesame' } })).settled()
      const preview = await isotherm.preview({ stack: 'web', template, parameters: { password: 'simsim' } })
      const seen = JSON.stringify([
        stack,
        preview,
        await isotherm.resource('web', 'a'),
        await isotherm.resources('web'),
        await isotherm.events('web'),
      ])
      expect(seen).not.toMatch(/sesame|simsim/)
      expect(preview.summary.update).toBe(1)
    }))
})
