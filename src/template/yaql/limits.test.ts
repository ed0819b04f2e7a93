// What YAQL says of mistakes, and that nothing in it is endless.
import { describe, expect, test } from 'vitest'
import type { Json } from '../../lib/json.js'
import { EvaluationError } from '../evaluation-error.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { Work } from '../work.js'
import { evaluateYaql } from './index.js'

function run(expression: string, data: Json = null, limits = {}): Json {
  return evaluateYaql(
    expression,
    data,
    new Work({ ...DEFAULT_LIMITS, producedMax: 1_000_000, stepsMax: 100_000, ...limits }),
  )
}

describe('a mistake is told with its place', () => {
  test.each([
    ['1 +', 'expected a value, not the end of the expression, at character 4 of the expression'],
    ['foo bar', 'expected the end of the expression, not "bar", at character 5 of the expression'],
    ['"abc', 'a quote is not closed, at character 1 of the expression'],
    ['1 ^ 2', '"^" has no meaning here, at character 3 of the expression'],
    ['[1].wher($)', 'there is no function wher; did you mean where?, at character 5 of the expression'],
    ['{name => 1}.nmae', 'the dictionary has no key nmae; did you mean name?, at character 13 of the expression'],
    ['null.a', 'null has no key a; write ?. where something may be null, at character 6 of the expression'],
    ['1 + a', '+ does not work between a number and a text, at character 3 of the expression'],
    ['[1][5]', 'the list has 1 items, none at 5, at character 4 of the expression'],
    ['where([1], $)', 'where is called with a dot: value.where(), at character 1 of the expression'],
    [
      '5.where($)',
      'where does not take (a number, null); it is where(collection, predicate), at character 3 of the expression',
    ],
    ['1 / 0', 'a number is divided by zero, at character 3 of the expression'],
    ['12.assert($ < 2)', 'Assertion failed, at character 4 of the expression'],
    ['[1, 2].single()', 'the collection has more than one item, at character 8 of the expression'],
    ['[].first()', 'the collection is empty, at character 4 of the expression'],
    ['regex("(")', 'the regular expression cannot be used: a bracket is not closed, at character 1 of the expression'],
    ['regex("a")', 'the result is a regular expression, which is no value, at character 1 of the expression'],
    [
      '1 ->  2',
      'what stands before -> must be let, with, def or unpack, not a number, at character 1 of the expression',
    ],
    ['[1,\n 2].select(\n   $.x)', 'a number has no key x, line 3, character 6 of the expression'],
    [
      'random()',
      'random is not available: a template must mean the same each time it is read, at character 1 of the expression',
    ],
    [
      'random(1, 6)',
      'random is not available: a template must mean the same each time it is read, at character 1 of the expression',
    ],
    [
      '[[1, x]].groupBy($[0], $[1], $.sum().nothing())',
      'there is no function nothing, at character 38 of the expression',
    ],
    ['pow(9, 99)', 'the result is a number that is too large, at character 1 of the expression'],
  ])('%s', (expression, message) => expect(() => run(expression)).toThrow(new EvaluationError(message)))
})

describe('nothing is endless', () => {
  test.each([
    ['range(201)', /more than 200 items/],
    ['sequence()', /more than 200 items/],
    ['sequence().len()', /more than 200 items/],
    ['[1].cycle()', /more than 200 items/],
    ['1.repeat().sum()', /more than 200 items/],
    ['"ab" * 10000', /more than 10000 bytes/],
    ['[1] * 100000', /more than 10000 bytes/],
    ['range(200).select(range(200).select(range(200).select(range(200))))', /more than \d+ steps/],
    ['range(200).aggregate([$1, $1], 0)', /steps|too large|levels/],
    ['range(100).aggregate($1 + $1, "abcdefgh").len()', /more than \d+ characters/],
    ['range(200).aggregate([$1, $1], 0) = 1', /more than \d+ steps/],
    ['def(f, f($)) -> f(1)', /levels deep/],
    ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" =~ "(a+)+$"', /more than \d+ steps/],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, /levels deep/],
    [`1${' + 1'.repeat(5000)}`, /levels deep/],
    ['- '.repeat(5000), /levels deep/],
    [`"${'a'.repeat(200_000)}"`, /longer than 100000 characters/],
  ])('%.60s', (expression, message) => {
    expect(() => run(expression)).toThrow(EvaluationError)
    expect(() => run(expression)).toThrow(message)
  })

  test('the limits can be raised', () => {
    expect(run('range(1000).sum()', null, { yaqlItemsMax: 2000, yaqlMemoryMax: 100_000 })).toBe(499_500)
    expect(run('$.len()', Array(300).fill(1))).toBe(300)
    expect(() => run('$.where(true).len()', Array(300).fill(1))).toThrow(/more than 200 items/)
  })
})
