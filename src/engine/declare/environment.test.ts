// What an environment does to a declaration: the types its resources get, and what is refused rather than ignored.
import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../lib/problem.js'
import { heatTypes, TypeRegistry } from '../../provider/index.js'
import { declare } from './declare.js'
import { readEnvironments } from './environment.js'

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
      'event_sinks: [{ type: zaqar-queue, target: q }]',
      '2.yaml:1:1 event_sinks: a zaqar-queue is a queue in a cloud, which nothing here can reach (leave it out; isotherm events --follow, or …/watch of a server, tells events as they happen)',
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
