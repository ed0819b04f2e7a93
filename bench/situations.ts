// Situations that the figure of one quiet stack does not show: others beside it, calls that take long, calls that pend, many
// stacks, a node on which everything hangs. What is compared is measured in one run, so that a busy machine troubles both.
import { setTimeout as sleep } from 'node:timers/promises'
import { createAll, createShape } from './create.js'
import { type Host, type HostOptions, openHost } from './host.js'
import { serverUsage } from './server-usage.js'
import { definitions } from './shapes.js'
import { Parked, Slow } from './thing.js'

export interface Verdict {
  readonly said: string
  readonly met: boolean
}

export interface SituationOptions extends Omit<HostOptions, 'statements'> {
  /** Default: as many as the figure is stated for. */
  readonly resources: number | undefined
}

type Situation = (options: SituationOptions) => Promise<Verdict>

/** A small stack is begun while a great one converges. */
const fairness: Situation = (options) =>
  within(options, async (host) => {
    const count = options.resources ?? 100_000
    await host.isotherm.up({ stack: 'great', template: { resources: definitions('layered', count, () => 0) } })
    const times: number[] = []
    for (let nth = 0; nth < 10; nth++) times.push(await createShape(host, `small-${nth}`, 'layered', 10))
    const { status } = await host.isotherm.stack('great')
    if (status !== 'CREATE_IN_PROGRESS') throw new Error(`the great stack was ${status} first: ask for more resources`)
    const worst = Math.max(...times)
    const said = `ten stacks of 10, one after another, while ${count} converge: the slowest took ${seconds(worst)} of 2 s`
    return { said, met: worst < 2 }
  })

const OBSERVED_SECONDS = 60

/** Operations that pend for minutes. */
const parked: Situation = (options) =>
  within(options, async (host) => {
    const count = options.resources ?? 10_000
    await host.isotherm.up({ stack: 'parked', template: { resources: copies(count, Parked.name) } })
    while ((await pendingCount(host)) < count) await sleep(500)
    const before = await processorSeconds(host)
    await sleep(OBSERVED_SECONDS * 1000)
    const share = ((await processorSeconds(host)) - before) / OBSERVED_SECONDS
    const beside = await createShape(host, 'beside', 'layered', 10)
    const cost = `${(share * 100).toFixed(2)} % of a core of 1 %`
    const said = `${count} pending operations: ${cost} in ${OBSERVED_SECONDS} s, database included; a stack of 10 beside them: ${seconds(beside)}`
    return { said, met: share < 0.01 && beside < 2 }
  })

/** Actions of 20 ms on few slots: what a second engine brings. */
const slowActions: Situation = async (options) => {
  const count = options.resources ?? 4_000
  const time = (engines: number) =>
    within({ ...options, engines }, (host) => createAll(host, 'slow', copies(count, Slow.name)))
  const [one, two] = [await time(1), await time(2)]
  const ratio = one / two
  const said = `${count} actions of 20 ms, ${options.slots} slots each: one engine ${seconds(one)}, two ${seconds(two)}: ${ratio.toFixed(2)} times as fast, of 1.5`
  return { said, met: ratio >= 1.5 }
}

const STACKS = 100

/** The same number of resources in many stacks and in one. */
const manyStacks: Situation = (options) =>
  within(options, async (host) => {
    const count = options.resources ?? 10_000
    await createShape(host, 'warm', 'layered', 1_000)
    const one = await createShape(host, 'one', 'layered', count)
    const begun = performance.now()
    const each = Math.ceil(count / STACKS)
    await Promise.all(Array.from({ length: STACKS }, (_, nth) => createShape(host, `of-many-${nth}`, 'layered', each)))
    const many = (performance.now() - begun) / 1000
    const share = one / many
    const said = `one stack of ${count}: ${seconds(one)}; ${STACKS} of ${each} at once: ${seconds(many)}: ${(share * 100).toFixed(0)} % of the throughput, of 90 %`
    return { said, met: share >= 0.9 }
  })

/** One node that everything requires, and one that requires everything, beside ten layers. */
const fans: Situation = (options) =>
  within(options, async (host) => {
    const count = options.resources ?? 100_000
    const layered = await createShape(host, 'layered', 'layered', count)
    const fanIn = (await createShape(host, 'fan-in', 'fan-in', count)) / layered
    const fanOut = (await createShape(host, 'fan-out', 'fan-out', count)) / layered
    const said = `${count}: layered ${seconds(layered)}, fan-in ${fanIn.toFixed(2)} times that, fan-out ${fanOut.toFixed(2)} times, of 2`
    return { said, met: Math.max(fanIn, fanOut) <= 2 }
  })

/** Ten thousand and a million, as layers. */
const growth: Situation = (options) =>
  within(options, async (host) => {
    const [few, many] = [10_000, options.resources ?? 1_000_000]
    await createShape(host, 'warm', 'layered', 1_000)
    const small = (await createShape(host, 'small', 'layered', few)) / few
    const large = (await createShape(host, 'large', 'layered', many)) / many
    const ratio = large / small
    const said = `a resource of ${few}: ${micros(small)}; of ${many}: ${micros(large)}: ${ratio.toFixed(2)} times, of 1.3`
    return { said, met: ratio <= 1.3 }
  })

export const situations: { readonly [name: string]: Situation } = {
  fairness,
  parked,
  'slow-actions': slowActions,
  'many-stacks': manyStacks,
  fans,
  growth,
}

async function within<T>(options: Omit<HostOptions, 'statements'>, work: (host: Host) => Promise<T>): Promise<T> {
  const host = await openHost({ ...options, statements: false })
  try {
    return await work(host)
  } finally {
    await host.close()
  }
}

async function* copies(count: number, type: string): AsyncGenerator<readonly [string, object]> {
  for (let index = 0; index < count; index++) yield [`r${index}`, { type }]
}

async function pendingCount({ database }: Host): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*)::int as count from isotherm.resources where state = 'parked'`,
  )
  return row?.count ?? 0
}

/** Of the engines and of the server. */
async function processorSeconds(host: Host): Promise<number> {
  const engines = await host.engines()
  const { cpuSeconds } = await serverUsage(host.database)
  return engines.reduce((sum, usage) => sum + usage.cpuSeconds, Number.isNaN(cpuSeconds) ? 0 : cpuSeconds)
}

const seconds = (value: number) => `${value.toFixed(2)} s`
const micros = (value: number) => `${(value * 1e6).toFixed(0)} µs`
