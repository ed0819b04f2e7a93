// Valid texts with something changed at random: whatever comes in, a result or problems with a place come out, soon. A few
// hundred of them in every run of the tests; ISOTHERM_MUTATIONS=50000 and ISOTHERM_SEED for a long one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { parseEnvironment } from './environment.js'
import { mergeEnvironments } from './environment-merge.js'
import { evaluate } from './evaluate.js'
import { EvaluationError } from './evaluation-error.js'
import { parseTemplate } from './parse.js'
import { resolveType } from './registry.js'
import { resolveTemplate } from './resolve.js'

const HOT = `heat_template_version: 2021-04-16
description: everything
parameter_groups: [{ label: all, parameters: [size, names] }]
parameters:
  size: { type: number, default: 3, constraints: [{ range: { min: 1, max: 9 }, description: small }, { modulo: { step: 3, offset: 0 } }] }
  names: { type: comma_delimited_list, default: "a,b" }
  env: { type: string, default: test, constraints: [{ allowed_pattern: "(a|t|e|s)+(?P<x>t)?" }, { length: { max: 10 } }] }
  data: { type: json, default: { a: [1, 2] } }
conditions:
  prod: { equals: [{ get_param: env }, prod] }
  big: { or: [prod, { not: { yaql: { expression: "$.data.size > 3 and not false", data: { size: { get_param: size } } } } }] }
resources:
  disk: { type: T, deletion_policy: retain, condition: { not: prod } }
  web:
    type: T
    depends_on: [disk]
    metadata: { x: { repeat: { template: "%v%", for_each: { "%v%": { get_param: names } }, permutations: false } } }
    properties:
      a: { get_param: [data, a, 0] }
      b: { str_replace_strict: { template: "x $v", params: { $v: { get_attr: [disk, ip, 0] } } } }
      c: { list_join: [",", [{ get_resource: disk }, "y"], { get_param: names }] }
      d: { if: [big, { digest: [md5, { get_param: env }] }] }
      e: { map_replace: [{ map_merge: [{ a: 1 }, { get_param: data }] }, { keys: { a: b }, values: { 1: 2 } }] }
      f: { make_url: { host: { get_attr: [disk, host] }, port: 80 } }
      g: { yaql: { expression: "$.data.where($.id > 1).select({name => $.name.toUpper(), id => $.id * 2})", data: [{ id: 2, name: x }] } }
      h: { yaql: { expression: "let(n => $.data) -> switch($n = null => 0, true => $n.len())", data: { get_attr: [disk, list] } } }
      i: { filter: [[a], { list_concat_unique: [[a, b], { get_param: names }] }] }
outputs:
  o: { value: { str_split: [",", { get_attr: [web, x] }, 0] }, condition: big }
`

const CLOUD_FORMATION = `AWSTemplateFormatVersion: 2010-09-09
Description: everything
Parameters:
  Env: { Type: String, Default: test, AllowedPattern: "[a-z]+", MinLength: 1, MaxLength: 9, ConstraintDescription: a word }
  Size: { Type: Number, Default: 3, MinValue: 1, MaxValue: 9, NoEcho: true }
  Names: { Type: CommaDelimitedList, Default: "a,b" }
Mappings: { Sizes: { test: { memory: 1 }, prod: { memory: 8 } } }
Conditions:
  Prod: { "Fn::Equals": [{ Ref: Env }, prod] }
  Other: { "Fn::Or": [Prod, { "Fn::Not": [{ "Fn::And": [Prod, { Condition: Prod }] }] }] }
Resources:
  Disk: { Type: T, DeletionPolicy: Retain, Condition: Other, Metadata: { a: 1 } }
  Web:
    Type: T
    DependsOn: [Disk]
    Properties:
      a: { "Fn::FindInMap": [Sizes, { Ref: Env }, memory] }
      b: { "Fn::Join": ["-", [{ Ref: Disk }, { "Fn::GetAtt": [Disk, ip] }, { Ref: "AWS::StackName" }]] }
      c: { "Fn::Select": [0, { "Fn::Split": [",", { "Fn::GetAtt": Disk.list }] }] }
      d: { "Fn::If": [Prod, { Ref: Size }, { "Fn::Replace": [{ a: 1 }, "a b"] }] }
      e: { "Fn::MemberListToMap": [Name, Value, [".member.0.Name=k", ".member.0.Value=v"]] }
      f: { "Fn::Base64": { "Fn::Select": [0, { "Fn::GetAZs": "" }] } }
Outputs:
  O: { Value: { Ref: Web }, Condition: Other, Description: about }
`

const ENVIRONMENT = `parameters: { size: 3, names: [a, b], data: { a: 1 } }
parameter_defaults: { env: test }
resource_registry:
  "My::*": "OS::Heat::*"
  "A::B": x.yaml
  "C::D": null
  resources:
    "web_*": { "T": "OS::Heat::None", hooks: [pre-create], restricted_actions: replace }
encrypted_param_names: [env]
event_sinks: [{ type: zaqar-queue, target: q, ttl: 5 }]
parameter_merge_strategies: { default: merge, data: deep_merge }
`

const pseudo = { stackId: 'id', stackName: 'web', projectId: 'p' }

function wellTold(problems: readonly Problem[], isText: boolean): void {
  for (const { message, line, path } of problems) {
    expect(message).not.toBe('')
    expect(typeof path).toBe('string')
    if (isText && line !== undefined) expect(line).toBeGreaterThan(0)
  }
}

/** Reads a template and evaluates all of it; anything thrown but an EvaluationError fails the test. */
function readTemplate(text: string): void {
  const { template, problems } = resolveTemplate(parseTemplate({ text, file: 't.yaml' }), { pseudo, files: {} })
  expect(template === undefined).toBe(problems.length > 0)
  wellTold(problems, true)
  const values = [...(template?.resources.values() ?? [])].flatMap(({ properties, metadata }) => [properties, metadata])
  for (const value of values) tryEvaluate(value)
  for (const { value } of Object.values(template?.outputs ?? {})) tryEvaluate(value)
}

function tryEvaluate(value: Json): void {
  try {
    evaluate(value, { reference: (name) => name, attribute: (name, attribute) => `${name}.${attribute}` })
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationError)
  }
}

function readEnvironment(text: string): void {
  const { environment, problems } = parseEnvironment(parseTemplate({ text, file: 'e.yaml' }))
  wellTold(problems, true)
  const { merged, problems: conflicts } = mergeEnvironments([environment, environment], () => undefined)
  wellTold(conflicts, true)
  const again = parseEnvironment(parseTemplate({ object: merged })).environment
  for (const type of ['T', 'My::Thing', 'A::B']) {
    for (const resource of ['web_1', 'x']) {
      expect(resolveType(again.registry, type, resource)).toEqual(resolveType(environment.registry, type, resource))
    }
  }
}

const runs = Number(process.env.ISOTHERM_MUTATIONS ?? 300)
const seed = process.env.ISOTHERM_SEED === undefined ? {} : { seed: Number(process.env.ISOTHERM_SEED) }

const tokensOf = (text: string): string[] => text.split(/(\s+|[{}[\],:"$.()=><])/).filter((token) => token !== '')

interface Edit {
  readonly kind: 'drop' | 'swap' | 'copy' | 'cut' | 'insert'
  readonly at: number
  readonly other: number
  readonly word: string
}

const WORDS = [
  '\t',
  '"',
  '{',
  '[',
  ']',
  '&a',
  '*a',
  '$',
  '!!binary',
  '- ',
  '__proto__',
  'constructor',
  '9'.repeat(30),
  '(a+)+$',
  '((((',
  '\u0000',
]

function mutated(tokens: readonly string[], edits: readonly Edit[]): string {
  let changed = [...tokens]
  for (const { kind, at, other, word } of edits) {
    const [from, to] = [at % (changed.length || 1), other % (changed.length || 1)]
    const [one = '', two = ''] = [changed[from], changed[to]]
    if (kind === 'drop') changed.splice(from, 1)
    if (kind === 'copy') changed.splice(from, 0, two)
    if (kind === 'insert') changed.splice(from, 0, word)
    if (kind === 'swap') [changed[from], changed[to]] = [two, one]
    if (kind === 'cut') changed = changed.slice(0, from + 1)
  }
  return changed.join('')
}

const edits = fc.array(
  fc.record<Edit>({
    kind: fc.constantFrom('drop', 'drop', 'swap', 'swap', 'copy', 'copy', 'insert', 'cut'),
    at: fc.nat(),
    other: fc.nat(),
    word: fc.constantFrom(...WORDS),
  }),
  { minLength: 1, maxLength: 4 },
)

test.each([
  ['HOT', HOT, readTemplate],
  ['CloudFormation', CLOUD_FORMATION, readTemplate],
  ['an environment', ENVIRONMENT, readEnvironment],
] as const)(
  '%s, changed at random, gives a result or problems',
  (_, text, read) => {
    read(text)
    const tokens = tokensOf(text)
    const property = fc.property(edits, (some) => read(mutated(tokens, some)))
    fc.assert(property, { numRuns: Math.ceil(runs / 3), ...seed })
  },
  3_600_000,
)

test.each([
  ['HOT', HOT],
  ['CloudFormation', CLOUD_FORMATION],
])('the text of %s that is changed here is valid', (_, text) => {
  expect(resolveTemplate(parseTemplate({ text }), { pseudo }).problems).toEqual([])
})
