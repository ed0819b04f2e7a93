// YAQL's queries by example: what the language's documentation shows, and whole queries over data.
import { describe, expect, test } from 'vitest'
import type { Json } from '../../lib/json.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { Work } from '../work.js'
import { evaluateYaql } from './index.js'

const run = (expression: string, data: Json): Json => evaluateYaql(expression, data, new Work(DEFAULT_LIMITS))

function table(name: string, cases: readonly (readonly [string, Json, Json?])[]): void {
  describe(name, () => {
    test.each(cases.map(([expression, expected, data]) => [expression, expected, data ?? null] as const))(
      '%s',
      (expression, expected, data) => expect(run(expression, data)).toEqual(expected),
    )
  })
}

table('queries', [
  ['[1, 2, 3, 4, 5].where($ > 3)', [4, 5]],
  ['[1, 2, 3].filter($ = 2)', [2]],
  ['[1, 2, 3, 4, 5].select($ * $)', [1, 4, 9, 16, 25]],
  ["[{'a'=> 2}, {'a'=> 4}].select($.a)", [2, 4]],
  ['[1, 2].map($ + 1)', [2, 3]],
  ['[1, 2, 3, 4, 5].skip(2)', [3, 4, 5]],
  ['[1, 2, 3, 4, 5].limit(4)', [1, 2, 3, 4]],
  ['[1, 2, 3].append(4, 5)', [1, 2, 3, 4, 5]],
  ['[1, 2, 3, 1].distinct()', [1, 2, 3]],
  ["[{'a'=> 1}, {'b'=> 2}, {'a'=> 1}].distinct()", [{ a: 1 }, { b: 2 }]],
  [
    "[['a', 1], ['b', 2], ['c', 1], ['a', 3]].distinct($[1])",
    [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ],
  ],
  [
    "['a', 'b'].enumerate(2)",
    [
      [2, 'a'],
      [3, 'b'],
    ],
  ],
  ["[[], 0, ''].any()", true],
  ["[[], 0, ''].any(predicate => $)", false],
  ["[1, [], ''].all()", false],
  ["[1, [0], 'a'].all()", true],
  ['all([2, 4], $ mod 2 = 0)', true],
  ['[1].concat([2, 3], [4, 5])', [1, 2, 3, 4, 5]],
  ['[1, 2].len() + len([1]) + [1, 2].count()', 5],
  ['let(range(4)) -> $.sum() + $.len()', 6],
  ['let(range(4).memorize()) -> $.sum() + $.len()', 10],
  ['[3, 1, 2].sum()', 6],
  ["['a', 'b'].sum('c')", 'cab'],
  ['[3, 1, 2].max() + [3, 1, 2].min()', 4],
  ['[].max(7)', 7],
  ['[3, 1, 2].first()', 3],
  ['[].first(null)', null],
  ['["abc"].single()', 'abc'],
  ['[0, 1, 2].last()', 2],
  ['[0, 1, 2].selectMany($ + 2)', [2, 3, 4]],
  ['[0, [1, 2], 3].selectMany($ * 2)', [0, 1, 2, 1, 2, 6]],
  ['range(3)', [0, 1, 2]],
  ['range(1, 4)', [1, 2, 3]],
  ['range(4, 1, -1)', [4, 3, 2]],
  ['sequence().take(5)', [0, 1, 2, 3, 4]],
  [
    "[[1, 'c'], [2, 'b'], [3, 'c'], [0, 'd']].orderBy($[1])",
    [
      [2, 'b'],
      [1, 'c'],
      [3, 'c'],
      [0, 'd'],
    ],
  ],
  ['[4, 2, 3, 1].orderByDescending($)', [4, 3, 2, 1]],
  [
    "[[3, 'c'], [2, 'b'], [1, 'c']].orderBy($[1]).thenBy($[0])",
    [
      [2, 'b'],
      [1, 'c'],
      [3, 'c'],
    ],
  ],
  [
    "[[3,'c'], [2,'b'], [1,'c']].orderBy($[1]).thenByDescending($[0])",
    [
      [2, 'b'],
      [3, 'c'],
      [1, 'c'],
    ],
  ],
  [
    '[["a", 1], ["b", 2], ["c", 1], ["d", 2]].groupBy($[1], $[0])',
    [
      [1, ['a', 'c']],
      [2, ['b', 'd']],
    ],
  ],
  [
    '[["a", 1], ["b", 2], ["c", 1]].groupBy($[1], $[0], $.sum())',
    [
      [1, 'ac'],
      [2, 'b'],
    ],
  ],
  [
    '[["a", 1], ["b", 2], ["c", 1], ["d", 2], ["e", 3]].groupBy($[1], $[0], [$[0], $[1].sum()])',
    [
      [1, 'ac'],
      [2, 'bd'],
      [3, 'e'],
    ],
  ],
  [
    '[["a", 1], ["b", 2]].groupBy($[1], $[0], $[0])',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  ['[1, [2, [3, set(4)], null], text, { a => [5] }].flatten()', [1, 2, 3, 4, null, 'text', { a: [5] }]],
  ['$.flatten().where($ > 1)', [2, 3], [[1, [2]], [], [[[3]]]]],
  [
    '[1, 2, 3].zip([4, 5], [6, 7])',
    [
      [1, 4, 6],
      [2, 5, 7],
    ],
  ],
  [
    '[1, 2, 3].zipLongest([4, 5])',
    [
      [1, 4],
      [2, 5],
      [3, null],
    ],
  ],
  [
    '[1, 2, 3].zipLongest([4, 5], default => 100)',
    [
      [1, 4],
      [2, 5],
      [3, 100],
    ],
  ],
  [
    '[1,2,3,4].join([2,5,6], $1 > $2, [$1, $2])',
    [
      [3, 2],
      [4, 2],
    ],
  ],
  ['1.repeat(2)', [1, 1]],
  ['1.repeat().take(3)', [1, 1, 1]],
  ['[1, 2].cycle().take(5)', [1, 2, 1, 2, 1]],
  ['[1, 2, 3, 4, 5].takeWhile($ < 4)', [1, 2, 3]],
  ['[1, 2, 3, 4, 5].skipWhile($ < 3)', [3, 4, 5]],
  ['[1, 2, 3, 2].indexOf(2) + [1, 2, 3, 2].lastIndexOf(2)', 4],
  ['[1, 2, 3, 2].indexOf(102)', -1],
  ['[1, 2, 3, 2].indexWhere($ > 2) + [1, 2, 3, 2].lastIndexWhere($ = 2)', 5],
  ['range(1,6).slice(2)', [[1, 2], [3, 4], [5]]],
  ['[1, 2, 3, 4, 5, 6, 7].splitWhere($ mod 3 = 0)', [[1, 2], [4, 5], [7]]],
  ['[1, 2, 3, 4, 5, 6, 7].sliceWhere($ mod 3 = 0)', [[1, 2], [3], [4, 5], [6], [7]]],
  ['[1, 2, 3, 4].splitAt(1)', [[1], [2, 3, 4]]],
  ['[a,a,b,a,a].aggregate($1 + $2)', 'aabaa'],
  ['[].aggregate($1 + $2, 1)', 1],
  ['[1, 2].reduce($1 * $2, seed => 5)', 10],
  ['[1, 2, 3].accumulate($1+$2)', [1, 3, 6]],
  ['[1, 2, 3].accumulate($1+$2, 100)', [100, 101, 103, 106]],
  ['[].accumulate($1+$2,1)', [1]],
  ['[1, 2, 3, 4].reverse()', [4, 3, 2, 1]],
  ['generate(0, $ < 10, $ + 2)', [0, 2, 4, 6, 8]],
  ['generate(1, $ < 10, $ + 2, $ * 1000)', [1000, 3000, 5000, 7000, 9000]],
  ['generate(0, true, ($ + 1) mod 3, decycle => true)', [0, 1, 2]],
  ['generateMany("1", {"1" => ["2", "3"], "2"=>["4"], "3"=>["5"]}.get($, []))', ['1', '2', '3', '4', '5']],
  ['generateMany("1", {"1" => ["2", "3"], "2"=>["4"]}.get($, []), depthFirst => true)', ['1', '2', '4', '3']],
  ['[].defaultIfEmpty([1, 2])', [1, 2]],
  ['[3].where($ > 1).defaultIfEmpty([1, 2])', [3]],
])

const PEOPLE: Json = {
  customers: [
    {
      customer_id: 1,
      name: 'John',
      age: 18,
      orders: [
        { id: 1, item: 'Guitar' },
        { id: 2, item: 'Pick' },
      ],
    },
    { customer_id: 2, name: 'Paul', age: 40, orders: [{ id: 3, item: 'Bass' }] },
    { customer_id: 3, name: 'Ringo', age: 41, orders: [] },
  ],
}

table('whole queries', [
  ['$.customers.orders.selectMany($).select($.item)', ['Guitar', 'Pick', 'Bass'], PEOPLE],
  ['$.customers.where($.age > 18).select($.name)', ['Paul', 'Ringo'], PEOPLE],
  ['$.customers.where(len($.orders) >= 1 or $.name = "Ringo").count()', 3, PEOPLE],
  [
    '$.customers.orderByDescending($.age).select({name => $.name, n => $.orders.len()}).first()',
    { name: 'Ringo', n: 0 },
    PEOPLE,
  ],
  ['$.customers.toDict($.name, $.age)', { John: 18, Paul: 40, Ringo: 41 }, PEOPLE],
  ['let(limit => 30) -> $.customers.where($.age < $limit).name.join(",")', 'John', PEOPLE],
])
