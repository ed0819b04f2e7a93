// What commands promise: one successful run for one token, whoever dies meanwhile, and nothing left running.
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realWorld } from '../../lib/world.js'
import { completeProperties } from '../properties.js'
import { providerSuite } from '../suite.js'
import { markOf, processesWith, signalAll } from './processes.mjs'
import { Workshop } from './testing.js'

let shop: Workshop
beforeEach(async () => {
  shop = await Workshop.open()
})
afterEach(() => shop.close())

const linesOf = (path: string) =>
  readFile(path, 'utf8').then(
    (text) => text.trim().split('\n'),
    () => [],
  )

/** Resolves once the file is there. */
async function appears(path: string): Promise<void> {
  while (!(await stat(path).catch(() => undefined))) await sleep(20)
}

describe('Isotherm::Local::Command keeps the contract', async () => {
  const home = await Workshop.open()
  afterAll(home.close)
  const wanted = {
    create: 'echo "$TEXT" > "thing-$ISOTHERM_TOKEN"',
    update: 'echo "$TEXT" > "thing-$ISOTHERM_TOKEN"',
    delete: 'rm -f "thing-$ISOTHERM_TOKEN"',
    read: 'test -e "thing-$ISOTHERM_TOKEN"',
    env: { TEXT: 'one' },
    secret_env: { PASSWORD: 'swordfish' },
  }
  const things = async () => (await readdir(home.directory)).filter((name) => name.startsWith('thing-'))
  const cases = providerSuite({
    type: home.type('Command'),
    wanted,
    changed: {
      env: { TEXT: 'two' },
      triggers: { release: 2 },
      cwd: './',
      delete: 'rm -f thing-*',
      read: 'true',
      update: 'true',
    },
    notChanged: ['create', 'find', 'secret_env', 'output_bytes_max'],
    failing: { ...wanted, create: 'exit 3' },
    exists: async (token) => (await things()).includes(`thing-${token}`),
    count: async () => (await things()).length,
    vanish: (token) => rm(home.path(`thing-${token}`)),
    fresh: async () => ({ call: { world: realWorld }, dispose: home.empty }),
  })
  for (const { name, run } of cases) {
    it(name, run)
  }
})

describe('a command', () => {
  it('gives what its script has printed as attributes', async () => {
    const create = 'echo \'{"address": "10.0.0.1", "ports": [1, 2]}\'; echo careful >&2'
    const { attributes } = await shop.driver('Command').create({ create })

    expect(attributes).toEqual({
      stdout: '{"address": "10.0.0.1", "ports": [1, 2]}\n',
      stderr: 'careful\n',
      exit_code: 0,
      output: { address: '10.0.0.1', ports: [1, 2] },
    })
  })

  it('finds its identity and its environment, and later scripts what create has printed', async () => {
    const one = shop.driver('Command', { name: 'web', stack: 'site' })
    const say =
      'echo "$ISOTHERM_ACTION $ISOTHERM_STACK/$ISOTHERM_NAME $ISOTHERM_ATTEMPT $COLOUR $ISOTHERM_OUTPUT" >> said'
    const thing = await one.create({ create: `${say}; echo '{"id": 7}'`, delete: say, env: { COLOUR: 'red' } })
    await one.delete(thing)

    expect(await linesOf(shop.path('said'))).toEqual(['create site/web 1 red ', 'delete site/web 1 red {"id":7}'])
    expect(await readdir(shop.state())).toEqual([])
  })

  it('fails with what the script has said, and asks for another attempt with exit code 75', async () => {
    const one = shop.driver('Command')
    await expect(one.create({ create: 'echo no such luck >&2; exit 3' })).rejects.toMatchObject({
      errorClass: 'fatal',
      message: 'the create script ended with exit code 3: no such luck',
    })
    await expect(one.create({ create: 'exit 75' })).rejects.toMatchObject({ errorClass: 'retry' })
  })

  it('that failed runs again at the next attempt, and one that succeeded does not', async () => {
    const one = shop.driver('Command')
    const create = 'echo run >> runs; test $ISOTHERM_ATTEMPT = 2'
    await expect(one.create({ create })).rejects.toThrow()

    await one.create({ create }, { attempt: 2 })
    await one.create({ create }, { attempt: 3 })

    expect(await linesOf(shop.path('runs'))).toEqual(['run', 'run'])
  })

  it('keeps no more output than asked for, and says how much is left out', async () => {
    const { attributes } = await shop.driver('Command').create({ create: 'printf 1234567890', output_bytes_max: 4 })
    expect(attributes.stdout).toBe('1234\n(6 bytes more are left out)')
  })

  it('whose call aborts leaves no process behind', async () => {
    const one = shop.driver('Command')
    const abort = new AbortController()
    const create = 'sleep 600 & echo started > started; wait'
    const creating = one.create({ create }, { signal: abort.signal })
    const ended = expect(creating).rejects.toThrow('given up')
    await appears(shop.path('started'))

    abort.abort(new Error('given up'))
    await ended

    expect(processesWith(markOf(one.token))).toEqual([])
  })

  it('started by an engine that died goes on, and the next engine takes its result instead of running it twice', async () => {
    const one = shop.driver('Command')
    const create = 'echo run >> runs; touch started; while ! test -e go; do sleep 0.05; done; echo done'
    // The first engine's call, which nobody will hear the end of.
    const lost = one.create({ create })
    await appears(shop.path('started'))

    const found = shop
      .type('Command')
      .find?.(one.call({ fence: 2 }), completeProperties(shop.type('Command'), { create }))
    await writeFile(shop.path('go'), '')

    expect(await found).toMatchObject({ attributes: { stdout: 'done\n' } })
    expect(await linesOf(shop.path('runs'))).toEqual(['run'])
    await lost
  })

  it('that was itself killed runs again with the same token', async () => {
    const one = shop.driver('Command')
    const create = 'echo $ISOTHERM_TOKEN >> runs; test -e again || { touch again; sleep 600; }'
    const lost = expect(one.create({ create })).rejects.toThrow('the create script was killed')
    await appears(shop.path('again'))
    signalAll(processesWith(markOf(one.token)), 'SIGKILL')
    await lost

    const found = await shop.type('Command').find?.(one.call(), completeProperties(shop.type('Command'), { create }))

    expect(found?.physicalId).toBe(one.token)
    expect(await linesOf(shop.path('runs'))).toEqual([one.token, one.token])
  })

  it('that was killed is looked for by its find script, if it has one', async () => {
    const one = shop.driver('Command')
    const wanted = { create: 'touch made; kill -9 0', find: 'test -e made && echo \'{"id": 7}\'' }
    await expect(one.create(wanted)).rejects.toThrow('the create script was killed')
    const find = () => shop.type('Command').find?.(one.call(), completeProperties(shop.type('Command'), wanted))

    expect(await find()).toMatchObject({ physicalId: one.token, attributes: { output: { id: 7 } } })
    await rm(shop.path('made'))
    expect(await find()).toBeNull()
  })

  it('makes a new thing of a change when it has no update script, and updates when it has', () => {
    const type = shop.type('Command')
    const replaces = (before: object, wanted: object) =>
      type.replaces?.(
        completeProperties(type, { create: 'true', ...before }),
        completeProperties(type, { create: 'true', ...wanted }),
      )

    expect(replaces({ triggers: { a: 1 } }, { triggers: { a: 2 } })).toBe(true)
    expect(replaces({ triggers: { a: 1 } }, { triggers: { a: 2 }, update: 'true' })).toBe(false)
    expect(replaces({ delete: 'true' }, { delete: 'false' })).toBe(false)
  })
})
