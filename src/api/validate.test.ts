// Templates judged on their own: what is wrong with them whatever their parameters will be.
import { expect, test } from 'vitest'
import { formatProblem } from '../lib/problem.js'
import { heatTypes, TypeRegistry } from '../provider/index.js'
import { validate } from './validate.js'

const types = new TypeRegistry(heatTypes)
const pseudo = { stackId: 'id', stackName: 'web', projectId: 'p' }
const HOT = 'heat_template_version: 2021-04-16\n'

interface Given {
  readonly parameters?: { readonly [name: string]: string }
  readonly files?: { readonly [name: string]: string }
  readonly allowUnknownTypes?: boolean
}

async function told(template: string, given: Given = {}): Promise<string[]> {
  const problems = await validate({ template, templateFile: 't.yaml', ...given }, types, pseudo)
  return problems.map((problem) => `${problem.severity ?? 'error'}: ${formatProblem(problem)}`)
}

const missing = (names: string, line = '3:3') =>
  `warning: t.yaml:${line} parameters.${names.split(',')[0]}: no value was given for ${names}: what depends on that was not checked (give values with -P, or in an environment)`

const PARAMETERS = `${HOT}parameters:
  size: { type: number }
  zones: { type: comma_delimited_list }
  kind: { type: string, constraints: [{ allowed_values: [small, large] }] }
  loud: { type: boolean }
`

test('values that nobody has given are no fault of the template, and what depends on them is let pass', async () => {
  const template = `${PARAMETERS}conditions:
  small: { equals: [{ get_param: kind }, small] }
  wide: { contains: [a, { get_param: zones }] }
resources:
  text: { type: OS::Heat::RandomString, properties: { length: { get_param: size } } }
  each:
    type: OS::Heat::Value
    properties:
      value:
        repeat: { template: "%z%", for_each: { "%z%": { get_param: zones } } }
  picked: { type: OS::Heat::Value, properties: { value: { get_attr: [text, { get_param: [zones, 0] }] } } }
  first: { type: OS::Heat::None, condition: small }
  other: { type: OS::Heat::None, condition: { not: small } }
  last: { type: OS::Heat::None, condition: wide }
outputs:
  one: { value: { if: [small, { get_resource: first }, { get_resource: other }] } }
  file: { value: { get_file: { get_param: kind } } }
  loud: { value: { if: [{ get_param: loud }, 1, 2] } }
`
  expect(await told(template, { files: { small: 'x' } })).toEqual([missing('size, zones, kind, loud')])
})

test('everything else is checked all the same', async () => {
  const template = `${PARAMETERS}resources:
  text: { type: OS::Heat::RandomString, properties: { length: { get_param: sise } } }
  long: { type: OS::Heat::RandomString, properties: { length: 5000, salt: { get_param: size } } }
`
  expect(await told(template)).toEqual([
    'error: t.yaml:8:65 resources.text.properties.length.get_param: no parameter named sise (did you mean size?)',
  ])
  expect(await told(template.replace('sise', 'size'))).toEqual([
    'error: t.yaml:9:55 resources.long.properties.length: must be <= 512, got 5000',
  ])
})

test('a value that was given is checked though others are missing', async () => {
  expect(await told(PARAMETERS, { parameters: { size: 'big', loud: 'no' } })).toEqual([
    expect.stringMatching(/^error: t\.yaml:3:3 parameters\.size: "big" is not a number/),
  ])
})

test('a nested template must be given its values by the one around it', async () => {
  const files = { 'n.yaml': `${HOT}parameters: { a: { type: string }, b: { type: string } }\n` }
  const around = (properties: string) =>
    `${HOT}parameters:\n  x: { type: string }\nresources:\n  n: { type: n.yaml, properties: { ${properties} } }\n`
  expect(await told(around('a: { get_param: x }, b: 1'), { files })).toEqual([missing('x')])
  expect(await told(around('a: { get_param: x }'), { files })).toEqual([
    'error: t.yaml:5:22 resources.n.properties.b: required, but not given',
  ])
})

test('parameters of CloudFormation are let pass as well', async () => {
  const template = `AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Zone: { Type: String, AllowedValues: [a, b] }
  Name: { Type: String }
Mappings: { Zones: { a: { ip: 1 } } }
Conditions: { Named: { "Fn::Equals": [{ Ref: Name }, web] } }
Resources:
  It: { Type: "OS::Heat::Value", Properties: { value: { "Fn::FindInMap": [Zones, { Ref: Zone }, ip] } } }
  Other: { Type: "OS::Heat::Value", Properties: { value: { "Fn::FindInMap": [Zones, { Ref: Name }, ip] } } }
`
  expect(await told(template)).toEqual([missing('Zone, Name').replace('parameters', 'Parameters')])
})

test('of types that are not known nothing is asked', async () => {
  const template = `${HOT}resources:
  volume: { type: OS::Cinder::Volume, deletion_policy: Snapshot }
  network: { type: OS::Neutron::Net, external_id: abc }
`
  const unknown = (name: string) => expect.stringContaining(`the type ${name} is not registered here`)
  expect(await told(template, { allowUnknownTypes: true })).toEqual([
    unknown('OS::Cinder::Volume'),
    unknown('OS::Neutron::Net'),
  ])
})

test('a key that stands twice is a warning, as the last one holds', async () => {
  const files = { 'n.yaml': `${HOT}outputs: { o: { value: 1, value: 2 } }\n` }
  const template = `${HOT}resources:\n  n: { type: n.yaml }\n  n:\n    type: n.yaml\n`
  expect(await told(template, { files })).toEqual([
    'warning: t.yaml:4:3 resources.n: the key n stands here twice, and only this one holds (the first is on line 3; remove or rename one)',
    'warning: n.yaml:2:27 outputs.o.value: the key value stands here twice, and only this one holds (the first is on line 2; remove or rename one)',
  ])
})

test('what is doubtful in a nested template is told once, whatever it is given', async () => {
  const files = { 'n.yaml': `${HOT}parameters: { v: { type: string } }\noutputs: { o: { value: 1, descr: x } }\n` }
  const one = (v: number) => `{ type: n.yaml, properties: { v: ${v} } }`
  expect(await told(`${HOT}resources: { a: ${one(1)}, b: ${one(2)} }\n`, { files })).toEqual([
    expect.stringContaining('warning: n.yaml:3:27 outputs.o.descr: an output has no key descr'),
  ])
})

test('what Heat ignores or takes at its word is a warning', async () => {
  const template = `${HOT}resources:
  it: { type: "OS::Heat::TestResource", external_id: x-9 }
outputs:
  o: { value: { repeat: { template: v, for_each: { v: [a] }, extra: 1 } }, valu: 2 }
`
  expect(await told(template)).toEqual([
    'warning: t.yaml:5:76 outputs.o.valu: an output has no key valu: it means nothing here (did you mean value?)',
    'warning: t.yaml:5:62 outputs.o.value.repeat.extra: repeat has no key extra: it means nothing here (it has template, for_each, permutations)',
    'warning: t.yaml:3:41 resources.it.external_id: OS::Heat::TestResource cannot be read: nothing is known of x-9 but this id (its attributes are null)',
  ])
})

test('an empty type is told as such', async () => {
  expect(await told(`${HOT}resources: { a: { type: "" } }\n`)).toEqual([
    'error: t.yaml:2:19 resources.a.type: the type is empty',
  ])
})

test('of thousands of wrong names the first are told what was meant, and all are told to be wrong', async () => {
  const lines = Array.from(
    { length: 400 },
    (_, nth) => `  server${nth}: { type: OS::Heat::Value, properties: { value: { get_resource: servr${nth} } } }\n`,
  )
  const wrong = (await told(`${HOT}resources:\n${lines.join('')}`)).filter((text) => text.includes('no resource named'))
  expect(wrong).toHaveLength(400)
  const hinted = wrong.map((text) => text.includes('(did you mean server'))
  expect(hinted[0]).toBe(true)
  expect(hinted.filter(Boolean)).toHaveLength(200)
})
