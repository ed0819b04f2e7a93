// What a command writes into a log while it follows a stack: everything that happens, once, and not a line at a time.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { type EventView, type Isotherm, type Orchestrator, open } from '../index.js'
import { Follower } from './follow.js'
import { Terminal } from './terminal.js'

afterEach(() => vi.restoreAllMocks())

function followerOf(isotherm: Orchestrator): Follower {
  const terminal = new Terminal({ json: false, color: false })
  const globals = { database: 'memory:', project: 'default', json: false, color: false }
  return new Follower(isotherm, 'web', { globals, terminal, nestedDepth: 0 }, new AbortController().signal)
}

function templateOf(count: number): string {
  const names = Array.from({ length: count }, (_, i) => `  r${i}: { type: OS::Heat::None }\n`)
  return `heat_template_version: 2018-08-31\nresources:\n${names.join('')}`
}

/** @returns what was written, write by write */
async function logOf(count: number, through: (isotherm: Isotherm) => Orchestrator): Promise<string[]> {
  const writes: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => writes.push(String(text)) > 0)
  const isotherm = await open({ database: 'memory:' })
  const run = await isotherm.up({ stack: 'web', template: templateOf(count) })
  const { stack } = await followerOf(through(isotherm)).follow(run, { untilPaused: true })
  expect(stack?.status).toBe('CREATE_COMPLETE')
  await isotherm.close()
  return writes
}

/** One method is another. */
const otherwise = <K extends keyof Isotherm>(isotherm: Isotherm, method: K, instead: Isotherm[K]): Orchestrator =>
  new Proxy(isotherm, {
    get: (target, key) => (key === method ? instead : Reflect.get(target, key).bind(target)),
  })

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
  const slowly = (isotherm: Isotherm) => otherwise(isotherm, 'watch', lagging(isotherm))
  expect(completed(await logOf(30, slowly))).toHaveLength(30)
})

test('no timer is left behind, which the process would wait for', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  await logOf(2, (isotherm) => isotherm)
  expect(timers()).toBeLessThanOrEqual(before)
})

test('what has gone is told of a small stack, though a look found fewer than there were', async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  const isotherm = await open({ database: 'memory:' })
  await (await isotherm.up({ stack: 'web', template: templateOf(2) })).settled()
  const seldomComplete = otherwise(isotherm, 'progress', async (...words) => {
    const view = await isotherm.progress(...words)
    return { ...view, complete: view.complete && view.status.endsWith('_COMPLETE') }
  })
  const follower = followerOf(seldomComplete)
  await follower.begin()
  const run = await isotherm.up({ stack: 'web', template: templateOf(1) })
  const { scene } = await follower.follow(run, { untilPaused: true })
  expect(scene.story.get('r1')).toMatchObject({ deleted: true })
  await isotherm.close()
})

const lagging = (isotherm: Isotherm) =>
  async function* (...words: Parameters<Isotherm['watch']>): AsyncGenerator<EventView> {
    for await (const event of isotherm.watch(...words)) {
      await sleep(60)
      yield event
    }
  }

test('a first look that takes long does not keep the next one waiting', { timeout: 15_000 }, async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  const isotherm = await open({ database: 'memory:' })
  const environment = { resource_registry: { resources: { r0: { hooks: 'pre-create' } } } }
  const run = await isotherm.up({ stack: 'web', template: templateOf(1), environment })
  let looks = 0
  const slowAtFirst: Isotherm['progress'] = async (...asked) => {
    const { paused, ...view } = await isotherm.progress(...asked)
    if (looks++ > 0) return { ...view, ...(paused && { paused }) }
    await sleep(1_000)
    return view
  }
  const { paused } = await followerOf(otherwise(isotherm, 'progress', slowAtFirst)).follow(run, { untilPaused: true })
  expect(paused).toMatchObject([{ resource: 'r0', hook: 'pre-create' }])
  await isotherm.close()
})
