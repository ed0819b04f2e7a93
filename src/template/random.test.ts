// Random and mutated templates: whatever comes in, problems or a template come out, and what was resolved can be evaluated.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { evaluate } from './evaluate.js'
import { EvaluationError } from './evaluation-error.js'
import { type Parsed, parseTemplate } from './parse.js'
import { resolveTemplate } from './resolve.js'

const pseudo = { stackId: 'id', stackName: 'web', projectId: 'p' }

const VALID = `heat_template_version: 2021-04-16
description: everything
parameters:
  size: { type: number, default: 3, constraints: [{ range: { min: 1, max: 9 }, description: small }] }
  names: { type: comma_delimited_list, default: "a,b" }
  env:
    type: string
    default: test
    constraints:
      - allowed_pattern: "[a-z]+"
      - length: { max: 10 }
  data: { type: json, default: { a: [1, 2] } }
conditions:
  prod: { equals: [{ get_param: env }, prod] }
  big: { or: [prod, { not: { equals: [{ get_param: size }, 3] } }] }
resources:
  disk: { type: T, deletion_policy: Retain, condition: { not: prod } }
  web:
    type: T
    depends_on: [disk]
    metadata: { x: { repeat: { template: "%v%", for_each: { "%v%": { get_param: names } } } } }
    properties:
      a: { get_param: [data, a, 0] }
      b: { str_replace: { template: "x $v", params: { $v: { get_attr: [disk, ip, 0] } } } }
      c: { list_join: [",", [{ get_resource: disk }, "y"]] }
      d: { if: [big, { get_file: f }, { digest: [md5, { get_param: env }] }] }
      e: { map_merge: [{ a: 1 }, { get_param: data }] }
      f: { make_url: { host: { get_attr: [disk, host] }, port: 80 } }
outputs:
  o: { value: { str_split: [",", { get_attr: [web, x] }, 0] }, condition: big }
`

/** Resolves and evaluates; anything thrown but an EvaluationError fails the test. */
function survive(parsed: Parsed): void {
  const { template, problems } = resolveTemplate(parsed, { pseudo, files: { f: 'content' } })
  expect(template === undefined).toBe(problems.length > 0)
  for (const problem of problems) {
    expect(problem.message).not.toBe('')
    if (parsed.document !== undefined && problem.line !== undefined) expect(problem.line).toBeGreaterThan(0)
  }
  for (const { properties } of template?.resources.values() ?? []) tryEvaluate(properties)
}

function tryEvaluate(value: Json): void {
  try {
    evaluate(value, { reference: (name) => name, attribute: (name, attribute) => `${name}.${attribute}` })
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationError)
  }
}

test('the template that is mutated here is valid', () => {
  expect(resolveTemplate(parseTemplate({ text: VALID }), { pseudo, files: {} }).problems).toEqual([])
})

const tokens = VALID.split(/(\s+|[{}[\],:"])/).filter((token) => token !== '')

test('a mutated text gives problems or a template', () => {
  const position = fc.nat(tokens.length - 1)
  const edit = fc.tuple(position, fc.constantFrom('drop', 'swap', 'copy', 'cut', 'tab'), position)
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let changed = [...tokens]
      for (const [at, kind, other] of edits) {
        const one = changed[at] ?? ''
        if (kind === 'drop') changed.splice(at, 1)
        if (kind === 'copy') changed.splice(at, 0, changed[other] ?? '')
        if (kind === 'swap') changed[at] = changed[other] ?? ''
        if (kind === 'swap') changed[other] = one
        if (kind === 'cut') changed = changed.slice(0, at + 1)
        if (kind === 'tab') changed.splice(at, 0, '\t')
      }
      survive(parseTemplate({ text: changed.join('') }))
    }),
    { numRuns: 1500 },
  )
})

const names = [...new Set(VALID.match(/\w+/g)), '$', '__proto__', 'constructor', 'toString', '']
const word = fc.constantFrom(...names)
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.constantFrom<Json>(null, true, 0, 1, -1, 1.5),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 3 }),
  ),
}))

test('a random object gives problems or a template', () => {
  const section = fc.oneof(tree, fc.dictionary(word, fc.dictionary(word, tree, { maxKeys: 4 }), { maxKeys: 3 }))
  const object = fc.record(
    {
      heat_template_version: fc.constantFrom('2013-05-23', 'wallaby'),
      parameters: section,
      resources: section,
      outputs: section,
      conditions: section,
      parameter_groups: tree,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(object, (source) => survive(parseTemplate({ object: source }))),
    { numRuns: 1500 },
  )
})

test('any JavaScript value at all gives problems or a template', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
  })
  fc.assert(
    fc.property(anything, anything, (source, parameters) => {
      survive(parseTemplate({ object: source }))
      survive(parseTemplate({ object: { resources: source, parameters } }))
    }),
    { numRuns: 500 },
  )
})

test.each<[string, { [key: string]: Json }]>([
  ['deletion policy', { resources: { a: { type: 'T', deletion_policy: [{ toString: 'x' }] } } }],
  ['version', { heat_template_version: { toString: 1 } }],
  ['hidden', { parameters: { p: { type: 'string', hidden: { toString: 1 } } } }],
  ['digest', { outputs: { o: { value: { digest: [{ toString: 1 }, 'x'] } } } }],
  ['index', { outputs: { o: { value: { str_split: [',', 'a', { toString: 1 }] } } } }],
  ['port', { outputs: { o: { value: { make_url: { port: { toString: 1 } } } } } }],
  ['foreign version', { AWSTemplateFormatVersion: { toString: 1 } }],
])('what is no word is a problem, even if it says how it is written: %s', (_, object) => {
  const parsed = parseTemplate({ object: { heat_template_version: '2021-04-16', ...object } })
  expect(resolveTemplate(parsed, { pseudo }).problems.length).toBeGreaterThan(0)
})
