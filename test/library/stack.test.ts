// A stack written as a program is the template that a person would have written, and what cannot be is refused with its line.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BuiltInTypes } from '../../src/api/stack/built-in.js'
import {
  anyType,
  defineStack,
  defineType,
  fn,
  InvalidInput,
  type Isotherm,
  type JsonInput,
  open,
  type Problem,
  type Stack,
  text,
  typesOf,
} from '../../src/index.js'
import { functionNames, functionsOf } from '../../src/template/functions/table.js'
import { parseTemplate } from '../../src/template/index.js'
import { NEWEST } from '../../src/template/version.js'

const Thing = defineType({
  name: 'Acme::Thing',
  properties: {
    size: { type: 'integer', required: true, onChange: 'update' },
    label: { type: 'string', onChange: 'update' },
  },
  attributes: { address: { type: 'string' } },
  create: async (call) => ({ physicalId: call.token, attributes: { address: '::1' } }),
  update: async () => ({}),
  delete: async () => {},
})

let isotherm: Isotherm
beforeAll(async () => {
  isotherm = await open({ database: 'memory:', types: [Thing] })
})
afterAll(() => isotherm.close())

/** The value as it stands in the document. */
function written(build: (stack: Stack) => JsonInput) {
  const { outputs } = defineStack((stack) => stack.output('it', build(stack)))
  return Object(outputs).it.value
}

function problemsOf(act: () => unknown): readonly Problem[] {
  try {
    act()
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems
    throw error
  }
  return []
}

const YAML = `heat_template_version: 2021-04-16
description: Things
parameters:
  size: { type: number, default: 3, constraints: [{ range: { min: 1 } }] }
conditions:
  large: { not: { equals: [{ get_param: size }, 1] } }
resources:
  web:
    type: Acme::Thing
    properties: { size: { get_param: size } }
    metadata: { team: north }
    deletion_policy: Retain
  page:
    type: OS::Heat::Value
    properties: { value: { list_join: ['', ['http://', { get_attr: [web, address] }, '/']] } }
    condition: large
    depends_on: [web]
outputs:
  url: { value: { get_attr: [page, value] }, description: Where it is, condition: large }
  id: { value: { get_resource: web } }
`

const program = () =>
  defineStack({ description: 'Things' }, (stack) => {
    const size = stack.parameter('size', { type: 'number', default: 3, constraints: [{ range: { min: 1 } }] })
    const large = stack.condition('large', fn.not(fn.equals(size, 1)))
    const web = stack.resource('web', Thing, { size }, { metadata: { team: 'north' }, deletionPolicy: 'Retain' })
    const page = stack.resource(
      'page',
      'OS::Heat::Value',
      { value: `http://${web.attributes.address}/` },
      { condition: large, dependsOn: web },
    )
    stack.output('url', page.attributes.value, { description: 'Where it is', condition: large })
    stack.output('id', web.ref)
  })

describe('a stack as a program', () => {
  it('is the document that the YAML is', () => {
    expect(program()).toEqual(parseTemplate({ text: YAML }).document)
  })

  it('changes nothing where the YAML was, and the other way round', async () => {
    await (await isotherm.up({ stack: 'same', template: YAML })).settled()
    expect((await isotherm.preview({ stack: 'same', template: program() })).changed).toBe(false)
    const run = await isotherm.up({ stack: 'same', template: program(), parameters: { size: 4 } })
    expect((await run.settled()).status).toBe('UPDATE_COMPLETE')
    const preview = await isotherm.preview({ stack: 'same', template: YAML, parameters: { size: 4 } })
    expect(preview.changed).toBe(false)
  })

  it('knows the types of its resources', () => {
    expect(typesOf(program())).toEqual([Thing])
  })

  it('takes types by their names alone', () => {
    const template = defineStack(
      (stack) => void stack.resource('server', anyType('OS::Nova::Server'), { flavor: 'm1' }),
    )
    expect(template.resources).toEqual({ server: { type: 'OS::Nova::Server', properties: { flavor: 'm1' } } })
  })
})

describe('a reference', () => {
  it('in a template literal is a join', () => {
    expect(
      written((stack) => {
        const a = stack.resource('a', Thing, { size: 1 })
        return { list: [`${a.attributes.address}`, `x${a.ref}y${stack.stackName}`], plain: 'x' }
      }),
    ).toEqual({
      list: [
        { get_attr: ['a', 'address'] },
        { list_join: ['', ['x', { get_resource: 'a' }, 'y', { get_param: 'OS::stack_name' }]] },
      ],
      plain: 'x',
    })
  })

  it('in a tagged template, inside functions, inside literals, inside functions', () => {
    expect(
      written((stack) => {
        const a = stack.resource('a', Thing, { size: 1 })
        return fn.join(',', [text`<${fn.digest('md5', `${a.ref}!`)}>`, `[${fn.if(true, a.ref, 'none')}]`])
      }),
    ).toEqual({
      list_join: [
        ',',
        [
          { list_join: ['', ['<', { digest: ['md5', { list_join: ['', [{ get_resource: 'a' }, '!']] }] }, '>']] },
          { list_join: ['', ['[', { if: [true, { get_resource: 'a' }, 'none'] }, ']']] },
        ],
      ],
    })
  })

  it('leads into a value by a path', () => {
    expect(
      written((stack) => {
        const data = stack.parameter('data', { type: 'json', default: {} })
        const a = stack.resource('a', 'OS::Heat::Value', { value: 1 })
        return [data.at('list', 0), a.attributes.value.at('key', data.at('name'))]
      }),
    ).toEqual([
      { get_param: ['data', 'list', 0] },
      { get_attr: ['a', 'value', 'key', { get_param: ['data', 'name'] }] },
    ])
  })

  it('works in loops, with names that stay', () => {
    const template = defineStack((stack) => {
      const things = [1, 2].map((size) => stack.resource(`thing_${size}`, Thing, { size }))
      stack.output(
        'all',
        fn.join(
          ',',
          things.map((thing) => thing.attributes.address),
        ),
      )
    })
    expect(Object.keys(Object(template.resources))).toEqual(['thing_1', 'thing_2'])
    expect(Object(template.outputs).all.value).toEqual({
      list_join: [',', [{ get_attr: ['thing_1', 'address'] }, { get_attr: ['thing_2', 'address'] }]],
    })
  })
})

describe('is refused, with its place:', () => {
  const inStack = (build: (stack: Stack) => void) => problemsOf(() => defineStack(build))
  const thing = (stack: Stack) => stack.resource('a', Thing, { size: 1 })
  const here = { file: expect.stringContaining('stack.test.ts'), line: expect.any(Number), column: expect.any(Number) }

  it.each<[string, (stack: Stack) => void, Partial<Problem>]>([
    [
      'a name twice',
      (stack) => [thing(stack), thing(stack)],
      { path: 'resources.a', message: 'there are two resources named a' },
    ],
    [
      'a text that was cut',
      (stack) => stack.output('o', `${thing(stack).ref}`.slice(0, 9)),
      { path: 'outputs.o.value', message: 'a reference inside this text was cut or changed' },
    ],
    [
      'a text that was changed',
      (stack) => stack.output('o', `${thing(stack).ref}`.toUpperCase()),
      { message: 'a reference inside this text was cut or changed' },
    ],
    [
      'a key that is not known',
      (stack) => stack.output('o', { [`${thing(stack).ref}`]: 1 }),
      { message: 'a reference cannot be a key: keys must be known now' },
    ],
    [
      'a name that is not known',
      (stack) => void stack.resource(`${thing(stack).ref}`, Thing, { size: 1 }),
      { message: 'a name must be known now: it cannot be a reference' },
    ],
    [
      'JSON of what is not known',
      (stack) => stack.output('o', JSON.stringify({ a: thing(stack).ref })),
      { message: 'get_resource: [a] is not known yet: JSON.stringify cannot write it', hint: 'use fn.json' },
    ],
    ['a sum of what is not known', (stack) => stack.output('o', Number(thing(stack).ref) + 1), { hint: 'use fn.yaql' }],
    ['a resource as a text', (stack) => stack.output('o', `${thing(stack)}`), { message: 'the resource a is no text' }],
    [
      'a condition as a text',
      (stack) => stack.output('o', `${stack.condition('c', true)}`),
      { message: 'a condition is no text' },
    ],
  ])('%s', (_, build, problem) => expect(inStack(build)).toEqual([expect.objectContaining({ ...here, ...problem })]))

  it('a reference of another stack, also inside a text', () => {
    const kept: { text: string; ref: JsonInput }[] = []
    defineStack((stack) => {
      const { ref } = thing(stack)
      kept.push({ text: `<${fn.digest('md5', ref)}>`, ref })
    })
    const [{ text: token = '', ref = null } = {}] = kept
    for (const value of [token, ref]) {
      expect(inStack((stack) => stack.output('o', { deep: [value] }))).toEqual([
        expect.objectContaining({
          ...here,
          path: expect.stringMatching(/^outputs.o.value.deep.0/),
          message: expect.stringMatching(/^this belongs to another stack, which is defined at .*stack\.test\.ts:\d+$/),
        }),
      ])
    }
  })

  it('what comes too late, and what is not waited for', () => {
    let late: (() => void) | undefined
    defineStack((stack) => {
      late = () => thing(stack)
    })
    expect(problemsOf(() => late?.())[0]?.message).toBe('a comes too late: the stack is defined already')
    expect(problemsOf(() => defineStack(async () => {}))[0]?.message).toContain('must not be async')
  })

  it('what the types and the language refuse', async () => {
    const template = defineStack((stack) => {
      const data = stack.parameter('data', { type: 'json', default: {} })
      stack.resource('wrong', anyType('Acme::Thing'), {
        size: 1,
        lable: data,
      })
      stack.output('o', fn.getFile('nowhere.txt'))
    })
    const problems = await isotherm.validate({ template })
    expect(problems).toEqual([expect.objectContaining({ ...here, path: 'outputs.o.value.get_file' })])
    const typed = defineStack((stack) => {
      stack.resource('wrong', anyType('Acme::Thing'), {
        size: 1,
        lable: 'x',
      })
    })
    const [problem] = await isotherm.validate({ template: typed })
    const [declared] = await isotherm.validate({
      template: defineStack((stack) => void stack.resource('wrong', anyType('Acme::Thin'))),
    })
    expect(problem).toMatchObject({ ...here, path: 'resources.wrong.properties.lable', column: 9 })
    expect(declared).toMatchObject({ ...here, path: 'resources.wrong.type' })
  })
})

it('every function of the newest version can be called', () => {
  const names = Object.keys(fn).map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
  const { values, conditions } = functionsOf(NEWEST)
  const own = [...functionNames(values), ...functionNames(conditions)].filter(
    (name) => !/^get_(param|attr|resource)$/.test(name),
  )
  expect(
    own.filter((name) => !names.includes(name.replace('list_join', 'join').replace('str_split', 'split'))),
  ).toEqual([])
})

it('every type that Isotherm brings along is known to the compiler by its name', () => {
  const known: { readonly [name in keyof BuiltInTypes]: true } = {
    'Isotherm::Http::Check': true,
    'Isotherm::Http::Resource': true,
    'Isotherm::Local::Command': true,
    'Isotherm::Local::Directory': true,
    'Isotherm::Local::File': true,
    'Isotherm::Local::Process': true,
    'AWS::AutoScaling::AutoScalingGroup': true,
    'AWS::AutoScaling::LaunchConfiguration': true,
    'AWS::AutoScaling::ScalingPolicy': true,
    'AWS::CloudFormation::Stack': true,
    'OS::Heat::AutoScalingGroup': true,
    'OS::Heat::InstanceGroup': true,
    'OS::Heat::ResourceChain': true,
    'OS::Heat::ResourceGroup': true,
    'OS::Heat::ScalingPolicy': true,
    'OS::Heat::Stack': true,
    'AWS::CloudFormation::WaitCondition': true,
    'AWS::CloudFormation::WaitConditionHandle': true,
    'OS::Heat::UpdateWaitConditionHandle': true,
    'OS::Heat::Delay': true,
    'OS::Heat::AccessPolicy': true,
    'OS::Heat::CloudConfig': true,
    'OS::Heat::MultipartMime': true,
    'OS::Heat::SoftwareComponent': true,
    'OS::Heat::SoftwareConfig': true,
    'OS::Heat::SoftwareDeployment': true,
    'OS::Heat::SoftwareDeploymentGroup': true,
    'OS::Heat::StructuredConfig': true,
    'OS::Heat::StructuredDeployment': true,
    'OS::Heat::StructuredDeploymentGroup': true,
    'OS::Heat::None': true,
    'OS::Heat::RandomString': true,
    'OS::Heat::TestResource': true,
    'OS::Heat::Value': true,
    'OS::Heat::WaitCondition': true,
    'OS::Heat::WaitConditionHandle': true,
  }
  const names = isotherm.types().map(({ name }) => name)
  expect(Object.keys(known).sort()).toEqual(names.filter((name) => name !== 'Acme::Thing').sort())
})
