// Expressions put together at random: each gives a value or an EvaluationError, within its steps.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../lib/json.js'
import { EvaluationError } from '../evaluation-error.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { Work } from '../work.js'
import { evaluateYaql } from './index.js'
import { LIBRARY } from './library/index.js'

const DATA: Json = { list: [3, 1, 2], map: { a: 1, b: [2, { c: 'x' }] }, text: 'some text', none: null, real: 1.5 }
const runs = Math.ceil(Number(process.env.ISOTHERM_MUTATIONS ?? 300))
const seed = process.env.ISOTHERM_SEED === undefined ? {} : { seed: Number(process.env.ISOTHERM_SEED) }

function survive(expression: string): void {
  const work = new Work({ ...DEFAULT_LIMITS, stepsMax: 20_000, producedMax: 1_000_000 })
  try {
    expect(JSON.stringify(evaluateYaql(expression, { data: DATA }, work))).toBeDefined()
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationError)
    expect(String(error)).not.toContain('undefined')
  }
}

const leaf = fc.constantFrom(
  ...[
    '$',
    '$.data',
    '$.data.list',
    '$.data.map',
    '$.data.text',
    '$.data.none',
    '$x',
    '1',
    '-1',
    '2.0',
    '0',
    'true',
    'null',
  ],
  ...['"a.c"', 'word', '[]', '{}', 'range(3)', 'sequence()', 'set(1, 2)', 'regex("(a|.)+")', '`\\d`'],
)
const name = fc.constantFrom(...LIBRARY.keys(), 'nothing', 'call')
const operator = fc.constantFrom('+', '-', '*', '/', 'mod', '=', '!=', '<', '>=', 'in', '=~', '!~', 'and', 'or', '->')
const { expression } = fc.letrec<{ expression: string; args: string }>((tie) => ({
  args: fc
    .array(
      fc.oneof(
        tie('expression'),
        fc.tuple(leaf, tie('expression')).map(([key, value]) => `${key} => ${value}`),
      ),
      { maxLength: 3 },
    )
    .map((all) => all.join(', ')),
  expression: fc.oneof(
    { depthSize: 'medium' },
    leaf,
    fc.tuple(tie('expression'), operator, tie('expression')).map((parts) => `(${parts.join(' ')})`),
    fc.tuple(tie('expression'), name, tie('args')).map(([receiver, called, args]) => `${receiver}.${called}(${args})`),
    fc.tuple(name, tie('args')).map(([called, args]) => `${called}(${args})`),
    fc.tuple(tie('expression'), tie('expression')).map(([target, index]) => `${target}[${index}]`),
    tie('args').map((args) => `let(${args}) -> $x`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
  ),
}))

test('an expression gives a value or an error', () => {
  fc.assert(fc.property(expression, survive), { numRuns: runs, ...seed })
}, 3_600_000)

test('so does any text', () => {
  const piece = fc.constantFrom(
    ...'$.()[]{}=>,"\'`+-*/<?!~'.split(''),
    'where',
    'not',
    'in',
    ' ',
    '1',
    '\\',
    '$x',
    '=>',
  )
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
  fc.assert(fc.property(text, survive), { numRuns: runs, ...seed })
  fc.assert(fc.property(fc.string({ unit: 'binary' }), survive), { numRuns: Math.ceil(runs / 4), ...seed })
}, 3_600_000)
