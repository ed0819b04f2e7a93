// What nesting costs: the same resources in one stack, and in nested stacks of ten, created and deleted in one process.
// `node dist/bench/nested.js [stacks] [database] [rounds]`, where `postgres` is a server of its own; processor seconds are those of
// this process and, where it runs on this machine, of the server. Of several rounds the least counts: more is what others took.

import { startPostgres } from '../scripts/postgres.js'
import { open } from '../src/index.js'
import { openDatabase } from '../src/store/open.js'
import { serverUsage } from './server-usage.js'
import { Thing } from './thing.js'

const PER_STACK = 10
const [stacks, place = 'memory:', times] = process.argv.slice(2)
const count = Number(stacks ?? 1_000)
const rounds = Number(times ?? 1)
const server = place === 'postgres' ? await startPostgres() : undefined
const where = server?.url ?? place
const watcher = where === 'memory:' ? undefined : await openDatabase(where)

const header = 'heat_template_version: 2021-04-16\n'
const thing = (number: number) => `  t${number}: { type: ${Thing.name} }\n`
const leaf = `${header}resources:\n${Array.from({ length: PER_STACK }, (_, i) => thing(i)).join('')}`
const flat = `${header}resources:\n${Array.from({ length: count * PER_STACK }, (_, i) => thing(i)).join('')}`
const nested = `${header}resources:\n${Array.from({ length: count }, (_, i) => `  n${i}: { type: leaf.yaml }\n`).join('')}`

type Costs = Map<string, number>

async function processorSeconds(): Promise<number> {
  const { user, system } = process.cpuUsage()
  const theirs = watcher ? (await serverUsage(watcher)).cpuSeconds : 0
  return (user + system) / 1e6 + (Number.isNaN(theirs) ? 0 : theirs)
}

async function measure(costs: Costs, what: string, work: () => Promise<unknown>): Promise<void> {
  const [before, begun] = [await processorSeconds(), performance.now()]
  await work()
  const seconds = (performance.now() - begun) / 1000
  const used = (await processorSeconds()) - before
  costs.set(what, Math.min(used, costs.get(what) ?? used))
  console.log(`${what.padEnd(28)} ${seconds.toFixed(1)} s, processor ${used.toFixed(1)} s`)
}

/** Each in a database of its own where that is embedded: what the other left behind is not to be paid for. */
async function addCosts(costs: Costs, stack: string, template: string): Promise<void> {
  const isotherm = await open({ database: where, types: [Thing] })
  const files = { 'leaf.yaml': leaf }
  const up = () => isotherm.up({ stack, template, files })
  console.log(`${stack}:`)
  await measure(costs, '  warm up', async () => (await isotherm.up({ stack: 'warm', template: leaf })).settled())
  await measure(costs, '  create', async () => {
    const { status, reason } = await (await up()).settled()
    if (status !== 'CREATE_COMPLETE') throw new Error(`${status}: ${reason}`)
  })
  await measure(costs, '  up without change', async () => (await up()).settled())
  await measure(costs, '  delete', async () => (await isotherm.down(stack)).settled())
  await isotherm.close()
}

const [one, many]: [Costs, Costs] = [new Map(), new Map()]
await addCosts(new Map(), 'first', leaf)
for (let round = 0; round < rounds; round++) {
  await addCosts(one, 'flat', flat)
  await addCosts(many, 'nested', nested)
}
await watcher?.close()
await server?.stop()
for (const what of ['  create', '  delete']) {
  const ratio = (many.get(what) ?? 0) / (one.get(what) ?? 1)
  console.log(`${what.trim()}: ${count} nested stacks cost ${ratio.toFixed(2)} times what one stack costs`)
}
