// What processes promise: one process for one token, found after any death, and nothing left after delete.
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isJsonObject, type JsonObject } from '../../lib/json.js'
import { realWorld } from '../../lib/world.js'
import { isPending } from '../contract.js'
import { completeProperties } from '../properties.js'
import { providerSuite } from '../suite.js'
import type { Driver } from '../suite-driver.js'
import { ProcessState } from './process-state.js'
import { markOf, processesWith, signalAll } from './processes.mjs'
import { Workshop } from './testing.js'

/** Answers on PORT with what GREETING says; ends at once when asked to. */
const SERVER = `
  require('node:http').createServer((_, answer) => answer.end(process.env.GREETING ?? 'hello')).listen(process.env.PORT)
  console.log('listening')
  process.on('SIGTERM', () => process.exit(0))
`
const server = (more: JsonObject = {}): JsonObject => ({
  command: [process.execPath, '-e', SERVER],
  ports: { web: 0 },
  ...more,
})

const processesOf = (token: string): number[] => processesWith(markOf(token))
const killAll = (token: string): void => {
  while (processesOf(token).length > 0) signalAll(processesOf(token), 'SIGKILL')
}

/** Polls, as the engine does, until the value is there. */
async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const value = await look()
    if (value) return value
    await sleep(20)
  }
}

let shop: Workshop
const drivers: Driver[] = []
function driver(overrides = {}): Driver {
  const one = shop.driver('Process', overrides)
  drivers.push(one)
  return one
}
beforeEach(async () => {
  shop = await Workshop.open()
})
afterEach(async () => {
  for (const { token } of drivers.splice(0)) killAll(token)
  await shop.close()
})

describe('Isotherm::Local::Process keeps the contract', async () => {
  const home = await Workshop.open()
  const tokens = async () =>
    (await readdir(home.state()).catch(() => [])).filter((name) => processesOf(name).length > 0)
  afterAll(home.close)
  const cases = providerSuite({
    type: home.type('Process'),
    wanted: server({ restart: 'always', stop_timeout_seconds: 5, secret_env: { PASSWORD: 'swordfish' } }),
    changed: { restart: 'never', stop_timeout_seconds: 2, ready: { http: '/' } },
    replaced: { env: { GREETING: 'good morning' } },
    failing: { command: 'echo no such luck; exit 3', secret_env: { PASSWORD: 'swordfish' } },
    exists: async (token) => (await tokens()).includes(token),
    count: async () => (await tokens()).length,
    vanish: async (token) => killAll(token),
    fresh: async () => ({
      call: { world: realWorld },
      dispose: async () => {
        for (const token of await tokens()) killAll(token)
        await home.empty()
      },
    }),
  })
  for (const { name, run } of cases) it(name, run)
})

describe('a process', () => {
  it('answers on the port that was chosen for it, and its log is kept', async () => {
    const { attributes } = await driver().create(server())

    expect(await (await fetch(String(attributes.url))).text()).toBe('hello')
    expect(await readFile(String(attributes.log_file), 'utf8')).toBe('listening\n')
    expect(isJsonObject(attributes.ports) && attributes.url).toBe(`http://127.0.0.1:${Object(attributes.ports).web}`)
  })

  it('holds no slot while it becomes ready', async () => {
    const answer = await driver().start(server())
    expect(isPending(answer)).toBe(true)
  })

  it('is started once when two engines create it at once with one token', async () => {
    const one = driver()
    const [first, second] = await Promise.all([one.create(server()), one.create(server(), { fence: 2 })])

    expect(second.attributes).toEqual(first.attributes)
    await until(async () => processesOf(one.token).length === 2)
  })

  it('has one supervisor however many are started for its run', async () => {
    const one = driver()
    const thing = await one.create(server())
    const state = new ProcessState(shop.state(), one.token)
    signalAll(processesOf(one.token), 'SIGKILL')
    await until(async () => processesOf(one.token).length === 0)

    await Promise.all([state.ensureSupervised(), state.ensureSupervised(), state.ensureSupervised()])

    await until(async () => (await one.read(thing))?.attributes.pid !== thing.attributes.pid)
    await until(async () => processesOf(one.token).length === 2)
    expect((await state.status())?.starts).toBe(1)
  })

  it('left by an engine that died before it could record it is found, still starting or ready', async () => {
    const one = driver()
    const find = () =>
      shop.type('Process').find?.(one.call({ fence: 2 }), completeProperties(shop.type('Process'), server()))
    await one.start(server())

    const starting = await find()
    expect(isPending(starting ?? undefined)).toBe(true)
    const made = await one.create(server(), { fence: 2 })

    expect(await find()).toEqual({ physicalId: one.token, attributes: made.attributes })
    expect(processesOf(one.token)).toHaveLength(2)
  })

  it('left by an engine that died is not found when it has failed, and nothing of it remains', async () => {
    const one = driver()
    const wanted = { command: 'exit 3' }
    await one.start(wanted)
    await until(async () => (await new ProcessState(shop.state(), one.token).status())?.state === 'exited')

    expect(await shop.type('Process').find?.(one.call(), completeProperties(shop.type('Process'), wanted))).toBeNull()

    expect(processesOf(one.token)).toEqual([])
    expect(await readdir(shop.state())).toEqual([])
  })

  it('that lost its supervisor is ended before it is started again', async () => {
    const one = driver()
    const thing = await one.create(server())
    const pid = Number(thing.attributes.pid)
    signalAll(
      processesOf(one.token).filter((other) => other !== pid),
      'SIGKILL',
    )
    await until(async () => processesOf(one.token).length === 1)

    expect(await one.read(thing)).toBeNull()
    const again = await one.create(server())

    expect(again.attributes.pid).not.toBe(pid)
    expect(processesOf(one.token)).toHaveLength(2)
    expect(processesOf(one.token)).not.toContain(pid)
  })

  it('that ends before it is ready fails with the end of its log, and is not started again', async () => {
    const one = driver()
    const creating = one.create({ command: 'echo no such luck; exit 3', restart: 'always' })

    await expect(creating).rejects.toMatchObject({
      errorClass: 'fatal',
      message: 'the process ended with exit code 3 before it was ready; the end of its log:\nno such luck',
    })
    expect(processesOf(one.token)).toEqual([])
  })

  it('whose program does not exist says so', async () => {
    await expect(driver().create({ command: ['/no/such/program'] })).rejects.toThrow(/does not start: spawn \/no\/such/)
  })

  it('that is not ready in time is ended', async () => {
    const one = driver()
    const wanted = { command: 'echo waiting; exec sleep 600', ready: { log: 'never said', timeout_seconds: 3 } }
    await expect(one.create(wanted)).rejects.toThrow(/not ready after 3 s; the end of its log:\nwaiting/)
    expect(processesOf(one.token)).toEqual([])
  })

  it('is ready when its log says so', async () => {
    const { attributes } = await driver().create({
      command: 'echo warming up; echo ready; exec sleep 600',
      ready: { log: '^ready$' },
    })
    expect(await readFile(String(attributes.log_file), 'utf8')).toBe('warming up\nready\n')
  })

  it('that dies is started again, and its new number is read', async () => {
    const one = driver()
    const thing = await one.create(server())
    signalAll([Number(thing.attributes.pid)], 'SIGKILL')

    const pid = await until(async () => {
      const live = (await one.read(thing))?.attributes.pid
      return typeof live === 'number' && live !== thing.attributes.pid && live
    })
    expect(processesOf(one.token)).toContain(pid)
    expect(await readFile(String(thing.attributes.log_file), 'utf8')).toContain(
      '[isotherm] ended by SIGKILL; starting again',
    )
  })

  it('whose restart policy was changed while it runs follows the new one', async () => {
    const one = driver()
    const thing = await one.update(await one.create(server()), server({ restart: 'never' }))
    signalAll([Number(thing.attributes.pid)], 'SIGKILL')

    await until(async () => (await one.read(thing)) === null)
    await until(async () => processesOf(one.token).length === 0)
  })

  it('that has died with its supervisor is started again, on the same port, by an update', async () => {
    const one = driver()
    const thing = await one.create(server())
    killAll(one.token)
    expect(await one.read(thing)).toBeNull()

    const again = await one.update(thing, server({ restart: 'always' }))

    expect(again.attributes.url).toBe(thing.attributes.url)
    expect(await (await fetch(String(again.attributes.url))).text()).toBe('hello')
  })

  it('is gone without a trace after its delete, with all that it has started', async () => {
    const one = driver()
    const stubborn = "trap '' TERM; (trap '' TERM; sleep 600) & while true; do sleep 600; done"
    const thing = await one.create({ command: stubborn, stop_timeout_seconds: 0.3 })

    await one.delete(thing)

    expect(processesOf(one.token)).toEqual([])
    await expect(stat(shop.state(one.token))).rejects.toThrow(/ENOENT/)
  })

  it('that nobody wants any more can be cancelled while it starts', async () => {
    const one = driver()
    const wanted = server({ ready: { log: 'never said' } })
    const operation = one.operationOf(
      'create',
      await one.start(wanted),
      completeProperties(shop.type('Process'), wanted),
    )
    if (!operation) throw new Error('expected it to be pending')

    await shop.type('Process').cancel?.(one.call(), operation)

    expect(processesOf(one.token)).toEqual([])
  })

  it('is refused while its fixed port is taken', async () => {
    const stranger = createServer().listen(0, '127.0.0.1')
    const address = await until(async () => stranger.address())
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    try {
      const creating = driver().create(server({ ports: { web: port } }))
      await expect(creating).rejects.toMatchObject({
        errorClass: 'conflict',
        message: `port ${port} (web) is in use by another process`,
      })
    } finally {
      stranger.close()
    }
  })

  it('is checked before it runs: one way to be ready, and ports that exist', () => {
    const problems = (ready: JsonObject) =>
      shop
        .type('Process')
        .validate?.({ ready, ports: { web: 0 } })
        .map((problem) => problem.message)

    expect(problems({ http: '/', log: 'x' })).toEqual(['give one of http, tcp and log, not http and log'])
    expect(problems({ tcp: 'wep' })).toEqual(['there is no port wep in ports'])
    expect(problems({ log: '(' })).toEqual(['log is not a regular expression: ('])
  })
})
