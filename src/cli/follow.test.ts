// What a command writes into a log while it follows a stack: everything that happens, once, and not a line at a time.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { type EventView, type Isotherm, type Orchestrator, open } from '../index.js'
import { Follower } from './follow.js'
import { Terminal } from './terminal.js'

afterEach(() => vi.restoreAllMocks())

/** @returns what was written, write by write */
async function logOf(count: number, through: (isotherm: Isotherm) => Orchestrator): Promise<string[]> {
  const writes: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => writes.push(String(text)) > 0)
  const isotherm = await open({ database: 'memory:' })
  const terminal = new Terminal({ json: false, color: false })
  const globals = { database: 'memory:', project: 'default', json: false, color: false }
  const session = { globals, terminal, nestedDepth: 0 }
  const follower = new Follower(through(isotherm), 'web', session, new AbortController().signal)
  const names = Array.from({ length: count }, (_, i) => `  r${i}: { type: OS::Heat::None }\n`)
  const template = `heat_template_version: 2018-08-31\nresources:\n${names.join('')}`
  const { stack } = await follower.follow(await isotherm.up({ stack: 'web', template }), { untilPaused: true })
  expect(stack?.status).toBe('CREATE_COMPLETE')
  await isotherm.close()
  return writes
}

const completed = (writes: readonly string[]) =>
  [...writes.join('').matchAll(/ (r\d+) +CREATE_COMPLETE /g)].map(([, name]) => name)

test('of a large stack every event is told once, many of them in a write', async () => {
  const writes = await logOf(2_000, (isotherm) => isotherm)
  const told = completed(writes)
  expect(told).toHaveLength(2_000)
  expect(new Set(told).size).toBe(2_000)
  expect(writes.length).toBeLessThan(1_000)
})

test('what had happened by the end is told, however slowly it is heard of', async () => {
  const slowly = (isotherm: Isotherm) =>
    new Proxy(isotherm, {
      get: (target, key) => (key === 'watch' ? lagging(target) : Reflect.get(target, key).bind(target)),
    })
  expect(completed(await logOf(30, slowly))).toHaveLength(30)
})

const lagging = (isotherm: Isotherm) =>
  async function* (...words: Parameters<Isotherm['watch']>): AsyncGenerator<EventView> {
    for await (const event of isotherm.watch(...words)) {
      await sleep(60)
      yield event
    }
  }
