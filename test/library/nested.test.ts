// Nested stacks through the library: brought about, changed, superseded, cancelled, rolled back and deleted with the stack
// around them, on both databases.
import { expect, test } from 'vitest'
import { InvalidInput, type Isotherm, ProviderError, type UpOptions } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { type Lab, withLab } from '../lab.js'

const HOT = 'heat_template_version: 2021-04-16\n'
const LEAF = `${HOT}parameters:
  v: { type: string, default: one }
  w: { type: string, default: w }
resources:
  a: { type: Lab::Thing, properties: { v: { get_param: v } } }
  b: { type: Lab::Thing, properties: { v: { get_attr: [a, v] } } }
outputs:
  v: { value: { get_attr: [b, v] } }
  id: { value: { get_resource: a } }
`
const using = (properties: string, more = '') =>
  `${HOT}resources:\n  nested: { type: leaf.yaml, properties: ${properties} }\n${more}`
const after = '  last: { type: Lab::Thing, properties: { v: { get_attr: [nested, v] } } }\n'

const declare = (template: string, more: Partial<UpOptions> = {}): UpOptions => ({
  stack: 'web',
  template,
  files: { 'leaf.yaml': LEAF },
  onFailure: 'stop',
  ...more,
})

const end = async (isotherm: Isotherm, options: UpOptions) => (await isotherm.up(options)).settled()

onBothDatabases((home) => {
  test('a nested stack is brought about, gives its outputs, and goes with the stack around it', async () => {
    await withLab(home, async (isotherm, lab) => {
      const outputs = `outputs:
  v: { value: { get_attr: [nested, v] } }
  inside: { value: { get_attr: [nested, resource.b, v] } }
  id: { value: { get_attr: [nested, resource.a] } }
`
      const web = await end(isotherm, declare(using('{ v: two }', after + outputs)))
      expect(web).toMatchObject({ status: 'CREATE_COMPLETE' })
      expect(web.outputs).toMatchObject({ v: { value: 'two' }, inside: { value: 'two' }, id: { value: lab.idOf('a') } })
      expect(lab.names()).toEqual(['a', 'b', 'last'])
      expect(lab.things.get(lab.idOf('last') ?? '')?.properties.v).toBe('two')
      const gone = await (await isotherm.down('web')).settled()
      expect(gone.status).toBe('DELETE_COMPLETE')
      expect(lab.names()).toEqual([])
      expect(await isotherm.stacks({ nested: true })).toEqual([])
    })
  })

  test('a change reaches what changed, inside and downstream, and nothing else', async () => {
    await withLab(home, async (isotherm, lab) => {
      await end(isotherm, declare(using('{ v: one, w: w }', after)))
      lab.calls.length = 0
      await end(isotherm, declare(using('{ v: two, w: w }', after)))
      expect(lab.calls.sort()).toEqual(['update a', 'update b', 'update last'])
      lab.calls.length = 0
      await end(isotherm, declare(using('{ v: two, w: other }', after)))
      expect(lab.calls).toEqual([])
      const files = { 'leaf.yaml': `${LEAF}  more: { value: 1 }\n` }
      expect((await end(isotherm, declare(using('{ v: two, w: other }', after), { files }))).status).toBe(
        'UPDATE_COMPLETE',
      )
      expect(lab.calls).toEqual([])
    })
  })

  test('a changed file changes the nested stack, though the template stays the same', async () => {
    await withLab(home, async (isotherm, lab) => {
      await end(isotherm, declare(using('{}')))
      const files = { 'leaf.yaml': LEAF.replace('default: one', 'default: three') }
      await end(isotherm, declare(using('{}'), { files }))
      expect(lab.things.get(lab.idOf('b') ?? '')?.properties.v).toBe('three')
    })
  })

  test('a failure inside is told with the way to it, and a rollback takes the old template inside', async () => {
    await withLab(home, async (isotherm, lab) => {
      await end(isotherm, declare(using('{ v: one }', after)))
      lab.fail('update b', new ProviderError('fatal', 'boom'))
      const web = await end(isotherm, declare(using('{ v: two }', after), { onFailure: 'rollback' }))
      expect(web.status).toBe('ROLLBACK_COMPLETE')
      expect(web.reason).toContain('Resource UPDATE failed: Lab::Thing: resources.nested.resources.b: boom')
      expect([...lab.things.values()].map(({ properties }) => properties.v)).toEqual(['one', 'one', 'one'])
    })
  })

  test('a create that fails inside is rolled back to nothing', async () => {
    await withLab(home, async (isotherm, lab) => {
      lab.fail('create b', new ProviderError('fatal', 'boom'))
      const web = await end(isotherm, declare(using('{ v: one }', after), { onFailure: 'rollback' }))
      expect(web.status).toBe('ROLLBACK_COMPLETE')
      expect(lab.names()).toEqual([])
    })
  })

  test('after a failure the next update goes on with what is there', async () => {
    await withLab(home, async (isotherm, lab) => {
      lab.fail('create b', new ProviderError('fatal', 'boom'))
      const failed = await end(isotherm, declare(using('{ v: one }', after)))
      expect(failed).toMatchObject({
        status: 'CREATE_FAILED',
        reason: 'Resource CREATE failed: Lab::Thing: resources.nested.resources.b: boom',
      })
      const a = lab.idOf('a')
      expect((await end(isotherm, declare(using('{ v: one }', after)))).status).toBe('UPDATE_COMPLETE')
      expect(lab.names()).toEqual(['a', 'b', 'last'])
      expect(lab.idOf('a')).toBe(a)
    })
  })

  test('an update supersedes what is under way inside', async () => {
    await withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      await isotherm.up(declare(using('{ v: one }', after)))
      await held.began
      const run = await isotherm.up(declare(using('{ v: two }', after)))
      held.release()
      expect((await run.settled()).status).toBe('UPDATE_COMPLETE')
      expect([...lab.things.values()].map(({ properties }) => properties.v)).toEqual(['two', 'two', 'two'])
      expect(lab.calls.filter((call) => call === 'create a')).toHaveLength(1)
    })
  })

  test('what waits for a nested stack is parked as soon as it is begun, and the history knows no id of it before that stack is there', async () => {
    await withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      const run = await isotherm.up(declare(using('{ v: two }')))
      await held.began
      const [row] = await isotherm.resources('web')
      expect(row).toMatchObject({ name: 'nested', status: 'CREATE_IN_PROGRESS', state: 'parked' })
      expect(row?.physicalId).toMatch(/^[0-9a-f-]{36}$/)
      held.release()
      await run.settled()
      const told = (await isotherm.events('web')).filter(({ resource }) => resource === 'nested')
      expect(told.map(({ status, physicalId }) => [status, physicalId])).toEqual([
        ['CREATE_IN_PROGRESS', undefined],
        ['CREATE_COMPLETE', row?.physicalId],
      ])
    })
  })

  test('cancel reaches inside', async () => {
    await withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      const run = await isotherm.up(declare(using('{ v: one }', after)))
      await held.began
      await isotherm.cancel('web', { rollback: false })
      const web = await run.settled()
      expect(web.status).toBe('CREATE_FAILED')
      const all = await isotherm.stacks({ nested: true })
      expect(all.map(({ status }) => status)).toEqual(['CREATE_FAILED', 'CREATE_FAILED'])
      expect(lab.calls).toEqual(['create a'])
      held.release()
    })
  })

  test('a failure beside it stops what is under way inside', async () => {
    await withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      const gate = lab.hold('create gate')
      lab.fail('create beside', new ProviderError('fatal', 'boom'))
      const beside = '  gate: { type: Lab::Thing }\n  beside: { type: Lab::Thing, depends_on: gate }\n'
      const run = await isotherm.up(declare(using('{ v: one }', beside)))
      await held.began
      gate.release()
      const web = await run.settled()
      expect(web).toMatchObject({ status: 'CREATE_FAILED', reason: expect.stringContaining('resources.beside: boom') })
      const all = await isotherm.stacks({ nested: true })
      expect(all.map(({ status }) => status)).toEqual(['CREATE_FAILED', 'CREATE_FAILED'])
      expect(lab.calls).not.toContain('create b')
      held.release()
    })
  })

  test('a delete supersedes a create inside', async () => {
    await withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      await isotherm.up(declare(using('{ v: one }', after)))
      await held.began
      const run = await isotherm.down('web')
      held.release()
      expect((await run.settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.names()).toEqual([])
      expect(await isotherm.stacks({ nested: true })).toEqual([])
    })
  })

  test('stacks nested in nested stacks', async () => {
    await withLab(home, async (isotherm, lab) => {
      const middle = `${HOT}parameters: { v: { type: string } }
resources:
  inner: { type: deep/leaf.yaml, properties: { v: { get_param: v } } }
outputs:
  v: { value: { get_attr: [inner, v] } }
`
      const template = using('{ v: two }', after).replace('leaf.yaml', 'lib/middle.yaml')
      const files = { 'lib/middle.yaml': middle, 'lib/deep/leaf.yaml': LEAF }
      const web = await end(isotherm, declare(template, { files }))
      expect(web).toMatchObject({ status: 'CREATE_COMPLETE' })
      expect(lab.names()).toEqual(['a', 'b', 'last'])
      lab.fail('update b', new ProviderError('fatal', 'boom'))
      const failed = await end(isotherm, declare(template.replace('two', 'three'), { files }))
      expect(failed.reason).toBe(
        'Resource UPDATE failed: Lab::Thing: resources.nested.resources.inner.resources.b: boom',
      )
      const held = lab.hold('update a')
      await isotherm.up(declare(template.replace('two', 'four'), { files }))
      await held.began
      const run = await isotherm.rollback('web')
      held.release()
      expect((await run.settled()).status).toBe('ROLLBACK_COMPLETE')
      expect([...lab.things.values()].map(({ properties }) => properties.v)).toEqual(['two', 'two', 'two'])
    })
  })

  test('of two that are begun together and say the same, each has its own name in it, and what is said of its own resource', async () => {
    await withLab(home, async (isotherm, lab) => {
      const named = `${HOT}resources:
  a: { type: Lab::Thing, properties: { v: { get_param: 'OS::stack_name' } } }
  b: { type: Lab::Other, properties: { v: same } }
`
      const template = `${HOT}resources:\n  one: { type: leaf.yaml }\n  two: { type: leaf.yaml }\n  three: { type: leaf.yaml }\n`
      const own = { three: { b: { 'Lab::Other': 'other.yaml' } } }
      const environment = { resource_registry: { 'Lab::Other': 'Lab::Thing', resources: own } }
      const other = `${HOT}parameters: { v: { type: string } }
resources:
  c: { type: Lab::Thing, properties: { v: other } }
`
      const files = { 'leaf.yaml': named, 'other.yaml': other }
      const web = await end(isotherm, declare(template, { files, environment }))
      expect(web).toMatchObject({ status: 'CREATE_COMPLETE' })
      const stacks = await isotherm.stacks({ nested: true })
      const names = stacks.map(({ name }) => name).filter((name) => /^web-(one|two|three)-[a-z2-7]{12}$/.test(name))
      const said = [...lab.things.values()].map(({ properties }) => properties.v)
      expect(said.sort()).toEqual(['other', 'same', 'same', ...names].sort())
      expect(names).toHaveLength(3)
    })
  })

  test('what a nested template is and what was retained of it', async () => {
    await withLab(home, async (isotherm, lab) => {
      const facade = `${HOT}resources:
  a: { type: Lab::Thing, properties: { v: [{ resource_facade: metadata }, { resource_facade: deletion_policy }] } }
`
      const template = `${HOT}resources:
  nested: { type: leaf.yaml, deletion_policy: Retain, metadata: { role: web } }
`
      await end(isotherm, declare(template, { files: { 'leaf.yaml': facade } }))
      expect(lab.things.get(lab.idOf('a') ?? '')?.properties.v).toEqual([{ role: 'web' }, 'Retain'])
      await (await isotherm.down('web')).settled()
      const [kept] = await isotherm.stacks()
      expect(kept?.name).toMatch(/^web-nested-[a-z2-7]{12}$/)
      expect(lab.names()).toEqual(['a'])
      expect((await (await isotherm.down(kept?.name ?? '')).settled()).status).toBe('DELETE_COMPLETE')
    })
  })

  test('where a tree may have no more resources, what would be too many later is refused as a whole, and what shrinks is not', async () => {
    const template = (count: number, more = '') => `${HOT}resources:
  size: { type: Lab::Thing, properties: { v: ${count} } }
  group:
    type: OS::Heat::ResourceGroup
    properties: { count: { get_attr: [size, v] }, resource_def: { type: Lab::Thing } }
${more}`
    const story = async (isotherm: Isotherm, lab: Lab) => {
      const failed = await end(isotherm, declare(template(4)))
      expect(failed.reason).toBe(
        'Resource CREATE failed: OS::Heat::ResourceGroup: resources.group: Maximum resources per stack exceeded: there would be 6 with all that is nested, and there may be 5',
      )
      expect(lab.names()).toEqual(['size'])
      expect(await isotherm.stacks({ nested: true })).toHaveLength(1)
      expect((await end(isotherm, declare(template(3)))).status).toBe('UPDATE_COMPLETE')
      expect((await end(isotherm, declare(template(4)))).status).toBe('UPDATE_FAILED')
      expect(lab.names()).toEqual(['0', '1', '2', 'size'])
      // What is known beforehand is told beforehand.
      const more = Array.from({ length: 4 }, (_, i) => `  more${i}: { type: Lab::Thing }\n`).join('')
      await expect(isotherm.up(declare(template(1, more)))).rejects.toThrow('there would be 6 with all that is nested')
      // One nested stack takes the place of another: that on its way out does not count.
      const other = template(3).replaceAll('group:', 'others:')
      expect((await end(isotherm, declare(other))).status).toBe('UPDATE_COMPLETE')
      expect((await end(isotherm, declare(other.replace('v: 3', 'v: 2')))).status).toBe('UPDATE_COMPLETE')
    }
    await withLab(home, story, { treeLimits: { resourcesMax: 5 } })
  })

  test('how deep stacks may be nested is said by whoever commands, and holds wherever they are brought about', async () => {
    // What depends on another resource is not known before, and is refused when its turn comes.
    const middle = `${HOT}parameters: { v: { type: string } }
resources:
  a: { type: Lab::Thing, properties: { v: { get_param: v } } }
  nested: { type: leaf.yaml, properties: { v: { get_attr: [a, v] } } }
`
    const template = `${HOT}resources:\n  nested: { type: middle.yaml, properties: { v: one } }\n`
    const files = { 'leaf.yaml': LEAF, 'middle.yaml': middle }
    const shallow = async (isotherm: Isotherm, lab: Lab) => {
      const failed = await end(isotherm, declare(template, { files }))
      expect(failed.reason).toContain('Recursion depth exceeds 1: stacks are nested deeper than they may be')
      expect(lab.names()).toEqual(['a'])
    }
    await withLab(home, shallow, { treeLimits: { nestedDepthMax: 1 } })
    const level = (next: number) => `${HOT}resources: { r: { type: ${next}.yaml } }\n`
    const levels = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i + 1}.yaml`, level(i + 2)]))
    const deep = { ...levels, '7.yaml': `${HOT}resources: { leaf: { type: Lab::Thing } }\n` }
    await withLab(
      home,
      async (isotherm) => {
        const web = await end(isotherm, declare(level(1), { files: deep }))
        expect(web.status).toBe('CREATE_COMPLETE')
        expect(await isotherm.stacks({ nested: true })).toHaveLength(8)
        expect((await (await isotherm.down('web')).settled()).status).toBe('DELETE_COMPLETE')
      },
      { treeLimits: { nestedDepthMax: 7 } },
    )
  })

  test('a preview of a group that is given something secret tells what changes inside, and no more', async () => {
    await withLab(home, async (isotherm, lab) => {
      const template = (count: number) => `${HOT}resources:
  word: { type: OS::Heat::RandomString }
  group:
    type: OS::Heat::ResourceGroup
    properties:
      count: ${count}
      resource_def: { type: Lab::Thing, properties: { v: { get_attr: [word, value] } } }
`
      await end(isotherm, declare(template(2)))
      const [group] = (await isotherm.preview({ stack: 'web', template: template(3) })).changes
      expect(group?.nested?.changes.map(({ name, action }) => `${action} ${name}`)).toEqual(['create 2'])
      lab.calls.length = 0
      await end(isotherm, declare(template(3)))
      expect(lab.calls).toEqual(['create 2'])
    })
  })

  test('what a resource refuses to become is told before anything is done', async () => {
    await withLab(home, async (isotherm) => {
      const files = { 'leaf.yaml': LEAF.replace('Lab::Thing', 'Lab::Thin') }
      await expect(isotherm.up(declare(using('{}'), { files }))).rejects.toThrow(InvalidInput)
      expect(await isotherm.stacks()).toEqual([])
    })
  })

  test('nested stacks are looked into as deep as is asked, and their resources have paths', async () => {
    await withLab(home, async (isotherm, lab) => {
      const outer = `${HOT}resources:\n  inner: { type: leaf.yaml, properties: { v: deep } }\n  c: { type: Lab::Thing }\n`
      const web = `${HOT}resources:\n  outer: { type: outer.yaml }\n`
      await end(isotherm, { ...declare(web), files: { 'outer.yaml': outer, 'leaf.yaml': LEAF } })
      const names = async (nestedDepth: number) =>
        (await isotherm.resources('web', { nestedDepth })).map(({ name, within }) =>
          within ? `${within.path}/${name}` : name,
        )
      expect(await names(0)).toEqual(['outer'])
      expect(await names(1)).toEqual(['outer', 'outer/c', 'outer/inner'])
      const all = ['outer', 'outer/c', 'outer/inner', 'outer/inner/a', 'outer/inner/b']
      expect(await names(Number.POSITIVE_INFINITY)).toEqual(all)
      expect((await isotherm.nested('web', { nestedDepth: 2 })).map(({ path, status }) => [path, status])).toEqual([
        ['outer', 'CREATE_COMPLETE'],
        ['outer/inner', 'CREATE_COMPLETE'],
      ])
      const events = await isotherm.events('web', { nestedDepth: 2 })
      const made = events.filter(({ resource, status }) => resource !== undefined && status === 'CREATE_COMPLETE')
      const order = made.map(({ resource, within }) => (within ? `${within.path}/${resource}` : resource))
      expect([...order].sort()).toEqual(all)
      expect(order.slice(-2)).toEqual(['outer/inner', 'outer'])
      const { nested = [], resources } = await isotherm.progress('web', { nestedDepth: 1 })
      expect(resources.map(({ name }) => name)).toEqual(['outer'])
      expect(nested.map(({ name, within }) => `${within?.path}/${name}`).sort()).toEqual(['outer/c', 'outer/inner'])
      expect(await isotherm.resource('web', 'outer/inner/a')).toMatchObject({ name: 'a', properties: { v: 'deep' } })
      expect((await isotherm.why('web', 'outer/inner/b')).resource.requires).toEqual(['a'])
      await expect(isotherm.why('web', 'outer/inner/z')).rejects.toThrow('stack web')
      const before = lab.idOf('a')
      await isotherm.markUnhealthy('web', 'outer/inner/a', { reason: 'it smokes' })
      expect((await isotherm.resource('web', 'outer')).status).toBe('CHECK_FAILED')
      // Or nobody would come by what is unwell inside.
      await expect(isotherm.markUnhealthy('web', 'outer', { healthy: true })).rejects.toThrow(
        'outer/inner/a: it is CHECK_FAILED (it smokes), so outer, which is around it, is not well',
      )
      lab.calls.length = 0
      await end(isotherm, { ...declare(web), files: { 'outer.yaml': outer, 'leaf.yaml': LEAF } })
      expect(lab.calls).toContain('create a')
      expect(lab.idOf('a')).not.toBe(before)
    })
  })
})
