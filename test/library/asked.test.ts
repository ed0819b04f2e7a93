// What the library is asked with by programs that nobody checked: each mistake is told by its place, cause and hint, and
// nothing has been done.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { doctor, InvalidInput, Isotherm, open, rekey } from '../../src/index.js'

/** As a program without types asks. */
const call = (method: (...inputs: never[]) => unknown, ...inputs: readonly unknown[]): unknown =>
  Reflect.apply(method, undefined, inputs)

const told = async (asking: () => unknown): Promise<string> => {
  try {
    await asking()
  } catch (error) {
    if (error instanceof InvalidInput) return error.message
    throw error
  }
  return 'nothing'
}

test.each([
  [{ slotz: 5 }, 'slotz: there is no such option (did you mean slots?)'],
  [{ slots: 'many' }, 'slots: must be a whole number, got "many"'],
  [{ slots: 0 }, 'slots: must be >= 1, got 0'],
  [{ engines: -1 }, 'engines: must be >= 0, got -1'],
  [{ silentSeconds: Number.NaN }, 'silentSeconds: must be a number, got NaN'],
  [{ database: 5 }, 'database: must be memory:, a directory, a postgres:// URL, or a database that is open, got 5'],
  [{ types: [{ name: 'Mine' }] }, 'types.0: must be a resource type, as defineType gives it, got an object'],
  [{ retention: { eventDay: 3 } }, 'retention.eventDay: there is no such option (did you mean eventDays?)'],
  [{ retry: { attemptsMax: 0 } }, 'retry.attemptsMax: must be >= 1, got 0'],
  [{ key: 12 }, 'key: must be a text, or false, got 12'],
  ['memory:', 'options: must be an object, got "memory:"'],
])('open(%j) says %s', async (options, message) => {
  expect(await told(() => call(open, options))).toBe(message)
})

test('the doctor and rekey are as strict', async () => {
  expect(await told(() => call(doctor, { fixx: true }))).toBe('fixx: there is no such option (did you mean fix?)')
  expect(await told(() => call(rekey, { keyfile: 'a' }))).toBe(
    'keyfile: there is no such option (did you mean keyFile?)',
  )
})

let isotherm: Isotherm
beforeAll(async () => {
  isotherm = await open({ database: 'memory:', engines: 0 })
})
afterAll(() => isotherm.close())

const file = { type: 'OS::Heat::Value', properties: { value: 1 } }
const stream = (...items: readonly unknown[]) => ({
  resources: (async function* () {
    yield* items
  })(),
})

test.each([
  ['up', [], 'options: must be an object, got undefined'],
  ['up', [{ template: {} }], 'stack: required, but not given'],
  ['up', [{ stack: 'a' }], 'template: required, but not given'],
  [
    'up',
    [{ stack: 'a', template: {}, paramters: {} }],
    'paramters: there is no such option (did you mean parameters?)',
  ],
  ['up', [{ stack: 'a', template: {}, timeoutSeconds: -3 }], 'timeoutSeconds: must be > 0, got -3'],
  [
    'up',
    [{ stack: 'a', template: {}, onFailure: 'stay' }],
    'onFailure: must be one of rollback, stop, continue, got "stay"',
  ],
  ['up', [{ stack: 'a', template: {}, files: { b: 5 } }], 'files.b: must be a text, got 5'],
  ['up', [{ stack: 'a', template: {}, presume: 'old' }], 'presume: must be \'new\', or { id, traversal }, got "old"'],
  ['up', [{ stack: 'a', template: stream(5) }], /^resources: a stream gives pairs of a name and a definition/],
  ['up', [{ stack: 'a', template: stream([7, file]) }], /^resources: a stream gives pairs/],
  ['up', [{ stack: 'a', template: stream(['b']) }], 'resources.b: undefined has no place in a template'],
  ['savePlan', [{ stack: 'a', template: {}, presume: 'new' }], /^presume: there is no such option \(there are stack, /],
  [
    'preview',
    [{ stack: 'a', template: {}, onFailur: 'stop' }],
    'onFailur: there is no such option (did you mean onFailure?)',
  ],
  ['validate', [{ template: {}, enviroment: {} }], 'enviroment: there is no such option (did you mean environment?)'],
  ['graphOf', [{}], 'template: required, but not given'],
  ['adopt', [{ stack: 'a' }], 'document: required, but not given'],
  ['patch', ['a', {}], 'resources: required, but not given'],
  ['down', ['a', { timeout: 5 }], 'timeout: there is no such option (there are timeoutSeconds, onFailure)'],
  ['down', [{ stack: 'a' }], 'stack: a stack is meant by its name, or by { id }'],
  ['stack', [undefined], 'stack: a stack is meant by its name, or by { id }'],
  ['rollback', ['a', { timeoutSeconds: '5' }], 'timeoutSeconds: must be a number, got "5"'],
  ['cancel', ['a', { rollback: 'no' }], 'rollback: must be true or false, got "no"'],
  ['suspend', ['a', []], 'options: must be an object, got a list'],
  ['resume', ['a', null], 'options: must be an object, got null'],
  ['check', ['a', { seconds: 1 }], /^seconds: there is no such option/],
  ['snapshot', ['a', { name: 5 }], 'name: must be a text, got 5'],
  ['restore', ['a', 'b', { onFailure: 'no' }], 'onFailure: must be one of rollback, stop, continue, got "no"'],
  ['markUnhealthy', ['a', 'b', { healty: true }], 'healty: there is no such option (did you mean healthy?)'],
  ['stacks', [{ limit: 1.5 }], 'limit: must be a whole number, got 1.5'],
  ['watch', ['a', { signal: 5 }], 'signal: must be an AbortSignal, got 5'],
  ['deployments', ['a', { addresses: 1 }], 'addresses: must be true or false, got 1'],
])('%s(%j) says %s', async (method, inputs, message) => {
  const asking = () => Reflect.apply(Reflect.get(isotherm, method), isotherm, inputs)
  expect(await told(asking)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
  expect(await isotherm.stacks()).toEqual([])
})

test('questions about a stack are as strict', async () => {
  await isotherm.up({ stack: 'a', template: { resources: { b: file } } })
  const ask = (method: 'resources' | 'nested' | 'events' | 'progress', options: object) => () =>
    Reflect.apply(Isotherm.prototype[method], isotherm, ['a', options])
  expect(await told(ask('resources', { depth: 1 }))).toBe('depth: there is no such option (there are nestedDepth)')
  expect(await told(ask('nested', { nestedDepth: -1 }))).toBe(
    'nestedDepth: must be a whole number of levels, or Infinity, got -1',
  )
  expect(await told(ask('nested', { nestedDepth: Number.POSITIVE_INFINITY }))).toBe('nothing')
  expect(await told(ask('events', { last: 'all' }))).toBe('last: must be a whole number, got "all"')
  expect(await told(ask('progress', { limit: -1 }))).toBe('limit: must be >= 0, got -1')
})

test('after it was closed it says so, and closing it once more does nothing', async () => {
  const closed = await open({ database: 'memory:' })
  await closed.close()
  await closed.close()
  await expect(closed.stacks()).rejects.toThrow('the database memory has been closed by this program')
  await expect(closed.up({ stack: 'a', template: { resources: {} } })).rejects.toThrow('has been closed')
})
