// Parameters: coercions, constraints and what users give, case by case.
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { formatProblem } from '../lib/problem.js'
import { parseTemplate } from './parse.js'
import { resolveTemplate } from './resolve.js'

const pseudo = { stackId: 'id-1', stackName: 'web', projectId: 'p-1' }

function resolve(schema: Json, given?: Json, parameterDefaults: { [name: string]: Json } = {}, version = '2021-04-16') {
  const object = { heat_template_version: version, parameters: { p: schema } }
  const parameters = given === undefined ? {} : { p: given }
  return resolveTemplate(parseTemplate({ object }), { pseudo, parameters, parameterDefaults })
}

describe('values become what the type says', () => {
  const cases: [string, Json, Json][] = [
    ['string', 'x', 'x'],
    ['string', 8, '8'],
    ['string', true, 'True'],
    ['number', '8', 8],
    ['number', ' 1.5 ', 1.5],
    ['number', '1e3', 1000],
    ['comma_delimited_list', 'a, b', ['a', ' b']],
    ['comma_delimited_list', '', []],
    ['comma_delimited_list', [1, 'b'], ['1', 'b']],
    ['json', '{"a": [1]}', { a: [1] }],
    ['json', [1], [1]],
    ['json', '', ''],
    ['json', ' 5 ', 5],
    ['json', 'null', null],
    ['json', '"text"', 'text'],
    ['json', true, true],
    ['boolean', 'On', true],
    ['boolean', 'f', false],
    ['boolean', 1, true],
  ]
  test.each(cases)('%s from %j', (type, given, value) => {
    const { template, problems } = resolve({ type }, given)
    expect(problems).toEqual([])
    expect(template?.parameters.p?.value).toEqual(value)
  })
})

describe('what is no text becomes what Python writes, as in Heat, and a warning', () => {
  const cases: [string, Json, Json, string?][] = [
    ['string', [], '[]', 'a list'],
    ['string', ['a', 1, null, true], "['a', 1, None, True]", 'a list'],
    ['string', { a: { b: "it's" }, c: 'both \' and "' }, `{'a': {'b': "it's"}, 'c': 'both \\' and "'}`, 'a map'],
    ['string', ['\n\t\\ \u007f\u00a0\u2028\u{e0001}é'], "['\\n\\t\\\\ \\x7f\\xa0\\u2028\\U000e0001é']", 'a list'],
    ['string', [0.00001, 1.5e-7, 1e22, 0.0001], '[1e-05, 1.5e-07, 1e+22, 0.0001]', 'a list'],
    ['comma_delimited_list', ['a', [], { b: 1 }, null], ['a', '[]', "{'b': 1}", 'None'], 'a list'],
  ]
  test.each(cases)('%s from %j', (type, given, value, what) => {
    const { template, problems } = resolve({ type }, given)
    expect({ problems, value: template?.parameters.p?.value }).toEqual({ problems: [], value })
    expect(template?.warnings?.map(({ message }) => message)).toEqual([
      `${what} where a text is expected becomes what Python writes for it`,
    ])
  })
})

describe('values of the wrong type are refused', () => {
  const cases: [string, Json, string][] = [
    ['number', 'eight', '"eight" is not a number'],
    ['number', '0x10', '"0x10" is not a number'],
    ['number', true, 'true is not a number'],
    ['comma_delimited_list', { a: 1 }, 'expected a list or a text with commas, not a map'],
    ['json', '{"a":', 'expected a map, a list, or their JSON text, not "{\\"a\\":"'],
    ['boolean', 'maybe', '"maybe" is not a boolean'],
  ]
  test.each(cases)('%s from %j', (type, given, message) => {
    expect(resolve({ type }, given).problems.map(formatProblem)).toEqual([
      `parameters.p: ${message} (the parameter's type is ${type})`,
    ])
  })
})

describe('constraints', () => {
  const cases: [string, string, Json, Json, string | undefined][] = [
    ['length, in', 'string', { length: { min: 2, max: 3 } }, 'ab', undefined],
    ['length, out', 'string', { length: { min: 2, max: 3 } }, 'a', 'its length must be between 2 and 3'],
    ['length of a list', 'comma_delimited_list', { length: { max: 1 } }, 'a,b', 'its length must be at most 1'],
    ['range, in', 'number', { range: { min: 1 } }, 1, undefined],
    ['range, out', 'number', { range: { min: 1 } }, '0.5', 'it must be at least 1'],
    ['modulo, in', 'number', { modulo: { step: 2, offset: 1 } }, 7, undefined],
    ['modulo, negative', 'number', { modulo: { step: 3, offset: 2 } }, -1, undefined],
    ['modulo, out', 'number', { modulo: { step: 2, offset: 1 } }, 8, 'it must be 1 more than a multiple of 2'],
    ['allowed_values, in', 'string', { allowed_values: ['a', 1] }, '1', undefined],
    ['allowed_values, out', 'string', { allowed_values: ['a', 1] }, 'b', 'it must be one of "a", 1'],
    [
      'allowed_values of a list',
      'comma_delimited_list',
      { allowed_values: ['a', 'b'] },
      'a,c',
      'it must be one of "a", "b"',
    ],
    ['allowed_pattern, in', 'string', { allowed_pattern: 'a+|b' }, 'aa', undefined],
    ['allowed_pattern, all of the value', 'string', { allowed_pattern: 'a+' }, 'aab', 'it must match a+'],
    ['in the own words', 'string', { allowed_pattern: 'a', description: 'only a, please' }, 'b', 'only a, please'],
    ['custom_constraint', 'string', { custom_constraint: 'nova.flavor' }, 'anything', undefined],
  ]
  test.each(cases)('%s', (_, type, constraint, given, violated) => {
    const { problems } = resolve({ type, constraints: [constraint] }, given)
    const expected = violated === undefined ? [] : [`parameters.p: the value is not allowed: ${violated}`]
    expect(problems.map(formatProblem)).toEqual(expected)
  })

  const malformed: [Json, string][] = [
    [{ lenght: { min: 1 } }, 'parameters.p.constraints.0.lenght: unknown constraint lenght (did you mean length?)'],
    [{ range: { min: 1 } }, 'parameters.p.constraints.0.range: range does not apply to type string'],
    [{ length: { minimum: 1 } }, 'parameters.p.constraints.0.length: expected the keys min and max, not minimum'],
    [
      { allowed_pattern: '[' },
      'parameters.p.constraints.0.allowed_pattern: not a regular expression: a square bracket is not closed',
    ],
    [{ allowed_values: 'a' }, 'parameters.p.constraints.0.allowed_values: expected a list, not a text'],
    ['x', 'parameters.p.constraints.0: a constraint must be a map, not a text'],
  ]
  test.each(malformed)('%j is malformed', (constraint, line) => {
    const { problems } = resolve({ type: 'string', default: 'a', constraints: [constraint] })
    expect(problems.map(formatProblem)).toEqual([line])
  })

  test('modulo needs a version that has it', () => {
    const schema = { type: 'number', default: 1, constraints: [{ modulo: { step: 2, offset: 1 } }] }
    expect(resolve(schema, undefined, {}, '2016-10-14').problems.map(({ message }) => message)).toEqual([
      'version 2016-10-14 has no constraint modulo',
    ])
  })
})

test('the user is heard before the environment, the environment before the default', () => {
  const schema = { type: 'string', default: 'template' }
  expect(resolve(schema, 'user', { p: 'environment' }).template?.parameters.p?.value).toBe('user')
  expect(resolve(schema, undefined, { p: 'environment' }).template?.parameters.p?.value).toBe('environment')
  expect(resolve(schema, null).template?.parameters.p?.value).toBe('template')
})

describe('a default of another type', () => {
  const schema = { type: 'number', default: '' }

  test('is told where a value is given, and a problem where none is', () => {
    const { template, problems } = resolve(schema, 5)
    expect(problems).toEqual([])
    expect(template?.parameters.p?.value).toBe(5)
    expect(template?.warnings?.map(formatProblem)).toEqual([
      'parameters.p.default: the default is not of type number (it is a problem wherever no value is given)',
    ])
    expect(resolve(schema).problems.map(formatProblem)).toEqual([
      'parameters.p.default: "" is not a number (the parameter\'s type is number)',
    ])
  })

  test('is a problem where constraints are to hold for it', () => {
    const { problems } = resolve({ ...schema, constraints: [{ range: { min: 1 } }] }, 5)
    expect(problems.map(({ path }) => path)).toEqual(['parameters.p.default'])
  })
})

test('a hidden value is not shown in the message about it', () => {
  const { problems } = resolve({ type: 'number', hidden: true }, 'top secret')
  expect(problems.map(formatProblem)).toEqual([
    "parameters.p: the value is not of type number (the parameter's type is number)",
  ])
})

test('JSON text nested without end is refused', () => {
  expect(resolve({ type: 'json' }, '['.repeat(5000) + ']'.repeat(5000)).problems.map(({ message }) => message)).toEqual(
    ['the value is nested more than 100 levels deep'],
  )
})

test('names inherited by every object are no parameters', () => {
  const object = { resources: { a: { type: 'T', properties: { x: { get_param: 'constructor' } } } } }
  const { problems } = resolveTemplate(parseTemplate({ object }), { pseudo, parameters: { toString: 1 } })
  expect(problems.map(({ message }) => message)).toEqual([
    'the template has no parameter toString',
    'no parameter named constructor',
  ])
})
