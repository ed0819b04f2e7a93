// Environments: what their sections may say, how several become one, and which type a name stands for.
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { formatProblem } from '../lib/problem.js'
import { parseEnvironment } from './environment.js'
import { mergeEnvironments, parameterTypesOf } from './environment-merge.js'
import { matchesPattern } from './file-pattern.js'
import { parseTemplate } from './parse.js'
import { resolveType } from './registry.js'

const parse = (text: string, file = 'env.yaml') => parseEnvironment(parseTemplate({ text, file }))
const problemsOf = (text: string) => parse(text).problems.map(formatProblem)

test('every section is read', () => {
  const { environment, problems } = parse(`
parameters: { size: 3 }
parameter_defaults: { name: web }
resource_registry: { "A::B": "C::D" }
encrypted_param_names: [secret]
event_sinks: [{ type: zaqar-queue, target: events, ttl: 60 }]
parameter_merge_strategies: { default: merge, size: overwrite }
`)
  expect(problems).toEqual([])
  expect(environment).toMatchObject({
    parameters: { size: 3 },
    parameterDefaults: { name: 'web' },
    registry: { mappings: [{ path: ['A::B'], target: 'C::D' }] },
    encryptedParamNames: ['secret'],
    eventSinks: [{ type: 'zaqar-queue', target: 'events', ttl: 60 }],
    strategies: { fallback: 'merge', byParameter: new Map([['size', 'overwrite']]) },
  })
})

test('an empty file says nothing, which is allowed', () => expect(problemsOf('')).toEqual([]))

describe('problems have their place and a hint', () => {
  test.each([
    ['[1]', 'env.yaml:1:1 an environment must be a map, not a list (it has sections such as parameters)'],
    ['paramters: {}', 'env.yaml:1:1 paramters: unknown section paramters in an environment (did you mean parameters?)'],
    ['parameters:', 'env.yaml:1:1 parameters: the section parameters is empty (leave it out, or write {})'],
    [
      'parameters: [a]',
      'env.yaml:1:1 parameters: the section parameters must be a map of names and values, not a list',
    ],
    ['encrypted_param_names: a', 'env.yaml:1:1 encrypted_param_names: expected a list of names, not a text'],
    [
      'event_sinks: [{ type: mail }]',
      'env.yaml:1:17 event_sinks.0.type: unknown type "mail" (the type is zaqar-queue)',
    ],
    [
      'event_sinks: [{ target: q }]',
      'env.yaml:1:15 event_sinks.0: the sink has no type (for example type: zaqar-queue)',
    ],
    [
      'parameter_merge_strategies: { a: mrege }',
      'env.yaml:1:31 parameter_merge_strategies.a: unknown merge strategy "mrege" (did you mean merge?)',
    ],
    [
      'resource_registry: { "A::B": 5 }',
      "env.yaml:1:22 resource_registry.A::B: expected the name of a type or of a template's file, not a number",
    ],
    [
      'resource_registry: { resources: { web: { hooks: pre-crate } } }',
      'env.yaml:1:42 resource_registry.resources.web.hooks: hooks has no "pre-crate" (did you mean pre-create?)',
    ],
    [
      'resource_registry: { resources: { web: { restricted_actions: [update, x] } } }',
      'env.yaml:1:42 resource_registry.resources.web.restricted_actions: restricted_actions has no "x" (there are update, replace)',
    ],
    ['parameters: { a: [ }', /a bracket|is not closed|expected/],
  ])('%s', (text, expected) => {
    const [first, ...more] = problemsOf(text)
    expect(more).toEqual([])
    if (typeof expected === 'string') expect(first).toBe(expected)
    else expect(first).toMatch(expected)
  })
})

describe('a type stands for', () => {
  const { registry } = parse(`
resource_registry:
  "My::Server": "OS::Heat::TestResource"
  "My::Alias": "My::Server"
  "Net::*": "OS::Net::*"
  "None::*": "OS::Heat::None"
  "My::Template": nested/web.yaml
  "Round::A": "Round::B"
  "Round::B": "Round::A"
  "Same::Same": "Same::Same"
  "Both::*": "OS::Heat::None"
  "Both::Exact": "OS::Heat::Value"
  "Gone::A": "X"
  "Gone::*": null
  resources:
    web: { "My::Server": "OS::Heat::Value", hooks: pre-create }
    "web_*": { "My::Server": "OS::Heat::None", restricted_actions: [replace] }
    "*": { "Each::*": "OS::Heat::Each::*" }
    outer: { inner: { "My::Server": "Never::Here" } }
`).environment
  test.each<[string, string, Json]>([
    ['OS::Heat::Value', 'a', { kind: 'type', name: 'OS::Heat::Value' }],
    ['My::Server', 'a', { kind: 'type', name: 'OS::Heat::TestResource' }],
    ['My::Alias', 'a', { kind: 'type', name: 'OS::Heat::TestResource' }],
    ['Net::Port', 'a', { kind: 'type', name: 'OS::Net::Port' }],
    ['None::Port::Deep', 'a', { kind: 'type', name: 'OS::Heat::None' }],
    ['My::Template', 'a', { kind: 'template', file: 'nested/web.yaml' }],
    ['direct.yaml', 'a', { kind: 'template', file: 'direct.yaml' }],
    ['Round::A', 'a', { kind: 'circular', names: ['Round::A', 'Round::B', 'Round::A'] }],
    ['Same::Same', 'a', { kind: 'type', name: 'Same::Same' }],
    ['Both::Exact', 'a', { kind: 'type', name: 'OS::Heat::None' }],
    ['Gone::A', 'a', { kind: 'type', name: 'Gone::A' }],
    ['My::Server', 'web', { kind: 'type', name: 'OS::Heat::Value' }],
    ['My::Alias', 'web', { kind: 'type', name: 'OS::Heat::Value' }],
    ['My::Server', 'web_1', { kind: 'type', name: 'OS::Heat::None' }],
    ['Each::One', 'any', { kind: 'type', name: 'OS::Heat::Each::One' }],
    ['My::Server', 'inner', { kind: 'type', name: 'OS::Heat::TestResource' }],
  ])('%s of the resource %s', (type, resource, expected) => {
    expect(resolveType(registry, type, resource)).toEqual(expected)
  })

  test('a wildcard that makes ever longer names ends', () => {
    for (const [pattern, target] of [
      ['*', 'Y::*'],
      ['My::*', 'My::Old::*'],
    ]) {
      const { registry: growing } = parse(
        JSON.stringify({ resource_registry: { [String(pattern)]: target } }),
      ).environment
      expect(resolveType(growing, 'My::A', 'a')).toMatchObject({ kind: 'circular' })
    }
  })

  test('a wildcard over everything does not map its own target', () => {
    const everything = parse('resource_registry: { "OS::*": "OS::Heat::None" }').environment.registry
    expect(resolveType(everything, 'OS::Nova::Server', 'a')).toEqual({ kind: 'type', name: 'OS::Heat::None' })
    expect(resolveType(everything, 'OS::Heat::None', 'a')).toEqual({ kind: 'type', name: 'OS::Heat::None' })
  })

  test('interventions are those of resources, by name or pattern', () => {
    expect(registry.interventions).toEqual([
      { key: 'hooks', path: ['resources', 'web'], pattern: 'web', values: ['pre-create'] },
      { key: 'restricted_actions', path: ['resources', 'web_*'], pattern: 'web_*', values: ['replace'] },
    ])
  })
})

test.each([
  ['*', 'anything', true],
  ['web_*', 'web_1', true],
  ['web_*', 'web', false],
  ['*_db', 'my_db', true],
  ['w?b', 'web', true],
  ['w?b', 'wb', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[ab', '[ab', true],
  ['*a*b*', 'xxaxxbxx', true],
  ['*a*b*', 'xxbxxaxx', false],
  ['', '', true],
])('the pattern %s and the name %s: %s', (pattern, name, expected) =>
  expect(matchesPattern(pattern, name)).toBe(expected),
)

test('a pattern of many stars is not slow', () => {
  expect(matchesPattern('*a'.repeat(100), 'a'.repeat(255))).toBe(true)
  expect(matchesPattern(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false)
})

describe('several environments', () => {
  const typeOf = parameterTypesOf({
    parameters: {
      text: { type: 'string' },
      list: { type: 'comma_delimited_list' },
      map: { type: 'json' },
      number: { type: 'number' },
      flag: { type: 'boolean' },
    },
  })
  const told = (...texts: string[]) => {
    const { merged, problems, warnings } = mergeEnvironments(
      texts.map((text, index) => parse(text, `${index + 1}.yaml`).environment),
      typeOf,
    )
    return { merged, problems: problems.map(formatProblem), warnings: warnings.map(formatProblem) }
  }
  const merge = (...texts: string[]) => {
    const { merged, problems } = told(...texts)
    return { merged, problems }
  }
  const two = (strategy: string, name: string, one: Json, other: Json) =>
    merge(
      JSON.stringify({ parameters: { [name]: one } }),
      JSON.stringify({ parameters: { [name]: other }, parameter_merge_strategies: { default: strategy } }),
    )
  // The first file decides, unless the second says it too: both say the same here.
  const both = (strategy: string, name: string, one: Json, other: Json) => {
    const text = (value: Json) =>
      JSON.stringify({ parameters: { [name]: value }, parameter_merge_strategies: { [name]: strategy } })
    return merge(text(one), text(other))
  }

  test.each<[string, string, Json, Json, Json]>([
    ['overwrite', 'text', 'a', 'b', 'b'],
    ['merge', 'text', 'a', 'b', 'ab'],
    ['merge', 'list', 'a,b', 'c', ['a', 'b', 'c']],
    ['merge', 'list', ['a'], ['a', 'c'], ['a', 'a', 'c']],
    ['merge', 'number', 1, 2, 3],
    ['merge', 'map', { a: { x: 1 }, b: 1 }, { a: { y: 2 }, c: null }, { a: { y: 2 }, b: 1 }],
    [
      'deep_merge',
      'map',
      { a: { x: 1 }, l: [1], t: 'p' },
      { a: { y: 2 }, l: [2], t: 'q' },
      { a: { x: 1, y: 2 }, l: [1, 2], t: 'pq' },
    ],
    ['merge', 'map', '{"a": 1}', '{"b": 2}', { a: 1, b: 2 }],
    ['merge', 'unknown', [1], [2], ['1', '2']],
  ])('by %s: %s', (strategy, name, one, other, expected) => {
    expect(both(strategy, name, one, other)).toEqual({ merged: { parameters: { [name]: expected } }, problems: [] })
  })

  test('a boolean cannot be merged, nor values of different kinds', () => {
    expect(both('merge', 'flag', true, false).problems).toEqual([
      expect.stringContaining(
        '2.yaml:1:16 parameters.flag: flag: booleans cannot be merged (use the strategy overwrite)',
      ),
    ])
    expect(both('merge', 'map', { a: 1 }, [1]).problems[0]).toContain('a map and a list cannot be merged')
  })

  test('what the first file to name a parameter says of it holds; another strategy later is a conflict', () => {
    expect(two('merge', 'text', 'a', 'b')).toEqual({ merged: { parameters: { text: 'b' } }, problems: [] })
    const first = 'parameters: { text: a }\nparameter_merge_strategies: { text: merge }'
    const second = 'parameters: { text: b }\nparameter_merge_strategies: { text: deep_merge }'
    expect(merge(first, 'parameters: { text: b }', 'parameters: { text: c }').merged).toEqual({
      parameters: { text: 'abc' },
    })
    expect(merge(first, second).problems).toEqual([
      '2.yaml:1:15 parameters.text: text is to be merged by deep_merge, but by merge in an earlier file (one parameter has one strategy in all files)',
    ])
  })

  test('the later registry lies over the earlier, and null takes away', () => {
    const { merged, warnings } = told(
      'resource_registry: { A: B, C: D, resources: { web: { A: X } } }',
      'resource_registry: { C: null, A: E }',
    )
    expect({ merged, warnings }).toEqual({
      merged: { resource_registry: { A: 'E', C: null, resources: { web: { A: 'X' } } } },
      warnings: [],
    })
    const { registry } = parse(JSON.stringify(merged)).environment
    expect(resolveType(registry, 'A', 'web')).toEqual({ kind: 'type', name: 'X' })
    expect(resolveType(registry, 'A', 'db')).toEqual({ kind: 'type', name: 'E' })
    expect(resolveType(registry, 'C', 'db')).toEqual({ kind: 'type', name: 'C' })
  })

  test('a later block resources replaces the earlier, as in Heat, with a warning of what is lost', () => {
    const { merged, warnings } = told(
      'resource_registry: { resources: { web: { A: X, hooks: pre-create }, db: { A: Y }, kept: { B: Z } } }',
      'resource_registry: { resources: { web: { hooks: [] }, kept: { B: W } } }',
    )
    expect(merged).toEqual({ resource_registry: { resources: { web: { hooks: [] }, kept: { B: 'W' } } } })
    expect(warnings).toEqual([
      expect.stringContaining(
        '1:22 resource_registry.resources: this block replaces that of an earlier file, which spoke of web, db too (say it all in one file)',
      ),
    ])
  })

  test('types are known from HOT and from CloudFormation', () => {
    const cfn = parameterTypesOf({ Parameters: { a: { Type: 'CommaDelimitedList' }, b: { Type: 'Json' } } })
    expect([cfn('a'), cfn('b'), cfn('c')]).toEqual(['comma_delimited_list', 'json', undefined])
  })
})
