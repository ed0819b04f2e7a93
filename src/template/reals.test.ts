// Words that YAML 1.1 takes for something else than text, and what becomes of them where a text is wanted: as in Heat.
import { expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { parseEnvironment } from './environment.js'
import { parseTemplate } from './parse.js'
import { withReals } from './reals.js'
import { resolveTemplate } from './resolve.js'

const pseudo = { stackId: 'id-1', stackName: 'web', projectId: 'p-1' }

function outputs(text: string, parameters: { [name: string]: Json } = {}) {
  const { template, problems } = resolveTemplate(parseTemplate({ text }), { pseudo, parameters })
  expect(problems).toEqual([])
  return Object.fromEntries(Object.entries(template?.outputs ?? {}).map(([name, { value }]) => [name, value]))
}

// What is written, and what Heat's reader and Python's `str` make of it.
const WORDS: readonly (readonly [string, string])[] = [
  ['1.0', '1.0'],
  ['1.', '1.0'],
  ['.5', '0.5'],
  ['1.10', '1.1'],
  ['1e3', '1e3'],
  ['1.0e3', '1.0e3'],
  ['1.0e+3', '1000.0'],
  ['1.0e+16', '1e+16'],
  ['1.0e-05', '1e-05'],
  ['0.0001', '0.0001'],
  ['-0.0', '-0.0'],
  ['-0', '0'],
  ['+1.0', '1.0'],
  ['0x10', '16'],
  ['0X10', '0X10'],
  ['0b11', '3'],
  ['0o17', '0o17'],
  ['010', '8'],
  ['08', '08'],
  ['09.5', '9.5'],
  ['1_000', '1000'],
  ['1_0.0_0', '10.0'],
  ['1:30', '90'],
  ['1:30.5', '90.5'],
  ['21:59:43.10', '79183.1'],
  ['+1:30.0', '90.0'],
  ['0:30', '0:30'],
  ['1:60', '1:60'],
  ['12345678901234567890', '12345678901234567890'],
  ['12345678901234567890.0', '1.2345678901234567e+19'],
  ['yes', 'True'],
  ['Off', 'False'],
  ['y', 'y'],
  ['tRue', 'tRue'],
  ['2013-05-23', '2013-05-23'],
  ['2001-12-14t21:59:43.10-05:00', '2001-12-14t21:59:43.10-05:00'],
  ['1.2.3', '1.2.3'],
  ['"1.0"', '1.0'],
]

test.each(WORDS)('%s is the text %s in a parameter, in str_replace and in a list of texts', (word, text) => {
  const template = `heat_template_version: 2018-08-31
parameters:
  p: { type: string, default: ${word} }
  l: { type: comma_delimited_list, default: [a, ${word}] }
outputs:
  p: { value: { get_param: p } }
  l: { value: { get_param: [l, 1] } }
  r: { value: { str_replace: { template: <$x>, params: { $x: ${word} } } } }
`
  expect(outputs(template)).toEqual({ p: text, l: text, r: `<${text}>` })
  const environment = parseEnvironment(parseTemplate({ text: `parameters: { p: ${word} }` })).environment.parameters
  expect(outputs(template, environment)).toMatchObject({ p: text })
})

test('a whole number that was written with a point keeps it in every text, and is a number elsewhere', () => {
  const text = `heat_template_version: 2018-08-31
parameters:
  n: { type: number, default: 2.0 }
  a: { type: string, default: 1.0, constraints: [{ allowed_values: [1.0, 2.5] }] }
outputs:
  join: { value: { list_join: ['/', [1.0, { get_param: n }, 3, { a: 1 }]] } }
  strict: { value: { str_replace_strict: { template: A B, params: { A: 1.0, B: { get_param: n } } } } }
  data: { value: { n: { get_param: n }, one: 1.0 } }
  merged: { value: &one { x: 1.0 } }
`
  expect(outputs(text)).toEqual({
    join: '1.0/2.0/3/{"a": 1}',
    strict: '1.0 2.0',
    data: { n: 2, one: 1 },
    merged: { x: 1 },
  })
  expect(outputs(text, { n: '7.0' })).toMatchObject({ join: '1.0/7.0/3/{"a": 1}' })
  expect(outputs(text, { n: '7' })).toMatchObject({ join: '1.0/7/3/{"a": 1}' })
})

test('a branch that is chosen keeps its point, and so do numbers in what becomes JSON', () => {
  const text = `heat_template_version: 2018-08-31
parameters:
  c: { type: boolean, default: true }
  j: { type: json, default: { b: 2.0, a: [1, 1.50, é] } }
  n: { type: number, default: 2.0 }
outputs:
  if: { value: { str_replace: { template: A B, params: { A: { if: [{ get_param: c }, 1.0, 2.0] }, B: { if: [{ get_param: c }, { if: [{ get_param: c }, { get_param: n }, 4] }, 5] } } } } }
  join: { value: { list_join: [' ', [{ if: [{ get_param: c }, { x: 3.0 }, 2] }, [1.0, 2], { get_param: j }]] } }
  json: { value: { str_replace_vstrict: { template: 'J D', params: { J: { get_param: j }, D: { b: [1.0, '1.0'], a: null } } } } }
  calls: { value: { str_replace: { template: A, params: { A: { x: 1.0, y: { get_param: n } } } } } }
  data: { value: { if: [{ get_param: c }, { x: 1.0 }, 2] } }
`
  expect(outputs(text)).toEqual({
    if: '1.0 2.0',
    join: '{"x": 3.0} [1.0, 2] {"a": [1, 1.5, "\\u00e9"], "b": 2.0}',
    json: '{"a": [1, 1.5, "\\u00e9"], "b": 2.0} {"a": null, "b": [1.0, "1.0"]}',
    calls: '{"x": 1, "y": 2}',
    data: { x: 1 },
  })
  expect(outputs(text, { c: 'false', j: '{"k": 7.0}' })).toMatchObject({
    if: '2.0 5',
    json: expect.stringMatching(/^{"k": 7.0} /),
  })
  expect(outputs(text, { j: { k: 7 } })).toMatchObject({ json: expect.stringMatching(/^{"k": 7} /) })
})

test('a slip beside a whole number with a point is found all the same', () => {
  const text = `heat_template_version: 2018-08-31
outputs: { o: { value: { str_replace: { template: A, params: { A: [1.0, { get_parm: x }] } } } } }
`
  const { problems } = resolveTemplate(parseTemplate({ text }), {
    pseudo: { stackId: '', stackName: '', projectId: '' },
  })
  expect(problems.map(({ message, hint }) => [message, hint])).toEqual([
    [expect.any(String), expect.stringContaining('get_param')],
  ])
})

test('so it is in the formats of CloudFormation', () => {
  const text = `AWSTemplateFormatVersion: 2010-09-09
Parameters: { Version: { Type: String, Default: 1.0, AllowedValues: [1.0] }, N: { Type: Number, Default: 2.0 } }
Conditions: { yes: { Fn::Equals: [a, a] } }
Outputs: { o: { Value: { Fn::Replace: [{ v: 3.0, n: { Fn::If: [yes, { Ref: N }, 1] } }, v n] } }, p: { Value: { Ref: Version } } }
`
  expect(outputs(text)).toEqual({ o: '3.0 2.0', p: '1.0' })
})

test('a request that says 1.0 means it', () => {
  const body = `{"template": {"heat_template_version": "2018-08-31", "parameters": {"p": {"type": "string", "default": 1.0}},
    "outputs": {"o": {"value": {"get_param": "p"}}}}, "parameters": {"p": 2.0, "q": 3}, "environment": {"parameters": {"p": 4}}}`
  const read = withReals(JSON.parse(body), body, 50)
  expect(read).toMatchObject({ parameters: { p: '2.0', q: 3 }, environment: { parameters: { p: 4 } } })
  expect(outputs(String(read.template))).toEqual({ o: '1.0' })
  const plain = '{"template": {"a": 1}, "parameters": {"a": "x: [1.0, 2]"}}'
  expect(withReals(JSON.parse(plain), plain, 50)).toEqual(JSON.parse(plain))
})
