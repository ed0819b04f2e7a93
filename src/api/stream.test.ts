// A template as a stream: what is wrong is told as in a template that comes whole, and what is kept is the same.
import { expect, test } from 'vitest'
import { declare } from '../engine/declare/declare.js'
import { InvalidInput } from '../lib/problem.js'
import { defineType } from '../provider/contract.js'
import { TypeRegistry } from '../provider/registry.js'
import { Declaration } from '../store/declaration.js'
import { declareFor } from './stream.js'

const Thing = defineType({
  name: 'Test::Thing',
  properties: { v: { type: 'string' }, n: { type: 'integer' } },
  attributes: { v: { type: 'string' } },
  recoverBy: 'token',
  create: async () => ({ physicalId: 'x' }),
  delete: async () => undefined,
})
const types = new TypeRegistry([Thing])
const pseudo = { stackId: '00000000-0000-0000-0000-000000000000', stackName: 'web', projectId: 'default' }

const thing = (properties: object = {}, ...after: string[]) => ({ type: 'Test::Thing', properties, depends_on: after })
const attr = (name: string, attribute: string) => ({ get_attr: [name, attribute] })

async function* stream(resources: { [name: string]: object } | [string, object][]) {
  yield* Array.isArray(resources) ? resources : Object.entries(resources)
}

async function problemsOf(resources: Parameters<typeof stream>[0]): Promise<string[]> {
  try {
    await declareFor({ stack: 'web', template: { resources: stream(resources) } }, types, pseudo, undefined)
    return []
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
}

test('a stream of several pages declares what the same template declares whole', async () => {
  const resources: { [name: string]: object } = { last: thing({ v: 'a "quoted"\ttext\\' }, 'r1', 'r1999') }
  for (let i = 0; i < 2_000; i++) resources[`r${i}`] = i < 10 ? thing({ n: i }) : thing({ v: attr(`r${i - 10}`, 'v') })
  const options = { stack: 'web', template: { resources } }
  const whole = await declare(options, types, pseudo, undefined)
  const { definitions } = await declareFor(
    { ...options, template: { resources: stream(resources) } },
    types,
    pseudo,
    undefined,
  )
  const text = (declared: typeof definitions) => Buffer.concat([...declared.rows(7, 3, () => true)]).toString()
  expect(text(definitions)).toBe(text(Declaration.of(whole.definitions.values())))
  expect(definitions.kindOf('r7')).toEqual({ type: 'Test::Thing', retain: false })
  // Only the lines that are asked for, each with its stack and traversal.
  const [line, ...others] = Buffer.concat([...definitions.rows(7, 3, (node) => node === 1)])
    .toString()
    .split('\n')
  expect(line?.split('\t').slice(0, 3)).toEqual(['0000000007', '0000000003', 'r0'])
  expect(others).toEqual([''])
})

test('references to what comes later are checked when it comes, those to what never comes in the end', async () => {
  expect(await problemsOf({ a: thing({ v: attr('b', 'v') }), b: thing() })).toEqual([])
  expect(await problemsOf({ a: thing({ v: attr('b', 'nope') }), b: thing() })).toEqual([
    'resources.a.properties.v: Test::Thing has no attribute nope',
  ])
  expect(await problemsOf({ a: thing({ v: attr('b', 'v') }, 'c'), b: thing() })).toEqual([
    'resources.a: there is no resource c',
  ])
})

test('types, properties, names given twice and cycles are told', async () => {
  expect(await problemsOf({ a: { type: 'No::Such' }, b: thing({ n: 'many' }) })).toEqual([
    'resources.a.type: there is no type No::Such',
    'resources.b.properties.n: must be of kind integer, got "many"',
  ])
  expect(
    await problemsOf([
      ['a', thing()],
      ['a', thing()],
    ]),
  ).toEqual(['resources.a: a is defined twice'])
  expect(await problemsOf({ a: thing({}, 'b'), b: thing({}, 'c'), c: thing({}, 'a'), d: thing() })).toEqual([
    'resources.a: dependency cycle: a -> b -> c -> a',
  ])
})

test('of a stream that is wrong throughout the first problems are told', async () => {
  const wrong = Array.from({ length: 5_000 }, (_, i): [string, object] => [`r${i}`, { type: 'No::Such' }])
  const told = await problemsOf(wrong)
  expect(told.length).toBeGreaterThanOrEqual(100)
  expect(told.length).toBeLessThan(1_000)
})
