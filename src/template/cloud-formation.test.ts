// The formats of CloudFormation: the same template model as HOT gives, and problems in the words of the template.
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { formatProblem } from '../lib/problem.js'
import { evaluate, type Inputs } from './evaluate.js'
import { parseTemplate } from './parse.js'
import { resolveTemplate } from './resolve.js'

const pseudo = { stackId: 'id-1', stackName: 'web', projectId: 'p-1' }

const inputs: Inputs = {
  reference: (name) => `id-of-${name}`,
  attribute: (name, attribute, path) => [name, attribute ?? 'all', ...path].join('/'),
}

function resolve(text: string, parameters: { [name: string]: unknown } = {}) {
  const { template, problems } = resolveTemplate(parseTemplate({ text, file: 't.yaml' }), { pseudo, parameters })
  return { template, problems: problems.map(formatProblem) }
}

const BODY = `
Parameters:
  Env: { Type: String, Default: test }
  List: { Type: CommaDelimitedList, Default: "a,b" }
Mappings:
  Sizes: { test: { memory: 1, tags: [x] }, prod: { memory: 8 } }
  Releases: { 1.0: { name: first }, 2: { name: second } }
Resources:
  Disk: { Type: T }
  Web:
    Type: T
    Properties:
      p: `

function valueIn(expression: string, header: string): { value: Json | undefined; problems: string[] } {
  const { template, problems } = resolve(`${header}${BODY}${expression}\n`)
  const symbolic = template?.resources.get('Web')?.properties.p
  return { value: symbolic === undefined ? undefined : evaluate(symbolic, inputs), problems }
}

const AWS = 'AWSTemplateFormatVersion: 2010-09-09\nConditions: { Prod: { Fn::Equals: [{ Ref: Env }, prod] } }'
const HEAT = 'HeatTemplateFormatVersion: 2012-12-12'

describe('functions', () => {
  const cases: [string, Json][] = [
    ['{ Ref: Env }', 'test'],
    ['{ Ref: List }', ['a', 'b']],
    ['{ Ref: Disk }', 'id-of-Disk'],
    ['{ Ref: "AWS::StackName" }', 'web'],
    ['{ Ref: "AWS::StackId" }', 'arn:openstack:heat::p-1:stacks/web/id-1'],
    ['{ Ref: "AWS::Region" }', 'ap-southeast-1'],
    ['{ "Fn::GetAtt": [Disk, size] }', 'Disk/size'],
    ['{ "Fn::GetAtt": Disk.Outputs.x }', 'Disk/Outputs.x'],
    ['{ "Fn::FindInMap": [Sizes, { Ref: Env }, memory] }', 1],
    ['{ "Fn::FindInMap": [Sizes, test, tags] }', ['x']],
    ['{ "Fn::GetAZs": "" }', ['nova']],
    ['{ "Fn::Select": [1, [a, b]] }', 'b'],
    ['{ "Fn::Select": ["0", { Ref: List }] }', 'a'],
    ['{ "Fn::Select": [9, [a, b]] }', ''],
    ['{ "Fn::Select": [k, { k: v }] }', 'v'],
    ['{ "Fn::Select": [k, { k: null }] }', null],
    ['{ "Fn::Select": [0, [null]] }', null],
    ['{ "Fn::Select": [true, [a, b]] }', 'b'],
    ['{ "Fn::Select": [1.7, [a, b]] }', 'b'],
    ['{ "Fn::Select": [" +1 ", [a, b]] }', 'b'],
    ['{ "Fn::Select": ["0_1", [a, b]] }', 'b'],
    ['{ "Fn::Select": [-1, [a, b]] }', 'b'],
    ['{ "Fn::Select": [0, null] }', ''],
    [`{ "Fn::Select": [k, '{"k": "json"}'] }`, 'json'],
    ['{ "Fn::Select": [0, [{ "Fn::GetAtt": [Disk, a] }]] }', 'Disk/a'],
    ['{ "Fn::Join": ["-", [a, { Ref: Disk }, null]] }', 'a-id-of-Disk-'],
    ['{ "Fn::Split": [",", "a,b"] }', ['a', 'b']],
    ['{ "Fn::Replace": [{ $a: 1, b: true }, "x $a b"] }', 'x 1 True'],
    ['{ "Fn::Base64": text }', 'text'],
    [
      '{ "Fn::MemberListToMap": [Name, Value, [".member.0.Name=key", ".member.0.Value=a=b", ".member.1.Name=k2"]] }',
      { key: 'a=b' },
    ],
    ['{ "Fn::MemberListToMap": [Name, Value, ["member.0.Name=a", "member.0.Value=1"]] }', {}],
    ['{ "Fn::MemberListToMap": [Name, Name, [".member.0.Name=a"]] }', { a: 'a' }],
    ['{ "Fn::MemberListToMap": [Name, Value, [".member.0.Name=a", ".member.0.Value="]] }', { a: '' }],
    ['{ "Fn::MemberListToMap": [Name, Value, ""] }', {}],
    [
      '{ "Fn::MemberListToMap": [Name, Value, [".member.02.Value=y", ".member.1.Name=a", ".member.1.Value=x", ".member.2.Name=a"]] }',
      { a: 'y' },
    ],
    [
      '{ "Fn::MemberListToMap": [N, V, [".member.2.N=a", ".member.2.V=x", ".member.1.N=a", ".member.1.V=y"]] }',
      { a: 'x' },
    ],
    ['{ "Fn::FindInMap": [Releases, 1.0, name] }', 'first'],
    ['{ "Fn::FindInMap": [Releases, 2.0, name] }', 'second'],
    ['{ get_param: [1] , other: 2 }', { get_param: [1], other: 2 }],
  ]
  test.each(cases)('%s', (expression, expected) => {
    expect(valueIn(expression, AWS)).toEqual({ value: expected, problems: [] })
    expect(valueIn(expression, HEAT)).toEqual({ value: expected, problems: [] })
  })

  test('Fn::If looks only at the branch that is taken', () => {
    expect(valueIn('{ "Fn::If": [Prod, { Ref: Nowhere }, small] }', AWS)).toEqual({ value: 'small', problems: [] })
  })
})

test('conditions use Fn::Equals, Not, And, Or, Ref, FindInMap and each other', () => {
  const text = `AWSTemplateFormatVersion: 2010-09-09
Parameters: { Env: { Type: String, Default: prod } }
Mappings: { Sizes: { prod: { memory: 8 } } }
Conditions:
  Prod: { Fn::Equals: [{ Ref: Env }, prod] }
  Big: { Fn::Equals: [{ Fn::FindInMap: [Sizes, { Ref: Env }, memory] }, 8] }
  Both: { Fn::And: [Prod, { Condition: Big }] }
  None: { Fn::Not: [{ Fn::Or: [Prod, Big] }] }
Resources:
  A: { Type: T, Condition: Both }
  B: { Type: T, Condition: None }
  C: { Type: T, DependsOn: [A, B] }
Outputs:
  X: { Condition: None, Value: { Ref: B } }
  Y: { Condition: Both, Value: { Ref: A }, Description: yes it is }
`
  const { template, problems } = resolve(text)
  expect(problems).toEqual([])
  expect([...(template?.resources.keys() ?? [])]).toEqual(['A', 'C'])
  expect(template?.resources.get('C')?.requires).toEqual(['A'])
  expect(template?.outputs.X).toEqual({ value: null })
  expect(template?.outputs.Y).toEqual({ value: { $: ['get_resource', 'A'] }, description: 'yes it is' })
})

test('a resource has the same definition as in HOT', () => {
  const cfn = resolve(`AWSTemplateFormatVersion: 2010-09-09
Description: about
Resources:
  Disk: { Type: T }
  Web:
    Type: T
    Description: the web
    DependsOn: Disk
    DeletionPolicy: Retain
    UpdatePolicy: { a: 1 }
    Metadata: { m: { Ref: Disk } }
    Properties: { a: { Fn::GetAtt: [Disk, x] } }
`).template
  const hot = resolve(`heat_template_version: 2016-10-14
description: about
resources:
  Disk: { type: T }
  Web:
    type: T
    description: the web
    depends_on: Disk
    deletion_policy: Retain
    update_policy: { a: 1 }
    metadata: { m: { get_resource: Disk } }
    properties: { a: { get_attr: [Disk, x] } }
`).template
  expect(cfn?.description).toBe('about')
  expect([...(cfn?.resources ?? [])]).toEqual([...(hot?.resources ?? [])])
  expect(cfn?.placeOf('resources.Web.properties.a')).toMatchObject({ line: 12 })
  expect(cfn?.writtenPath?.('resources.Web.properties.a')).toBe('Resources.Web.Properties.a')
})

test('parameters have their constraints', () => {
  const text = `AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Name: { Type: String, MinLength: 2, MaxLength: 4, AllowedPattern: "[a-z]+", ConstraintDescription: two to four letters }
  Size: { Type: Number, MinValue: 1, MaxValue: 9, Default: 3 }
  Kind: { Type: String, Label: Kind, AllowedValues: [a, b], Default: a, NoEcho: true }
  Flag: { Type: Boolean, Default: "yes" }
  Data: { Type: Json, Default: '{"a": 1}' }
  Code: { Type: String, Default: abc, MinLength: null, MaxLength: 3 }
`
  const { template, problems } = resolve(text, { Name: 'abc' })
  expect(problems).toEqual([])
  expect(template?.parameters).toMatchObject({
    Name: { value: 'abc', type: 'string', hidden: false },
    Size: { value: 3 },
    Kind: { value: 'a', hidden: true },
    Flag: { value: true },
    Data: { value: { a: 1 } },
  })
  expect(resolve(text, { Name: 'A', Size: 10, Kind: 'c' }).problems).toEqual([
    't.yaml:3:3 Parameters.Name: the value is not allowed: two to four letters',
    't.yaml:3:3 Parameters.Name: the value is not allowed: two to four letters',
    't.yaml:4:3 Parameters.Size: the value is not allowed: it must be between 1 and 9',
    't.yaml:5:3 Parameters.Kind: the value is not allowed: it must be one of "a", "b"',
  ])
})

describe('problems have their place and a hint', () => {
  const rows: [string, string, string[]][] = [
    [
      'an unknown section',
      `${AWS}\nResorces: {}`,
      ['t.yaml:3:1 Resorces: a template of this format has no key Resorces (did you mean Resources?)'],
    ],
    [
      'an unknown version',
      'AWSTemplateFormatVersion: 2011-01-01',
      [
        't.yaml:1:1 AWSTemplateFormatVersion: unknown version 2011-01-01 (the only version of this format is 2010-09-09)',
      ],
    ],
    [
      'an unknown key',
      'AWSTemplateFormatVersion: 2010-09-09\nResources: { a: { Tpye: T } }',
      [
        't.yaml:2:19 Resources.a.Tpye: a resource has no key Tpye (did you mean Type?)',
        't.yaml:2:14 Resources.a: the resource has no type',
      ],
    ],
    [
      'an unknown parameter type',
      'AWSTemplateFormatVersion: 2010-09-09\nParameters: { a: { Type: Strin, Default: x } }',
      ['t.yaml:2:20 Parameters.a.Type: unknown parameter type Strin (did you mean String?)'],
    ],
    [
      'a malformed pattern',
      'AWSTemplateFormatVersion: 2010-09-09\nParameters: { a: { Type: String, Default: x, AllowedPattern: "[" } }',
      ['t.yaml:2:46 Parameters.a.AllowedPattern: not a regular expression: a square bracket is not closed'],
    ],
    [
      'conditions where there are none',
      'HeatTemplateFormatVersion: 2012-12-12\nConditions: {}\nResources: { a: { Type: T, Condition: x } }',
      [
        't.yaml:2:1 Conditions: a template of this format has no key Conditions (it has Description, Parameters, Resources, Outputs, HeatTemplateFormatVersion, Mappings)',
      ],
    ],
    [
      'a mapping that is none, where it is used',
      `AWSTemplateFormatVersion: 2010-09-09\nMappings: { a: { b: 1 } }\nOutputs: { o: { Value: { Fn::FindInMap: [a, b, c] } } }`,
      ['t.yaml:3:48 Outputs.o.Value.Fn::FindInMap.2: no second key named c'],
    ],
    [
      'a cycle',
      'AWSTemplateFormatVersion: 2010-09-09\nResources: { a: { Type: T, DependsOn: a } }',
      [
        't.yaml:2:28 Resources.a.DependsOn: dependency cycle: a -> a (line 2: depends_on) (a resource cannot wait for itself)',
      ],
    ],
  ]
  test.each(rows)('%s', (_, text, expected) => {
    const { problems } = resolve(text)
    expect(problems.filter((line) => !line.includes('named Env'))).toEqual(expected)
  })

  test.each([
    ['{ Ref: Dsk }', 'Resources.Web.Properties.p.Ref: no parameter or resource named Dsk (did you mean Disk?)'],
    ['{ "Fn::GetAtt": [Dsk, a] }', 'Resources.Web.Properties.p.Fn::GetAtt: no resource named Dsk (did you mean Disk?)'],
    ['{ "Fn::GetAtt": [Disk] }', 'Resources.Web.Properties.p.Fn::GetAtt: expected a list: [resource, attribute]'],
    [
      '{ "Fn::FindInMap": [Szes, a, b] }',
      'Resources.Web.Properties.p.Fn::FindInMap.0: no mapping named Szes (did you mean Sizes?)',
    ],
    [
      '{ "Fn::FindInMap": [Sizes, tst, b] }',
      'Resources.Web.Properties.p.Fn::FindInMap.1: no key named tst (did you mean test?)',
    ],
    ['{ "Fn::Joi": [a, []] }', 'Resources.Web.Properties.p.Fn::Joi: unknown function Fn::Joi (did you mean Fn::Join?)'],
    [
      '{ "Fn::Equals": [a, a] }',
      'Resources.Web.Properties.p.Fn::Equals: Fn::Equals can only be used in a condition (define it in the section Conditions)',
    ],
    ['{ get_param: Env }', 'Resources.Web.Properties.p.get_param: get_param is a function of HOT templates (use Ref)'],
    ['{ "Fn::Base64": [a] }', 'Resources.Web.Properties.p.Fn::Base64: expected a text, not a list'],
    [
      '{ "Fn::MemberListToMap": [Name, Value, [x]] }',
      'Resources.Web.Properties.p.Fn::MemberListToMap: a member must be NAME=VALUE, not "x"',
    ],
    ['{ "Fn::Split": [null, a b] }', 'Resources.Web.Properties.p.Fn::Split: the delimiter must be a text, not nothing'],
    ['{ "Fn::Select": [x, [a]] }', 'Resources.Web.Properties.p.Fn::Select: the index must be a whole number, not "x"'],
    [
      '{ "Fn::ResourceFacade": Metadata }',
      'Resources.Web.Properties.p.Fn::ResourceFacade: Fn::ResourceFacade has a meaning only in a template that is used as the type of a resource (this one stands for no resource)',
    ],
  ])('%s', (expression, message) => {
    const { problems } = valueIn(expression, AWS)
    expect(problems).toEqual([expect.stringContaining(message)])
    expect(problems[0]).toMatch(/^t\.yaml:14:\d+ /)
  })

  test('the format without conditions says where there are some', () => {
    for (const name of ['Fn::If', 'Fn::Equals'])
      expect(valueIn(`{ "${name}": [a, b, c] }`, HEAT).problems).toEqual([
        expect.stringContaining(
          `the format HeatTemplateFormatVersion has no function ${name} (begin the template with AWSTemplateFormatVersion: 2010-09-09)`,
        ),
      ])
  })

  test('a condition says which functions it may use', () => {
    const { problems } = resolve('AWSTemplateFormatVersion: 2010-09-09\nConditions: { A: { Fn::Join: [a, []] } }\n')
    expect(problems).toEqual([
      't.yaml:2:20 Conditions.A.Fn::Join: Fn::Join cannot be used in a condition (conditions may use Condition, Fn::And, Fn::Equals, Fn::FindInMap, Fn::Not, Fn::Or, Ref)',
    ])
  })
})

describe('HOT', () => {
  const inHot = (version: string, value: Json) => {
    const object = {
      heat_template_version: version,
      resources: { a: { type: 'T' }, b: { type: 'T', properties: { p: value } } },
    }
    const { template, problems } = resolveTemplate(parseTemplate({ object }), { pseudo })
    const found = template?.resources.get('b')?.properties.p
    return problems.length > 0
      ? problems.map(({ message }) => message)
      : found === undefined
        ? found
        : evaluate(found, inputs)
  }

  test('of 2013-05-23 has the functions of CloudFormation but for attributes, maps and conditions', () => {
    expect(inHot('2013-05-23', { Ref: 'a' })).toBe('id-of-a')
    expect(inHot('2013-05-23', { 'Fn::Join': ['-', ['x', { Ref: 'a' }]] })).toBe('x-id-of-a')
    expect(inHot('2013-05-23', { 'Fn::MemberListToMap': ['N', 'V', []] })).toEqual({})
    expect(inHot('2013-05-23', { 'Fn::GetAtt': ['a', 'x'] })).toEqual([
      'Fn::GetAtt is a function of CloudFormation templates',
    ])
  })

  test('keeps Fn::Select until 2015-10-15, the others until 2014-10-16', () => {
    expect(inHot('2015-04-30', { 'Fn::Select': [0, ['x']] })).toBe('x')
    expect(inHot('2015-10-15', { 'Fn::Select': [0, ['x']] })).toEqual([
      'Fn::Select is a function of CloudFormation templates',
    ])
    expect(inHot('2014-10-16', { Ref: 'a' })).toEqual(['Ref is a function of CloudFormation templates'])
  })
})

describe('what Heat ignores is ignored, with a warning', () => {
  const KEYS = 'Type, Properties, Metadata, DependsOn, DeletionPolicy, UpdatePolicy, Description'
  test.each([
    [
      'AWSTemplateFormatVersion: 2010-09-09\nResources: { a: { Type: T, UpdateReplacePolicy: Retain } }',
      `t.yaml:2:28 Resources.a.UpdateReplacePolicy: a resource has no key UpdateReplacePolicy (it has ${KEYS.replace(', Desc', ', Condition, Desc')})`,
    ],
    [
      'HeatTemplateFormatVersion: 2012-12-12\nResources: { a: { Type: T, Condition: x } }',
      `t.yaml:2:28 Resources.a.Condition: a resource has no key Condition (it has ${KEYS})`,
    ],
    [
      'AWSTemplateFormatVersion: 2010-09-09\nOutputs: { o: { Value: 1, Export: { Name: x } } }',
      't.yaml:2:27 Outputs.o.Export: an output has no key Export (it has Value, Description, Condition)',
    ],
    [
      'AWSTemplateFormatVersion: 2010-09-09\nMappings: { a: { b: 1 } }',
      't.yaml:2:18 Mappings.a.b: a mapping has maps on two levels, not a number (for example Sizes: { small: { memory: 1 } })',
    ],
    [
      'AWSTemplateFormatVersion: 2010-09-09\nMappings: [1]',
      't.yaml:2:1 Mappings: the section Mappings must be a map, not a list',
    ],
  ])('%s', (text, warning) => {
    const { template, problems } = resolve(text)
    expect(problems).toEqual([])
    expect(template?.warnings?.map(formatProblem)).toEqual([warning])
  })
})
