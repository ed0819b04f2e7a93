// What an environment does to a declaration: the types its resources get, and what is refused rather than ignored.
import { describe, expect, test } from 'vitest'
import { formatProblem, InvalidInput } from '../../lib/problem.js'
import { heatTypes, TypeRegistry } from '../../provider/index.js'
import { environmentWithin } from './closure.js'
import { declare } from './declare.js'
import { hooksIn, readEnvironments, warningsIn } from './environment.js'

const types = new TypeRegistry(heatTypes)
const pseudo = { stackId: 'id', stackName: 'web', projectId: 'p' }
const TEMPLATE = `heat_template_version: 2021-04-16
parameters:
  tags: { type: comma_delimited_list }
resources:
  web: { type: "My::Thing" }
  web_db: { type: "My::Thing" }
outputs:
  tags: { value: { get_param: tags } }
`

async function declared(...environments: string[]) {
  const sources = environments.map((text, index) => ({ text, file: `${index + 1}.yaml` }))
  try {
    const environment = readEnvironments(sources, { text: TEMPLATE })
    const { definitions, template } = await declare(
      { stack: 'web', template: TEMPLATE, templateFile: 't.yaml', environment },
      types,
      pseudo,
      undefined,
    )
    const typeOf = Object.fromEntries([...definitions].map(([name, { body }]) => [name, body.type]))
    return { types: typeOf, tags: template.outputs.tags?.value, message: undefined }
  } catch (error) {
    if (error instanceof InvalidInput) return { types: {}, tags: undefined, message: error.message }
    throw error
  }
}

const PARAMETERS = 'parameters: { tags: "a,b" }\n'

test('a type of the template stands for a type that there is, for each resource by itself', async () => {
  const found = await declared(
    PARAMETERS,
    'resource_registry: { "My::*": "OS::Heat::None", resources: { "*_db": { "My::Thing": "OS::Heat::RandomString" } } }',
  )
  expect(found).toEqual({
    types: { web: 'OS::Heat::None', web_db: 'OS::Heat::RandomString' },
    tags: ['a', 'b'],
    message: undefined,
  })
})

test('parameters of several files come together as the type that the template gives them', async () => {
  const merge =
    'parameter_merge_strategies: { tags: merge }\nparameters: { tags: "c" }\nresource_registry: { "My::*": "OS::Heat::None" }'
  expect((await declared(`${PARAMETERS}parameter_merge_strategies: { tags: merge }`, merge)).tags).toEqual([
    'a',
    'b',
    'c',
  ])
})

test('a name that stands for a wildcard does no harm where nothing is of that type, or where the wildcard stands for a type', async () => {
  const registry = (mappings: string) => `resource_registry: { "My::*": "OS::Heat::None", ${mappings} }`
  for (const mappings of ['"Other::Thing": "Your::*"', '"My::Thing": "Your::*", "Your::*": "OS::Heat::None"'])
    expect((await declared(PARAMETERS, registry(mappings))).message).toBeUndefined()
})

describe('what cannot be had is a problem with its place', () => {
  test.each([
    ['', 't.yaml:5:10 resources.web.type: there is no type My::Thing'],
    [
      'resource_registry: { "My::Thing": nested.yaml }',
      't.yaml:5:10 resources.web.type: My::Thing stands for the template nested.yaml, and no file named nested.yaml was given with the template',
    ],
    [
      'resource_registry: { "My::Thing": A, A: "My::Thing" }',
      'resources.web.type: the environment maps the type in a circle: My::Thing -> A -> My::Thing (mend the section resource_registry)',
    ],
    [
      'resource_registry: { "My::Thing": "Your::*" }',
      't.yaml:5:10 resources.web.type: the environment maps My::Thing to the wildcard Your::* (a wildcard stands for a wildcard: My::Thing*: Your::*)',
    ],
  ])('%s', async (environment, message) => {
    expect((await declared(PARAMETERS, environment)).message).toContain(message)
  })

  test('a template as a type', async () => {
    const template = { resources: { a: { type: 'nested/web.yaml' } } }
    await expect(declare({ stack: 'web', template }, types, pseudo, undefined)).rejects.toThrow(
      'no file named nested/web.yaml was given with the template',
    )
  })
})

test('what cannot be had of an environment, and what is lost of it, is told', () => {
  const one = 'resource_registry: { resources: { web: { A: B } } }'
  const two = 'resource_registry: { resources: {} }\nevent_sinks: [{ type: zaqar-queue, target: q }]'
  const sources = [one, two].map((text, index) => ({ text, file: `${index + 1}.yaml` }))
  expect(
    warningsIn(readEnvironments(sources)).map(({ severity, ...problem }) => [severity, formatProblem(problem)]),
  ).toEqual([
    [
      'warning',
      expect.stringContaining('2.yaml:1:22 resource_registry.resources: this block replaces that of an earlier file'),
    ],
    ['warning', expect.stringContaining('2.yaml:2:1 event_sinks: a zaqar-queue is a queue in a cloud')],
  ])
  expect(warningsIn(readEnvironments(sources.slice(0, 1)))).toEqual([])
})

test('hooks and restrictions that are said of no resource are told, and mean nothing', () => {
  const said = 'resource_registry: { hooks: pre-create, resources: { restricted_actions: [update, replace] } }'
  const sources = [
    { text: said, file: 'said.yaml' },
    { text: 'resource_registry: { A: B }', file: 'other.yaml' },
  ]
  const merged = readEnvironments(sources)
  expect(warningsIn(merged).map(formatProblem)).toEqual([
    expect.stringMatching(
      /^said\.yaml:1:22 resource_registry\.hooks: this is said of no resource: it means nothing \(write .*NAME: \{ hooks: /,
    ),
    expect.stringMatching(
      /^said\.yaml:1:54 resource_registry\.resources\.restricted_actions: this is said of no resource/,
    ),
  ])
  expect(hooksIn(merged)).toBeNull()
  const wrong = { text: 'resource_registry: { hooks: [pre-crate] }' }
  expect(() => readEnvironments([wrong])).toThrow('expected the name of a type')
})

test('a nested stack gets what is said for its resource by name above what is said by patterns', () => {
  const within = environmentWithin(
    {
      resource_registry: {
        resources: {
          web: { db: { hooks: 'pre-create' }, cache: {} },
          'w*': { db: { hooks: 'pre-delete' }, cache: { hooks: 'pre-update' } },
          other: { db: { hooks: 'post-create' } },
        },
      },
    },
    'web',
    undefined,
  )
  expect(within).toEqual({
    resource_registry: { resources: { db: { hooks: 'pre-create' }, cache: { hooks: 'pre-update' } } },
  })
})
