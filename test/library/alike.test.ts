// Nested stacks that are begun together and seem alike: what the environment says of one of them is that one's only, whether
// it is a hook, what is forbidden, or what a type stands for. Those that are alike are declared once, and must not share it.
import { expect, test } from 'vitest'
import type { Isotherm, Json, Preview, UpOptions } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { type Lab, withLab } from '../lab.js'

const HOT = 'heat_template_version: 2021-04-16\n'
const LEAF = `${HOT}parameters: { v: { type: string, default: leaf } }
resources:
  a: { type: Lab::Thing, properties: { v: { get_param: v } } }
  b: { type: Lab::Other, properties: { v: same } }
`
const OTHER = `${HOT}parameters: { v: { type: string } }
resources: { c: { type: Lab::Thing, properties: { v: other } } }
`
const MIDDLE = `${HOT}resources: { inner: { type: leaf.yaml } }\n`
const files = { 'leaf.yaml': LEAF, 'other.yaml': OTHER, 'middle.yaml': MIDDLE }

/** `one`, `two` and `three`, of the same file. */
const threeOf = (file: string) => ({
  resources: Object.fromEntries(['one', 'two', 'three'].map((name) => [name, { type: file }])),
})
const group = {
  resources: {
    many: { type: 'OS::Heat::ResourceGroup', properties: { count: 3, resource_def: { type: 'leaf.yaml' } } },
  },
}

type Resources = { readonly [name: string]: Json }

async function made(isotherm: Isotherm, template: UpOptions['template'], resources: Resources): Promise<void> {
  const environment = { resource_registry: { 'Lab::Other': 'Lab::Thing', resources } }
  const run = await isotherm.up({ stack: 'web', template, files, environment, onFailure: 'stop' })
  expect((await run.settled()).status).toBe('CREATE_COMPLETE')
}

/** The ways to whatever would wait at a hook if the stack went. */
function waiting({ changes }: Preview, way: readonly string[] = []): string[] {
  return changes.flatMap(({ name, hooks = [], nested }) => {
    const here = [...way, name]
    return [...(hooks.length > 0 ? [here.join('/')] : []), ...(nested ? waiting(nested, here) : [])]
  })
}

const PRE_DELETE = { b: { hooks: 'pre-delete' } }
const values = (lab: Lab) => [...lab.things.values()].map(({ properties }) => properties.v).sort()

onBothDatabases((home) => {
  test.each<[string, UpOptions['template'], Resources, string[]]>([
    ['by name', threeOf('leaf.yaml'), { two: PRE_DELETE }, ['two/b']],
    ['by pattern', threeOf('leaf.yaml'), { 't*': PRE_DELETE }, ['three/b', 'two/b']],
    ['further in', threeOf('middle.yaml'), { two: { inner: PRE_DELETE } }, ['two/inner/b']],
    ['in a group', group, { many: { 1: PRE_DELETE } }, ['many/1/b']],
  ])('a hook that is said of one, %s, is a hook of that one', async (_, template, resources, expected) => {
    await withLab(home, async (isotherm) => {
      await made(isotherm, template, resources)
      expect(waiting(await isotherm.previewDown('web')).sort()).toEqual(expected)
    })
  })

  test.each<[string, UpOptions['template'], Resources]>([
    ['by name', threeOf('leaf.yaml'), { two: { b: { 'Lab::Other': 'other.yaml' } } }],
    ['further in', threeOf('middle.yaml'), { two: { inner: { b: { 'Lab::Other': 'other.yaml' } } } }],
    ['in a group', group, { many: { 1: { b: { 'Lab::Other': 'other.yaml' } } } }],
  ])('what a type stands for in one, %s, it stands for in that one', async (_, template, resources) => {
    await withLab(home, async (isotherm, lab) => {
      await made(isotherm, template, resources)
      expect(values(lab)).toEqual(['leaf', 'leaf', 'leaf', 'other', 'same', 'same'])
    })
  })

  test('what is forbidden of one may be done to the others', async () => {
    await withLab(home, async (isotherm, lab) => {
      const resources = { two: { b: { restricted_actions: 'update' } } }
      await made(isotherm, threeOf('leaf.yaml'), resources)
      const changed = { ...files, 'leaf.yaml': LEAF.replace('same', 'new') }
      const environment = { resource_registry: { 'Lab::Other': 'Lab::Thing', resources } }
      const template = threeOf('leaf.yaml')
      const run = await isotherm.up({ stack: 'web', template, files: changed, environment, onFailure: 'stop' })
      expect((await run.settled()).reason).toContain('resources.two.resources.b')
      expect(values(lab).filter((value) => value === 'same').length).toBeGreaterThan(0)
    })
  })

  test('stacks of one template with environments of their own, begun together', async () => {
    await withLab(home, async (isotherm, lab) => {
      const names = ['red', 'green', 'blue']
      const runs = await Promise.all(
        names.map((stack) => {
          const environment = { resource_registry: { 'Lab::Other': 'Lab::Thing' }, parameter_defaults: { v: stack } }
          return isotherm.up({ stack, template: threeOf('leaf.yaml'), files, environment })
        }),
      )
      for (const run of runs) expect((await run.settled()).status).toBe('CREATE_COMPLETE')
      expect(values(lab).filter((value) => value !== 'same')).toEqual([...names, ...names, ...names].sort())
    })
  })
})
