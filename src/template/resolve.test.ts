// Whole templates: what becomes of each section, and the messages for typical mistakes.
import { describe, expect, test } from 'vitest'
import { formatProblem } from '../lib/problem.js'
import { findCycle } from './cycle.js'
import { hashDefinition } from './definition.js'
import { parseTemplate } from './parse.js'
import { referencesOf } from './references.js'
import { type ResolveOptions, resolveDefinition, resolveTemplate } from './resolve.js'

const pseudo = { stackId: 'id-1', stackName: 'web', projectId: 'p-1' }

function resolveText(lines: string[], options: Partial<ResolveOptions> = {}) {
  return resolveTemplate(parseTemplate({ text: lines.join('\n'), file: 'w.yaml' }), { pseudo, ...options })
}

const complaints = (lines: string[], options: Partial<ResolveOptions> = {}) =>
  resolveText(['heat_template_version: 2021-04-16', ...lines], options).problems.map(formatProblem)

test('a whole template', () => {
  const { template, problems } = resolveText(
    [
      'heat_template_version: 2018-08-31',
      'description: a web server',
      'parameters:',
      '  port: { type: number, default: 80, label: Port, description: where it listens, immutable: true }',
      '  secret: { type: string, hidden: true }',
      'resources:',
      '  db:',
      '    type: T',
      '    deletion_policy: retain',
      '    description: keeps everything',
      '  web:',
      '    type: T',
      '    depends_on: db',
      '    metadata: { after: { get_resource: disk } }',
      '    properties:',
      '      port: { get_param: port }',
      '      url: { list_join: [":", [{ get_attr: [db, host] }, { get_param: port }]] }',
      '  disk: { type: T }',
      'outputs:',
      '  url: { value: { get_attr: [web, url] }, description: go there }',
    ],
    { parameters: { secret: 'abc' }, parameterDefaults: { port: '8080', unheard: 1 } },
  )
  expect(problems).toEqual([])
  expect(template?.description).toBe('a web server')
  expect(template?.parameters).toEqual({
    port: {
      type: 'number',
      value: 8080,
      hidden: false,
      immutable: true,
      label: 'Port',
      description: 'where it listens',
    },
    secret: { type: 'string', value: 'abc', hidden: true },
  })
  expect(Object.fromEntries(template?.resources ?? [])).toEqual({
    db: {
      type: 'T',
      properties: {},
      requires: [],
      deletionPolicy: 'Retain',
      metadata: {},
      description: 'keeps everything',
    },
    web: {
      type: 'T',
      properties: { port: 8080, url: { $: ['list_join', [':', [{ $: ['get_attr', 'db', 'host'] }, 8080]]] } },
      requires: ['db', 'disk'],
      deletionPolicy: 'Delete',
      metadata: { after: { $: ['get_resource', 'disk'] } },
    },
    disk: { type: 'T', properties: {}, requires: [], deletionPolicy: 'Delete', metadata: {} },
  })
  expect(template?.outputs).toEqual({ url: { value: { $: ['get_attr', 'web', 'url'] }, description: 'go there' } })
  expect(template?.placeOf('resources.web.properties.port')).toEqual({ file: 'w.yaml', line: 16, column: 7 })
})

test('every mistake is told at once, each with file, line, column, path and hint', () => {
  const lines = [
    'descriptoin: x',
    'parameters:',
    '  size: { type: number, default: big }',
    '  zone: { type: strin }',
    '  need: { type: string }',
    'resources:',
    '  web:',
    '    type: T',
    '    propertis: {}',
    '    depends_on: [dbb, 1]',
    '    deletion_policy: Retian',
    '    properties:',
    '      a: { get_parm: size }',
    '      b: [{ get_attr: [db, x] }]',
    '      c: { get_param: sze }',
    '      d: { digest: [md5, { get_param: size }] }',
    '  bd:',
    '  need: { type: T }',
    'outputs:',
    '  o: { valu: 1 }',
  ]
  expect(complaints(lines, { parameters: { siez: 1 } })).toEqual([
    'w.yaml:2:1 descriptoin: a template has no key descriptoin (did you mean description?)',
    'w.yaml:4:25 parameters.size.default: "big" is not a number (the parameter\'s type is number)',
    'w.yaml:5:11 parameters.zone.type: unknown parameter type strin (did you mean string?)',
    'w.yaml:6:3 parameters.need: no value was given for the parameter need (it has no default either)',
    'parameters.siez: the template has no parameter siez (did you mean size?)',
    'w.yaml:19:3 resources.need: need is the name of a parameter and of a resource (rename one of them)',
    'w.yaml:10:5 resources.web.propertis: a resource has no key propertis (did you mean properties?)',
    'w.yaml:14:12 resources.web.properties.a.get_parm: unknown function get_parm (did you mean get_param?)',
    'w.yaml:15:13 resources.web.properties.b.0.get_attr: no resource named db (did you mean bd?)',
    'w.yaml:16:12 resources.web.properties.c.get_param: no parameter named sze (did you mean size?)',
    'w.yaml:11:18 resources.web.depends_on.0: no resource named dbb',
    'w.yaml:11:23 resources.web.depends_on.1: expected the name of a resource, not a number',
    'w.yaml:12:5 resources.web.deletion_policy: unknown deletion policy Retian (did you mean Retain?)',
    'w.yaml:18:3 resources.bd: a resource must be a map, not nothing (it needs at least a type)',
    'w.yaml:21:8 outputs.o.valu: an output has no key valu (did you mean value?)',
    'w.yaml:21:3 outputs.o: the output has no value',
  ])
})

test('what other languages and other versions have is told as such', () => {
  const lines = [
    'parameters:',
    '  size: { type: integer, default: 1 }',
    '  all: { type: list, default: a }',
    'conditions:',
    '  c: { equal: [1, 1] }',
    '  d: { xor: [c, c] }',
    'resources:',
    '  a: { type: T, depends_on: b }',
  ]
  expect(complaints(lines)).toEqual([
    'w.yaml:3:11 parameters.size.type: unknown parameter type integer (it is called number here)',
    'w.yaml:4:10 parameters.all.type: unknown parameter type list (it is called comma_delimited_list here)',
    'w.yaml:6:8 conditions.c.equal: equal is no function of conditions (did you mean equals?)',
    'w.yaml:7:8 conditions.d.xor: xor is no function of conditions (did you mean or?)',
    'w.yaml:9:17 resources.a.depends_on: no resource named b',
  ])
  const object = {
    heat_template_version: '2015-04-30',
    conditions: {},
    resources: { a: { type: 'T', condition: true, properties: { v: { if: [true, 1, 2] } } } },
  }
  expect(resolveTemplate(parseTemplate({ object }), { pseudo }).problems.map(formatProblem)).toEqual([
    'conditions: a template has no key conditions (it came with version 2016-10-14 of the language)',
    'resources.a.condition: a resource has no key condition (it came with version 2016-10-14 of the language)',
    'resources.a.properties.v.if: version 2015-04-30 of the language has no function if (it came with version 2016-10-14)',
  ])
})

test('of a version that is none all that there are are told, and of a function that only Amazon has what is like it', () => {
  const told = (object: object) =>
    resolveTemplate(parseTemplate({ object }), { pseudo }).problems.map(({ hint }) => hint)
  expect(told({ heat_template_version: '2030-01-01' })).toEqual([expect.stringMatching(/^versions are 2013-05-23, /)])
  expect(told({ heat_template_version: 'wallabi' })).toEqual(['did you mean wallaby?'])
  const outputs = { o: { Value: { 'Fn::Sub': 'a' } } }
  expect(told({ AWSTemplateFormatVersion: '2010-09-09', Outputs: outputs })).toEqual([
    'Heat does not have it: use Fn::Replace, or Fn::Join',
  ])
})

describe('a cycle is shown edge by edge', () => {
  test('with the line of each reference', () => {
    const lines = [
      'resources:',
      '  a:',
      '    type: T',
      '    properties:',
      '      x: [1, { get_attr: [b, y] }]',
      '  b:',
      '    type: T',
      '    depends_on: [a, c]',
      '  c: { type: T, metadata: { m: { get_resource: a } } }',
    ]
    expect(complaints(lines)).toEqual([
      'w.yaml:6:14 resources.a.properties.x.1: dependency cycle: a -> b (line 6: properties.x.1) -> a (line 9: depends_on) (remove one of these references)',
    ])
  })

  test('of one resource with itself', () => {
    const lines = ['resources:', '  a: { type: T, properties: { x: { get_resource: a } } }']
    expect(complaints(lines)).toEqual([
      'w.yaml:3:31 resources.a.properties.x: dependency cycle: a -> a (line 3: properties.x) (a resource cannot wait for itself)',
    ])
  })

  test('shortened when it is long', () => {
    const resources = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`r${index}`, { type: 'T', depends_on: `r${(index + 1) % 30}` }]),
    )
    const { problems } = resolveTemplate(parseTemplate({ object: { resources } }), { pseudo })
    expect(problems[0]?.message).toMatch(/-> r12 \(depends_on\) … 18 more … -> r0$/)
  })

  test('and is not found where there is none', () => {
    const { template } = resolveTemplate(parseTemplate({ object: { resources: { a: { type: 'T' } } } }), { pseudo })
    expect(template && findCycle(template)).toBeUndefined()
  })
})

describe('what a template must say of itself', () => {
  test('a file says its version', () => {
    expect(resolveText(['resources: {}']).problems.map(formatProblem)).toEqual([
      'w.yaml:1:1 the template does not say its version (begin it with heat_template_version: 2021-04-16)',
    ])
  })

  test('an unknown version', () => {
    expect(resolveText(['heat_template_version: 2015-10-16']).problems.map(formatProblem)).toEqual([
      expect.stringMatching(
        /^w.yaml:1:1 heat_template_version: unknown version 2015-10-16 \(versions are 2013-05-23, .*, wallaby\)$/,
      ),
    ])
  })

  test('a release name is a version, and empty sections are empty', () => {
    expect(resolveText(['heat_template_version: rocky', 'resources:', 'outputs:', 'parameters:']).problems).toEqual([])
  })

  test('a text, a list or nothing is no template', () => {
    expect(resolveText(['hello']).problems.map(formatProblem)).toEqual([
      'w.yaml:1:1 a template must be a map, not a text (it begins with heat_template_version: 2021-04-16)',
    ])
    expect(resolveText(['- 1']).problems).toHaveLength(1)
    expect(resolveText(['']).problems).toHaveLength(1)
  })

  test('conditions need a version that has them', () => {
    const lines = [
      'heat_template_version: 2016-04-08',
      'conditions: { a: true }',
      'resources: { r: { type: T, condition: a } }',
    ]
    expect(resolveText(lines).problems.map(({ path }) => path)).toEqual(['conditions', 'resources.r.condition'])
  })

  test('an object needs no version', () => {
    const object = {
      parameters: { p: { type: 'string', default: 'x' } },
      resources: { a: { type: 'T', properties: { v: { get_param: 'p' } } } },
    }
    const { template } = resolveTemplate(parseTemplate({ object }), { pseudo })
    expect(template?.resources.get('a')?.properties).toEqual({ v: 'x' })
  })

  test('deletion policies are words of the version', () => {
    const policy = (word: string) => complaints([`resources: { a: { type: T, deletion_policy: ${word} } }`])
    expect(policy('Snapshot')).toEqual([])
    expect(policy('snapshot')).toEqual([])
    expect(policy('Snap')).toEqual([
      'w.yaml:2:28 resources.a.deletion_policy: unknown deletion policy Snap (policies are Delete, Retain and Snapshot)',
    ])
  })
})

describe('conditions', () => {
  const lines = [
    'heat_template_version: 2016-10-14',
    'parameters: { env: { type: string, default: test } }',
    'conditions:',
    '  prod: { equals: [{ get_param: env }, prod] }',
    '  not_prod: { not: prod }',
    'resources:',
    '  a: { type: T, condition: prod }',
    '  b: { type: T, depends_on: [a], properties: { x: { if: [prod, { get_resource: a }, none] } } }',
    'outputs:',
    '  o: { value: { get_resource: a }, condition: prod }',
  ]

  test('a resource whose condition is false is not there, an output is null', () => {
    const { template, problems } = resolveText(lines)
    expect(problems).toEqual([])
    expect([...(template?.resources.keys() ?? [])]).toEqual(['b'])
    expect(template?.resources.get('b')).toMatchObject({ requires: [], properties: { x: 'none' } })
    expect(template?.outputs).toEqual({ o: { value: null } })
  })

  test('the same template with another parameter', () => {
    const { template } = resolveText(lines, { parameters: { env: 'prod' } })
    expect(template?.resources.get('b')).toMatchObject({
      requires: ['a'],
      properties: { x: { $: ['get_resource', 'a'] } },
    })
    expect(template?.outputs.o?.value).toEqual({ $: ['get_resource', 'a'] })
  })

  test('circular ones are refused', () => {
    expect(complaints(['conditions:', '  a: { not: b }', '  b: { not: a }'])).toEqual([
      'w.yaml:4:8 conditions.b.not: circular definition of condition a',
    ])
  })

  test('a reference to a resource that is not part of the stack', () => {
    expect(
      complaints([
        'resources:',
        '  a: { type: T, condition: false }',
        '  b: { type: T, properties: { x: { get_resource: a } } }',
      ]),
    ).toEqual([
      'w.yaml:4:36 resources.b.properties.x.get_resource: the resource a is not part of the stack, for its condition is false (put the reference into an if)',
    ])
  })
})

test('parameter groups name each parameter once', () => {
  const lines = [
    'parameters: { a: { type: string, default: x } }',
    'parameter_groups:',
    '- { label: l, parameters: [a, a, b] }',
  ]
  expect(complaints(lines)).toEqual([
    'w.yaml:4:31 parameter_groups.0.parameters.1: the parameter a is in a group already',
    'w.yaml:4:34 parameter_groups.0.parameters.2: no parameter named b',
  ])
})

describe('definitions that stand alone', () => {
  const options = { pseudo, parameters: { size: { value: 3 } }, exists: (name: string) => name === 'b' }

  test('resolve as in a template', () => {
    const raw = { type: 'T', properties: { n: { get_param: 'size' }, r: { get_resource: 'b' } } }
    const { definition, problems } = resolveDefinition('a', raw, options)
    expect(problems).toEqual([])
    expect(definition).toEqual({
      type: 'T',
      properties: { n: 3, r: { $: ['get_resource', 'b'] } },
      requires: ['b'],
      deletionPolicy: 'Delete',
      metadata: {},
    })
    const inTemplate = resolveTemplate(
      parseTemplate({ object: { parameters: { size: { type: 'number' } }, resources: { a: raw, b: { type: 'T' } } } }),
      { pseudo, parameters: { size: 3 } },
    ).template?.resources.get('a')
    expect(definition && hashDefinition(definition)).toBe(inTemplate && hashDefinition(inTemplate))
  })

  test('tell their problems, and one does not leak into the next', () => {
    const bad = resolveDefinition('a', { type: 'T', properties: { x: { get_resource: 'c' } } }, options)
    expect(bad.problems.map(formatProblem)).toEqual(['resources.a.properties.x.get_resource: no resource named c'])
    expect(bad.definition).toBeUndefined()
    expect(resolveDefinition('a', { type: 'T' }, options).definition?.requires).toEqual([])
    expect(resolveDefinition('a', null, options).problems).toHaveLength(1)
    expect(resolveDefinition('a', { type: 'T', properties: { f: () => 1 } }, options).problems).toHaveLength(1)
  })
})

test('references are traced to where they stand', () => {
  const value = {
    content: ['x', { $: ['get_attr', 'a', 'ip', { $: ['get_resource', 'b'] }] }],
    q: { $: ['quote', { $: ['get_resource', 'c'] }] },
  }
  expect(referencesOf(value)).toEqual([
    { resource: 'a', attribute: 'ip', path: ['content', 1] },
    { resource: 'b', path: ['content', 1, 'get_attr', 2] },
  ])
})

test('a key of an output that Heat does not know is a warning, beside a value', () => {
  const object = { heat_template_version: '2015-04-30', outputs: { o: { value: 1, condition: 'c', valeu: 2 } } }
  const { template, problems } = resolveTemplate(parseTemplate({ object }), { pseudo })
  expect({ problems, value: template?.outputs.o?.value }).toEqual({ problems: [], value: 1 })
  expect(template?.warnings?.map(formatProblem)).toEqual([
    'outputs.o.condition: an output has no key condition: it means nothing here (it has value, description)',
    'outputs.o.valeu: an output has no key valeu: it means nothing here (did you mean value?)',
  ])
})
