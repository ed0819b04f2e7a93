// The schema for editors and the validator say the same of a template, as far as a schema can tell.
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Isotherm, type Json, open, templateSchema } from '../index.js'
import { defineType } from '../provider/contract.js'
import { functionNames, functionsOf } from '../template/functions/table.js'
import { parseTemplate } from '../template/index.js'
import { SIGNATURES } from '../template/schema/functions.js'
import { VERSIONS } from '../template/version.js'

const Thing = defineType({
  name: 'Acme::Thing',
  description: 'A thing',
  properties: {
    size: { type: 'integer', required: true, schema: { minimum: 1 }, description: 'How large' },
    colour: { type: 'string', schema: { enum: ['red', '5'] } },
    ports: { type: 'list', schema: { items: { type: 'integer', maximum: 10 }, maxItems: 2 } },
    disk: {
      type: 'map',
      schema: { properties: { gb: { type: 'number' } }, required: ['gb'], additionalProperties: false },
    },
    rate: { type: 'number' },
    on: { type: 'boolean' },
    either: { type: 'any', schema: { anyOf: [{ type: 'string' }, { type: 'array', items: { enum: [1, 2] } }] } },
    free: { type: 'any' },
    vague: { type: 'any', schema: { not: { const: 'x' } } },
    inner: {
      type: 'list',
      schema: { items: { type: 'object', properties: { default: {}, other: { not: { const: 1 } } } } },
    },
  },
  attributes: { address: { type: 'string' } },
  create: async () => ({ physicalId: 'x' }),
  delete: async () => {},
})

let isotherm: Isotherm
beforeAll(async () => {
  isotherm = await open({ database: 'memory:', engines: 0, types: [Thing] })
})
afterAll(() => isotherm.close())

let accepts: (template: Json) => boolean
beforeAll(() => {
  accepts = new Ajv({ strict: false, allErrors: false }).compile<Json>(templateSchema(isotherm.types()))
})

const documentOf = (text: string): Json => parseTemplate({ text }).document ?? null
const root = fileURLToPath(new URL('../..', import.meta.url))

async function textsIn(): Promise<[string, string][]> {
  const examples = (await readdir(`${root}/examples`, { recursive: true })).filter((name) => name.endsWith('.yaml'))
  const guides = await readdir(`${root}/docs/guide`)
  const read = async (name: string): Promise<[string, string]> => [name, await readFile(`${root}/${name}`, 'utf8')]
  const files = await Promise.all(examples.map((name) => read(`examples/${name}`)))
  const pages = await Promise.all([...guides.map((name) => `docs/guide/${name}`), 'ARCHITECTURE.md'].map(read))
  const blocks = pages.flatMap(([page, text]) =>
    [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(({ index, 1: block = '' }): [string, string] => [
      `${page}:${text.slice(0, index).split('\n').length}`,
      block,
    ]),
  )
  return [...files, ...blocks].filter(([, text]) => /^(heat_template_version|\w+TemplateFormatVersion):/m.test(text))
}

const texts = await textsIn()

describe('is accepted:', () => {
  it.each(texts)('%s', (_, text) => expect(accepts(documentOf(text))).toBe(true))
  it('there are enough of them', () => expect(texts.length).toBeGreaterThan(10))
})

/** Both judges, of a template with this thing. */
async function judged(properties: Json, rest = ''): Promise<{ schema: boolean; validator: boolean }> {
  const text = `{"heat_template_version": "2021-04-16", "parameters": {"p": {"type": "number", "default": 1}},
    "resources": {"a": {"type": "OS::Heat::Value", "properties": {"value": 1}},
    "thing": {"type": "Acme::Thing", "properties": ${JSON.stringify(properties)}${rest}}}}`
  const problems = await isotherm.validate({ template: text })
  return { schema: accepts(documentOf(text)), validator: problems.length === 0 }
}

const both = (good: boolean) => ({ schema: good, validator: good })

describe('schema and validator agree that', () => {
  it.each<[string, Json]>([
    [
      'calls stand for any value',
      { size: { get_param: 'p' }, colour: { get_attr: ['a', 'value'] }, on: { get_attr: ['a', 'value'] } },
    ],
    ['calls stand inside values', { size: 1, ports: [{ get_param: 'p' }], disk: { gb: { get_attr: ['a', 'value'] } } }],
    ['texts that are numbers are numbers', { size: '3', rate: '1.5', ports: ['4'], disk: { gb: '2' }, on: 'True' }],
    ['numbers are texts', { size: 1, colour: 5 }],
    ['what a schema does not say is free', { size: 1, vague: 5, inner: [{ default: 'x', other: [2] }] }],
    ['null is absent', { size: 1, colour: null, disk: null }],
    ['data may be anything', { size: 1, free: { a: [{ b: null }], template: 'x' }, either: [1, 2] }],
    ['a function may have functions in it', { size: 1, colour: { if: [true, 'red', { list_join: ['', ['5']] }] } }],
  ])('%s', async (_, properties) => expect(await judged(properties)).toEqual(both(true)))

  it.each<[string, Json]>([
    ['a property is unknown', { size: 1, sise: 2 }],
    ['a required property is missing', { colour: 'red' }],
    ['a required property is null', { size: null }],
    ['a kind is wrong', { size: 'large' }],
    ['a list is not a map', { size: 1, disk: [1] }],
    ['a map is not a list', { size: 1, ports: { a: 1, b: 2 } }],
    ['a value is not one of those allowed', { size: 1, colour: 'blue' }],
    ['a number is too small', { size: 0 }],
    ['an item is wrong', { size: 1, ports: [11] }],
    ['there are too many items', { size: 1, ports: [1, 2, 3] }],
    ['a key inside is unknown', { size: 1, disk: { gb: 1, tb: 2 } }],
    ['a key inside is missing', { size: 1, disk: {} }],
    ['no alternative fits', { size: 1, either: [3] }],
    ['a function is unknown', { size: 1, colour: { get_parm: 'p' } }],
    ['an argument of a function is wrong', { size: 1, free: { get_param: { a: 1 } } }],
    ['a part of a URL is unknown', { size: 1, free: { make_url: { hots: 'x' } } }],
    ['an expression is missing', { size: 1, free: { yaql: { data: [] } } }],
    ['the properties are no map', [1]],
  ])('%s', async (_, properties) => expect(await judged(properties)).toEqual(both(false)))

  it.each([
    ['a key of a resource is unknown', ', "propertees": {}'],
    ['a deletion policy is unknown', ', "deletion_policy": "Forget"'],
    ['depends_on is a number', ', "depends_on": 5'],
    ['metadata is a text', ', "metadata": "x"'],
  ])('%s', async (_, rest) => expect(await judged({ size: 1 }, rest)).toEqual(both(false)))

  it.each([
    ['a section is unknown', 'heat_template_version: 2021-04-16\nressources: {}'],
    ['a version is unknown', 'heat_template_version: 2021-04-17'],
    ['a version is missing', 'resources: {}'],
    ['a type is unknown', 'heat_template_version: 2021-04-16\nresources: { a: { type: Acme::Thin } }'],
    ['a type is missing', 'heat_template_version: 2021-04-16\nresources: { a: {} }'],
    ['properties are missing', 'heat_template_version: 2021-04-16\nresources: { a: { type: Acme::Thing } }'],
    ['an output has no value', 'heat_template_version: 2021-04-16\noutputs: { a: {} }'],
    ['a parameter has no type', 'heat_template_version: 2021-04-16\nparameters: { a: { default: 1 } }'],
    [
      'a type of parameters is unknown',
      'heat_template_version: 2021-04-16\nparameters: { a: { type: int, default: 1 } }',
    ],
    [
      'a default is of another type',
      'heat_template_version: 2021-04-16\nparameters: { a: { type: number, default: x } }',
    ],
    [
      'a constraint is unknown',
      'heat_template_version: 2021-04-16\nparameters: { a: { type: string, default: x, constraints: [{ size: 1 }] } }',
    ],
    [
      'a constraint is not for a type',
      'heat_template_version: 2021-04-16\nparameters: { a: { type: string, default: x, constraints: [{ range: { min: 1 } }] } }',
    ],
    ['conditions are too new', 'heat_template_version: 2016-04-08\nconditions: { a: true }'],
    [
      'a function is too new',
      'heat_template_version: 2016-04-08\noutputs: { a: { value: { yaql: { expression: "1", data: {} } } } }',
    ],
    ['a function has gone', 'heat_template_version: 2021-04-16\noutputs: { a: { value: { "Fn::Base64": x } } }'],
    [
      'a constraint is too new',
      'heat_template_version: 2016-10-14\nparameters: { a: { type: number, default: 1, constraints: [{ modulo: { step: 1, offset: 0 } }] } }',
    ],
    [
      'tags are too new',
      'heat_template_version: 2017-09-01\nparameters: { a: { type: number, default: 1, tags: [x] } }',
    ],
    [
      'a policy is too new',
      'heat_template_version: 2016-04-08\nresources: { a: { type: OS::Heat::None, deletion_policy: retain } }',
    ],
    [
      'a key is one of CloudFormation',
      'AWSTemplateFormatVersion: 2010-09-09\nResources: { a: { type: OS::Heat::None } }',
    ],
    [
      'a property is unknown in CloudFormation',
      'AWSTemplateFormatVersion: 2010-09-09\nResources: { a: { Type: OS::Heat::Value, Properties: { valu: 1 } } }',
    ],
  ])('%s', async (_, text) => {
    const validator = (await isotherm.validate({ template: text })).length === 0
    expect({ schema: accepts(documentOf(text)), validator }).toEqual(both(false))
  })

  it.each([
    [
      'data that only looks like a newer function is data',
      'heat_template_version: 2016-04-08\noutputs: { a: { value: { filter: x } } }',
    ],
    [
      'functions of CloudFormation are in the first version',
      'heat_template_version: 2013-05-23\noutputs: { a: { value: { "Fn::Base64": x } } }',
    ],
    ['releases are versions', 'heat_template_version: wallaby\nresources:'],
    [
      'conditions are names, truths and functions',
      'heat_template_version: 2021-04-16\nconditions: { a: true, b: { not: a }, c: { and: [a, { equals: [1, 1] }] } }',
    ],
  ])('%s', async (_, text) => {
    const validator = (await isotherm.validate({ template: text })).length === 0
    expect({ schema: accepts(documentOf(text)), validator }).toEqual(both(true))
  })
})

it('what the schema refuses, the validator refuses', async () => {
  const scalar = fc.oneof(
    fc.constantFrom('red', '5', 'x', 'true', '', '0', ' 3', '1e3', '.5'),
    fc.integer({ min: -2, max: 12 }),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const call = fc.constantFrom<Json>({ get_param: 'p' }, { get_attr: ['a', 'value'] }, { list_join: ['', [1]] })
  const leaf = fc.oneof(scalar, call)
  const value = fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('gb', 'tb', 'template'), leaf),
  )
  const properties = fc.dictionary(fc.constantFrom(...Object.keys(Thing.properties)), value)
  await fc.assert(
    fc.asyncProperty(properties, async (written) => {
      const { schema, validator } = await judged({ size: 1, ...written } as Json)
      return schema || !validator
    }),
    { numRuns: 300, examples: [[{ ports: [{ get_param: 'p' }, { get_attr: ['a', 'value'] }, 3] }]] },
  )
})

it('every function of every version has its arguments and a description', () => {
  const own = VERSIONS.flatMap((version) => Object.values(functionsOf(version)).flatMap(functionNames))
  const missing = own.filter((name) => /^[a-z]/.test(name) && !Object.hasOwn(SIGNATURES, name))
  expect(missing).toEqual([])
  expect(Object.keys(SIGNATURES).filter((name) => !own.includes(name))).toEqual([])
})

it('types that are not registered can be let pass', () => {
  const schema = templateSchema(isotherm.types(), { allowUnknownTypes: true })
  const document = documentOf('heat_template_version: 2021-04-16\nresources: { a: { type: OS::Nova::Server } }')
  expect([accepts(document), new Ajv({ strict: false }).validate(schema, document)]).toEqual([false, true])
})

it('properties and attributes are described for whoever hovers', () => {
  const text = JSON.stringify(templateSchema([Thing]))
  expect(text).toContain('How large. Required. A change replaces.')
  expect(text).toContain('A thing Attributes: address (string).')
})
