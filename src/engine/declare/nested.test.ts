// Templates as types, before anything exists: their properties and attributes, their files, and what is wrong with them.
import { expect, test } from 'vitest'
import { formatProblem, InvalidInput } from '../../lib/problem.js'
import { heatTypes, TypeRegistry } from '../../provider/index.js'
import { filesReachedBy } from './closure.js'
import { declare } from './declare.js'
import type { TreeLimits } from './tree-limits.js'

const types = new TypeRegistry(heatTypes)
const pseudo = { stackId: 'id', stackName: 'web', projectId: 'p' }
const HOT = 'heat_template_version: 2021-04-16\n'
const GREETER = `${HOT}parameters:
  name: { type: string, constraints: [{ length: { min: 2 } }] }
  loud: { type: boolean, default: false }
resources:
  word: { type: OS::Heat::Value, properties: { value: { get_param: name } } }
outputs:
  text: { value: { get_attr: [word, value] } }
`

type Files = { readonly [name: string]: string }

async function problemsOf(template: string, files: Files, environment = {}): Promise<string[]> {
  try {
    await declare({ stack: 'web', template, templateFile: 't.yaml', files, environment }, types, pseudo, undefined)
    return []
  } catch (error) {
    if (error instanceof InvalidInput) return error.message.split('\n')
    throw error
  }
}

const using = (properties: string, output = 'text') =>
  `${HOT}resources:\n  a: { type: ./lib/greeter.yaml, properties: ${properties} }\noutputs:\n  o: { value: { get_attr: [a, ${output}] } }\n`

test.each([
  ['{ name: bob }', 'text', []],
  ['{ name: bob }', 'resource.word.value', []],
  ['{ }', 'text', ['t.yaml:3:34 resources.a.properties.name: required, but not given']],
  ['{ name: b }', 'text', ['resources.a.properties.name: the value is not allowed: its length must be at least 2']],
  ['{ name: bob, lout: 1 }', 'text', ['lib/greeter.yaml has no such property (did you mean loud?)']],
  ['{ name: bob }', 'test', ['lib/greeter.yaml has no attribute test (did you mean text?)']],
])('properties %s and the attribute %s are checked against the template', async (properties, output, told) => {
  const problems = await problemsOf(using(properties, output), { 'lib/greeter.yaml': GREETER })
  expect(problems).toHaveLength(told.length)
  for (const [index, text] of told.entries()) expect(problems[index]).toContain(text)
})

test('what is wrong inside a nested template is told at once, with its file and line', async () => {
  const broken = GREETER.replace('OS::Heat::Value', 'OS::Heat::Valu').replace('get_param: name', 'get_param: nam')
  const problems = await problemsOf(using('{ name: bob }'), { 'lib/greeter.yaml': broken })
  expect(problems).toEqual([
    'lib/greeter.yaml:6:56 resources.word.properties.value.get_param: no parameter named nam (did you mean name?)',
    'lib/greeter.yaml:6:11 resources.word.type: there is no type OS::Heat::Valu (did you mean OS::Heat::Value?)',
  ])
})

test('a template whose properties depend on other resources is looked into as well', async () => {
  const outer = `${HOT}resources:
  v: { type: OS::Heat::Value, properties: { value: x } }
  a: { type: lib/greeter.yaml, properties: { name: { get_attr: [v, value] } } }
`
  const broken = GREETER.replace('OS::Heat::Value', 'OS::Heat::Valu')
  expect(await problemsOf(outer, { 'lib/greeter.yaml': GREETER })).toEqual([])
  expect(await problemsOf(outer, { 'lib/greeter.yaml': broken })).toEqual([
    'lib/greeter.yaml:6:11 resources.word.type: there is no type OS::Heat::Valu (did you mean OS::Heat::Value?)',
  ])
})

test('a template that contains itself is refused, directly or by way of others', async () => {
  const direct = `${HOT}resources: { again: { type: a.yaml } }\n`
  expect(await problemsOf(direct, { 'a.yaml': direct })).toEqual([
    expect.stringContaining('resources.again: a.yaml contains itself'),
  ])
  const [one, two] = [`${HOT}resources: { r: { type: b.yaml } }\n`, `${HOT}resources: { r: { type: a.yaml } }\n`]
  expect(await problemsOf(one, { 'a.yaml': one, 'b.yaml': two })).toEqual([expect.stringContaining('contains itself')])
})

test('stacks are nested five deep and no deeper', async () => {
  const level = (next: number) => `${HOT}resources: { r: { type: ${next}.yaml } }\n`
  const leaf = `${HOT}resources: { r: { type: OS::Heat::None } }\n`
  const files = (deepest: number) =>
    Object.fromEntries(
      Array.from({ length: deepest }, (_, i) => [`${i + 1}.yaml`, i + 1 === deepest ? leaf : level(i + 2)]),
    )
  expect(await problemsOf(level(1), files(5))).toEqual([])
  expect(await problemsOf(level(1), files(6))).toEqual([
    expect.stringContaining('Recursion depth exceeds 5: stacks are nested deeper than they may be'),
  ])
})

test('whoever declares says how deep stacks may be nested, and how many resources there may be in all of them', async () => {
  const leaf = `${HOT}resources: { word: { type: OS::Heat::None } }\n`
  const files = { '1.yaml': `${HOT}resources: { r: { type: 2.yaml }, s: { type: 2.yaml } }\n`, '2.yaml': leaf }
  const template = `${HOT}resources: { a: { type: 1.yaml }, b: { type: OS::Heat::None } }\n`
  const problems = (treeLimits: Partial<TreeLimits>) =>
    declare(
      { stack: 'web', template, templateFile: 't.yaml', files },
      types,
      { ...pseudo, treeLimits },
      undefined,
    ).then(
      () => [],
      (error: InvalidInput) => error.problems.map(formatProblem),
    )
  expect(await problems({ nestedDepthMax: 2, resourcesMax: 6 })).toEqual([])
  expect(await problems({ nestedDepthMax: 1 })).toEqual([
    '1.yaml:2:14 resources.r: Recursion depth exceeds 1: stacks are nested deeper than they may be (nest them less deep)',
  ])
  expect(await problems({ resourcesMax: 5 })).toEqual([
    't.yaml:2:1 resources: Maximum resources per stack exceeded: there would be 6 with all that is nested, and there may be 5 (make stacks of their own of some of them)',
  ])
})

test('a nested stack gets the files that it can reach, under the names that it uses', () => {
  const files = {
    'lib/x.yaml': `${HOT}resources: { y: { type: deep/y.yaml }, c: { type: T, properties: { p: { get_file: ./c.txt } } } }\n`,
    'lib/deep/y.yaml': `${HOT}resources: { z: { type: ../../z.yaml } }\n`,
    'z.yaml': `${HOT}resources: {}\n`,
    'lib/c.txt': 'c',
    'other.txt': 'other',
    'mapped.yaml': HOT,
  }
  const document = { resources: { y: { type: 'deep/y.yaml' }, p: { get_file: './c.txt' } } }
  const reached = filesReachedBy(document, files, 'lib/x.yaml', { 'My::T': 'mapped.yaml' })
  expect(Object.keys(reached).sort()).toEqual(['../mapped.yaml', '../z.yaml', './c.txt', 'c.txt', 'deep/y.yaml'])
})

test('a change of a file changes the definitions that can reach it, and no others', async () => {
  const template = `${HOT}resources:\n  a: { type: a.yaml }\n  b: { type: b.yaml }\n`
  const hashes = async (files: Files) => {
    const { definitions } = await declare({ stack: 'web', template, files }, types, pseudo, undefined)
    return ['a', 'b'].map((name) => definitions.get(name)?.hash)
  }
  const leaf = `${HOT}resources: {}\n`
  const before = { 'a.yaml': `${HOT}resources: { c: { type: c.yaml } }\n`, 'b.yaml': leaf, 'c.yaml': leaf }
  const [a, b] = await hashes(before)
  const [changedA, sameB] = await hashes({ ...before, 'c.yaml': `${leaf}# changed\n` })
  expect(changedA).not.toBe(a)
  expect(sameB).toBe(b)
})
