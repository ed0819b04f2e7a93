// Run-time evaluation: calls that waited for other resources, and previews with unknown inputs.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { evaluate, evaluateKnown, type Inputs, UNKNOWN } from './evaluate.js'
import { EvaluationError } from './evaluation-error.js'
import { makeCall, quote } from './value.js'

const inputs: Inputs = {
  reference: (name) => `id-of-${name}`,
  attribute: (name, attribute, path) => [name, attribute ?? null, ...path],
}

function failure(act: () => unknown): EvaluationError {
  try {
    act()
  } catch (error) {
    if (error instanceof EvaluationError) return error
  }
  throw new Error('expected an EvaluationError')
}

test('quoted data comes back as it was, whatever it looks like', () => {
  fc.assert(
    fc.property(anyJson, (data) => {
      expect(evaluate(quote(data), inputs)).toEqual(data)
      expect(evaluate([quote(data), makeCall('get_resource', 'a')], inputs)).toEqual([data, 'id-of-a'])
    }),
  )
})

test('data without calls is not copied', () => {
  const data = { a: [1, { b: 2 }] }
  expect(quote(data)).toBe(data)
  expect(evaluate(data, inputs)).toBe(data)
})

describe('errors say where in the value they happened', () => {
  test('in a function', () => {
    const error = failure(() =>
      evaluate({ content: ['x', makeCall('digest', ['md5', makeCall('get_attr', 'a', 'b')])] }, inputs),
    )
    expect(error.message).toBe('content.1.digest: the algorithm and the text must be texts')
    expect(error.path).toBe('content.1.digest')
  })

  test('in the inputs', () => {
    const error = failure(() =>
      evaluate(
        { a: makeCall('get_resource', 'x') },
        {
          ...inputs,
          reference: () => {
            throw new TypeError('gone')
          },
        },
      ),
    )
    expect(error.message).toBe('a: gone')
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  test('in stored values that name no known operation', () => {
    expect(failure(() => evaluate(makeCall('frobnicate', 1), inputs)).message).toBe('no such operation as frobnicate')
  })

  test('in values nested without end', () => {
    let value: Json = makeCall('get_resource', 'x')
    for (let level = 0; level < 100_000; level++) value = [value]
    expect(failure(() => evaluate(value, inputs)).reason).toBe('the value is too large or too deeply nested')
  })
})

describe('previews', () => {
  const unsure: Inputs<Json | typeof UNKNOWN> = {
    reference: (name) => (name === 'new' ? UNKNOWN : name),
    attribute: () => UNKNOWN,
  }

  test('a value is unknown when any part of it is', () => {
    const value = {
      a: 1,
      b: [makeCall('list_join', ['', [makeCall('get_attr', 'x', 'y')]]), makeCall('get_resource', 'old')],
    }
    expect(evaluateKnown(value, unsure)).toEqual({ value: UNKNOWN, unknown: true })
  })

  test('a value is known when all its inputs are', () => {
    expect(evaluateKnown({ a: [makeCall('get_resource', 'old')] }, unsure)).toEqual({
      value: { a: ['old'] },
      unknown: false,
    })
  })

  test('nothing is computed from what is not known', () => {
    expect(evaluateKnown(makeCall('digest', ['md5', makeCall('get_resource', 'new')]), unsure).unknown).toBe(true)
  })
})

const operations = [
  ...[
    'get_resource',
    'get_attr',
    'quote',
    'select',
    'list_join',
    'list_join_texts',
    'str_replace',
    'str_replace_vstrict',
  ],
  ...[
    'str_replace_scalars',
    'repeat',
    'repeat_lists',
    'digest',
    'str_split',
    'map_merge',
    'map_replace',
    'list_concat',
  ],
  ...['list_concat_unique', 'filter', 'contains', 'make_url', 'equals', 'nothing'],
]

const words = fc.constantFrom(
  '',
  'a',
  'b',
  ',',
  '%v%',
  'template',
  'params',
  'for_each',
  'keys',
  'values',
  'md5',
  '$',
  '__proto__',
  '0',
)
const { tree: anyJson } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    words,
    fc.constantFrom(null, true, 0, 1.5, -1),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(words, tie('tree'), { maxKeys: 4 }),
    fc.tuple(fc.constantFrom(...operations), tie('tree')).map(([name, argument]) => makeCall(name, argument)),
    fc.array(tie('tree'), { maxLength: 3 }).map((items): Json => ({ $: items })),
  ),
}))

test('no stored value makes the evaluator throw anything but its own error', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      try {
        evaluate(value, inputs)
      } catch (error) {
        expect(error).toBeInstanceOf(EvaluationError)
      }
    }),
    { numRuns: 2000 },
  )
})
