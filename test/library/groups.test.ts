// Groups: resources of one definition, as many as are asked for, changed one by one or in batches, on both databases.
import { expect, test } from 'vitest'
import { type Isotherm, ProviderError, type UpOptions } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { withLab } from '../lab.js'

type Fields = { readonly [name: string]: unknown }

const group = (count: number, more: Fields = {}, v = 'm-%index%') => ({
  type: 'OS::Heat::ResourceGroup',
  properties: { count, resource_def: { type: 'Lab::Thing', properties: { v } }, ...more },
})

const end = async (isotherm: Isotherm, resources: Fields, more: Partial<UpOptions> = {}) =>
  (
    await isotherm.up({ stack: 'web', template: { resources, ...more.environment }, onFailure: 'stop', ...more })
  ).settled()

const outputs = {
  refs: { value: { get_attr: ['g', 'refs'] } },
  map: { value: { get_attr: ['g', 'attributes', 'v'] } },
  list: { value: { get_attr: ['g', 'v'] } },
  one: { value: { get_attr: ['g', 'resource.1', 'v'] } },
  removed: { value: { get_attr: ['g', 'removed_rsrc_list'] } },
}

onBothDatabases((home) => {
  test('a group makes its members, gives what they are, and grows by one touching one', async () => {
    await withLab(home, async (isotherm, lab) => {
      const template = (count: number) => ({ resources: { g: group(count) }, outputs })
      const made = await (await isotherm.up({ stack: 'web', template: template(3) })).settled()
      expect(made.status).toBe('CREATE_COMPLETE')
      expect(lab.names()).toEqual(['0', '1', '2'])
      expect(made.outputs).toMatchObject({
        map: { value: { 0: 'm-0', 1: 'm-1', 2: 'm-2' } },
        list: { value: ['m-0', 'm-1', 'm-2'] },
        one: { value: 'm-1' },
        refs: { value: [lab.idOf('0'), lab.idOf('1'), lab.idOf('2')] },
      })
      lab.calls.length = 0
      await (await isotherm.up({ stack: 'web', template: template(4) })).settled()
      expect(lab.calls).toEqual(['create 3'])
      lab.calls.length = 0
      await (await isotherm.up({ stack: 'web', template: template(2) })).settled()
      expect(lab.calls.sort()).toEqual(['delete 2', 'delete 3'])
      await (await isotherm.down('web')).settled()
      expect(lab.names()).toEqual([])
    })
  })

  test('a member that was removed by name never comes back', async () => {
    await withLab(home, async (isotherm, lab) => {
      const resources = (count: number, list: unknown[]) => ({
        g: group(count, { removal_policies: [{ resource_list: list }] }),
      })
      await end(isotherm, resources(3, []))
      const one = lab.idOf('1')
      await end(isotherm, resources(2, [one]))
      expect(lab.names()).toEqual(['0', '2'])
      await end(isotherm, resources(4, []))
      expect(lab.names()).toEqual(['0', '2', '3', '4'])
      await end(isotherm, resources(4, ['0']))
      expect(lab.names()).toEqual(['2', '3', '4', '5'])
    })
  })

  test('a changed definition rolls through the members in batches, and stops where one fails', async () => {
    await withLab(home, async (isotherm, lab) => {
      const policy = { update_policy: { rolling_update: { max_batch_size: 2, pause_time: 0 } } }
      await end(isotherm, { g: { ...group(5, {}, 'one'), ...policy } })
      lab.calls.length = 0
      expect((await end(isotherm, { g: { ...group(5, {}, 'two'), ...policy } })).status).toBe('UPDATE_COMPLETE')
      const batches = [lab.calls.slice(0, 2), lab.calls.slice(2, 4), lab.calls.slice(4)].map((batch) => batch.sort())
      expect(batches).toEqual([['update 3', 'update 4'], ['update 1', 'update 2'], ['update 0']])
      lab.fail('update 3', new ProviderError('fatal', 'boom'))
      lab.calls.length = 0
      const failed = await end(isotherm, { g: { ...group(5, {}, 'three'), ...policy } })
      expect(failed.reason).toBe('Resource UPDATE failed: Lab::Thing: resources.g.resources.3: boom')
      expect(lab.calls.sort()).toEqual(['update 3', 'update 4'])
      expect((await end(isotherm, { g: { ...group(5, {}, 'three'), ...policy } })).status).toBe('UPDATE_COMPLETE')
      expect([...lab.things.values()].map(({ properties }) => properties.v)).toEqual(Array(5).fill('three'))
    })
  })

  test('a create in batches makes so many at a time', async () => {
    await withLab(home, async (isotherm, lab) => {
      const policy = { update_policy: { batch_create: { max_batch_size: 2 } } }
      const held = lab.hold('create 0')
      const run = await isotherm.up({ stack: 'web', template: { resources: { g: { ...group(3), ...policy } } } })
      await held.began
      held.release()
      expect((await run.settled()).status).toBe('CREATE_COMPLETE')
      expect(lab.calls.slice(0, 2).sort()).toEqual(['create 0', 'create 1'])
      expect(lab.calls.slice(2)).toEqual(['create 2'])
    })
  })

  test('a chain goes one after the other; a group of templates and a stack as a resource', async () => {
    await withLab(home, async (isotherm, lab) => {
      const member =
        'heat_template_version: 2021-04-16\nparameters: { v: { type: string } }\nresources: { a: { type: Lab::Thing, properties: { v: { get_param: v } } } }\noutputs: { v: { value: { get_attr: [a, v] } } }\n'
      const resources = {
        chain: {
          type: 'OS::Heat::ResourceChain',
          properties: { resources: ['Lab::Thing', 'Lab::Thing'], resource_properties: { v: 'c' } },
        },
        many: {
          type: 'OS::Heat::ResourceGroup',
          properties: { count: 2, resource_def: { type: 'member.yaml', properties: { v: 'm%index%' } } },
        },
        stack: {
          type: 'OS::Heat::Stack',
          properties: { template: { get_file: 'member.yaml' }, parameters: { v: 's' } },
        },
      }
      const outputs = {
        many: { value: { get_attr: ['many', 'v'] } },
        stack: { value: { get_attr: ['stack', 'outputs', 'v'] } },
        deep: { value: { get_attr: ['many', 'resource.1', 'v'] } },
      }
      const run = await isotherm.up({
        stack: 'web',
        template: { resources, outputs },
        files: { 'member.yaml': member },
      })
      const made = await run.settled()
      expect(made).toMatchObject({
        status: 'CREATE_COMPLETE',
        outputs: { many: { value: ['m0', 'm1'] }, stack: { value: 's' }, deep: { value: 'm1' } },
      })
      expect(lab.calls.filter((call) => call.endsWith('0') || call.endsWith('1'))).toEqual(['create 0', 'create 1'])
    })
  })

  test('a scaling group keeps its members when it grows, and lets the oldest go when it shrinks', async () => {
    await withLab(home, async (isotherm, lab) => {
      const scaling = (desired: number) => ({
        g: {
          type: 'OS::Heat::AutoScalingGroup',
          properties: {
            min_size: 1,
            max_size: 4,
            desired_capacity: desired,
            resource: { type: 'Lab::Thing', properties: { v: 'm' } },
          },
        },
      })
      await end(isotherm, scaling(2))
      const [first, second] = lab.names().sort()
      await end(isotherm, scaling(3))
      expect(lab.names()).toEqual(expect.arrayContaining([first, second]))
      expect(lab.names()).toHaveLength(3)
      await end(isotherm, scaling(1))
      expect(lab.names()).toHaveLength(1)
      expect([first, second]).not.toContain(lab.names()[0])
    })
  })
})
