// Secrets never lie in clear: a canary goes through everything that happens to a stack, and is nowhere afterwards, neither in
// the database nor in anything that anybody is told.
import { expect, test } from 'vitest'
import { defineType, type Isotherm, type JsonObject, open, ProviderError } from '../../src/index.js'
import type { Database } from '../../src/store/database.js'
import { type Home, onBothDatabases } from '../databases.js'
import { CANARY, formsOf, leaks, recorder } from './canary.js'

/** Repeats what it is given wherever it can: in attributes, private notes, log lines and errors. */
const Parrot = defineType({
  name: 'Test::Parrot',
  properties: {
    word: { type: 'any', onChange: 'update' },
    secret: { type: 'string', secret: true, onChange: 'update' },
    fail: { type: 'boolean', default: false, onChange: 'update' },
    slow: { type: 'boolean', default: false, onChange: 'update' },
  },
  attributes: { word: {}, secret: { secret: true } },
  attemptsMax: 2,
  async create(call, wanted) {
    call.log.warn({ wanted: { ...wanted } }, `creating ${String(wanted.word)} with ${wanted.secret}`)
    if (wanted.fail) throw new Error(`cannot say ${JSON.stringify(wanted.word)} nor ${wanted.secret}`)
    if (wanted.slow) return { pending: { handle: { said: wanted.word ?? null }, pollAfterSeconds: 0.01 } }
    return { physicalId: call.token, attributes: said(wanted), privateData: said(wanted) }
  },
  find: async () => null,
  poll: async (call, { handle, properties }) => ({
    physicalId: call.token,
    attributes: said(properties),
    privateData: handle,
  }),
  async update(_, thing, wanted) {
    if (wanted.fail) throw new ProviderError('invalid', `was ${JSON.stringify(thing.attributes)}: no ${wanted.word}`)
    return { attributes: said(wanted), privateData: said(wanted) }
  },
  delete: async (_, thing) => {
    if (thing.properties.fail) throw new ProviderError('fatal', `cannot forget ${JSON.stringify(thing)}`)
  },
  signal: (thing, body) => ({ privateData: body, attributes: thing.attributes, message: 'heard' }),
})

const said = ({ word, secret }: { word?: unknown; secret?: unknown }) =>
  JSON.parse(JSON.stringify({ word: word ?? null, secret: secret ?? null })) as JsonObject

interface Story {
  readonly isotherm: Isotherm
  readonly database: Database
  /** Everything that was logged or answered. */
  readonly heard: string[]
  tell<T>(answer: Promise<T>): Promise<T>
}

async function withStory(home: Home, story: (story: Story) => Promise<void>): Promise<void> {
  const database = await home.open()
  const { lines, log } = recorder()
  const isotherm = await open({ database, types: [Parrot], log, retry: { baseSeconds: 0.01 }, key: 'ab'.repeat(32) })
  const tell = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      const value = await answer
      lines.push(JSON.stringify(value) ?? '')
      return value
    } catch (error) {
      lines.push(String(error))
      throw error
    }
  }
  try {
    await story({ isotherm, database, heard: lines, tell })
    await expectSilence(isotherm, database, lines)
  } finally {
    await isotherm.close()
  }
}

async function expectSilence(isotherm: Isotherm, database: Database, heard: string[]): Promise<void> {
  expect(await leaks(database)).toEqual([])
  for (const { name } of await isotherm.stacks()) {
    const { outputs: _, ...stack } = await isotherm.stack(name)
    heard.push(JSON.stringify([stack, await isotherm.events(name), await isotherm.progress(name)]))
    for (const resource of await isotherm.resources(name)) {
      heard.push(JSON.stringify([resource, await isotherm.resource(name, resource.name)]))
      heard.push(JSON.stringify(await isotherm.why(name, resource.name)))
    }
  }
  const loud = heard.filter((line) => formsOf(CANARY).some((form) => line.includes(form)))
  expect(loud).toEqual([])
}

const parrots = (properties: { readonly [name: string]: object }, more: object = {}) => ({
  resources: Object.fromEntries(
    Object.entries(properties).map(([name, given]) => [name, { type: 'Test::Parrot', properties: given }]),
  ),
  ...more,
})
const password = { parameters: { password: { type: 'string', hidden: true } } }
const said2 = { get_param: 'password' }

onBothDatabases((home) => {
  test('a hidden parameter goes its way to the things and to outputs, and is found nowhere else', () =>
    withStory(home, async ({ isotherm, database, tell }) => {
      const template = parrots(
        {
          a: { word: { list_join: ['-', ['x', said2]] } },
          b: { word: { get_attr: ['a', 'word'] } },
          c: { word: 'open' },
        },
        { ...password, outputs: { word: { value: { get_attr: ['b', 'word'] } } } },
      )
      await tell(isotherm.preview({ stack: 's', template, parameters: { password: CANARY } }))
      await (await isotherm.up({ stack: 's', template, parameters: { password: CANARY } })).settled()
      expect((await isotherm.stack('s')).status).toBe('CREATE_COMPLETE')
      expect((await isotherm.outputs('s')).word?.value).toBe(`x-${CANARY}`)
      await expectSilence(isotherm, database, [])
      // Nothing changed: equal secrets have equal hashes, and nothing is visited.
      const again = await tell(isotherm.preview({ stack: 's', template, parameters: { password: CANARY } }))
      expect(again.changed).toBe(false)
      const other = await tell(isotherm.preview({ stack: 's', template, parameters: { password: 'other' } }))
      expect(other.changes.map(({ name, action }) => `${action} ${name}`).sort()).toEqual(['update a', 'update b'])
      await (await isotherm.up({ stack: 's', template, parameters: { password: `${CANARY}2` } })).settled()
      expect((await isotherm.outputs('s')).word?.value).toBe(`x-${CANARY}2`)
      await tell(isotherm.previewDown('s'))
      await (await isotherm.down('s')).settled()
    }))

  test('what is given to a secret property, and what a pending operation or a signal brings', () =>
    withStory(home, async ({ isotherm, database }) => {
      const template = parrots({
        a: { secret: CANARY, slow: true },
        b: { word: { get_attr: ['a', 'secret'] }, slow: true },
      })
      await (await isotherm.up({ stack: 's', template })).settled()
      expect((await isotherm.stack('s')).status).toBe('CREATE_COMPLETE')
      await isotherm.signal('s', 'a', { secret: CANARY })
      await expectSilence(isotherm, database, [])
      await (
        await isotherm.patch('s', { resources: { c: { type: 'Test::Parrot', properties: { secret: CANARY } } } })
      ).settled()
      await (await isotherm.patch('s', { resources: { c: null } })).settled()
    }))

  test('failures say what went wrong, but not with what', () =>
    withStory(home, async ({ isotherm, database, tell }) => {
      const template = (fail: boolean) =>
        parrots(
          { a: { word: said2, secret: CANARY, fail }, b: { word: [{ get_attr: ['a', 'word'] }], fail } },
          password,
        )
      const parameters = { password: CANARY }
      const first = await isotherm.up({ stack: 's', template: template(true), parameters, onFailure: 'stop' })
      const failed = await tell(first.settled())
      expect(failed.reason).toContain('cannot say')
      await expectSilence(isotherm, database, [])
      await (await isotherm.up({ stack: 's', template: template(false), parameters })).settled()
      await tell((await isotherm.up({ stack: 's', template: template(true), parameters })).settled())
      expect((await isotherm.stack('s')).status).toBe('ROLLBACK_COMPLETE')
      await tell((await isotherm.down('s')).settled())
    }))

  test('wrong values are told without the values', () =>
    withStory(home, async ({ isotherm, tell }) => {
      const wrong = { resources: { a: { type: 'OS::Heat::RandomString', properties: { length: said2 } } }, ...password }
      await expect(
        tell(isotherm.up({ stack: 's', template: wrong, parameters: { password: CANARY } })),
      ).rejects.toThrow('length')
      const late = parrots({ a: { word: said2 }, b: { fail: { get_attr: ['a', 'word'] } } }, password)
      await (
        await isotherm.up({ stack: 't', template: late, parameters: { password: CANARY }, onFailure: 'stop' })
      ).settled()
      expect((await isotherm.stack('t')).status).toBe('CREATE_FAILED')
    }))
})
