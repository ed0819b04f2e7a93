// What nesting costs: the same resources in one stack, and in nested stacks of ten, created and deleted in one process.
// `node dist/bench/nested.js [stacks] [database]`; processor seconds are those of this process, database included when embedded.
import { open } from '../src/index.js'
import { Thing } from './thing.js'

const PER_STACK = 10
const [count = 1_000, where = 'memory:'] = [Number(process.argv[2] ?? 1_000), process.argv[3]]

const header = 'heat_template_version: 2021-04-16\n'
const thing = (number: number) => `  t${number}: { type: ${Thing.name} }\n`
const leaf = `${header}resources:\n${Array.from({ length: PER_STACK }, (_, i) => thing(i)).join('')}`
const flat = `${header}resources:\n${Array.from({ length: count * PER_STACK }, (_, i) => thing(i)).join('')}`
const nested = `${header}resources:\n${Array.from({ length: count }, (_, i) => `  n${i}: { type: leaf.yaml }\n`).join('')}`

type Costs = Map<string, number>

async function measure(costs: Costs, what: string, work: () => Promise<unknown>): Promise<void> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - wall) / 1000
  costs.set(what, (user + system) / 1e6)
  console.log(`${what.padEnd(28)} ${seconds.toFixed(1)} s, processor ${((user + system) / 1e6).toFixed(1)} s`)
}

/** Each in a database of its own where that is embedded: what the other left behind is not to be paid for. */
async function costsOf(stack: string, template: string): Promise<Costs> {
  const costs: Costs = new Map()
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
  return costs
}

await costsOf('first', leaf)
const one = await costsOf('flat', flat)
const many = await costsOf('nested', nested)
for (const what of ['  create', '  delete']) {
  const ratio = (many.get(what) ?? 0) / (one.get(what) ?? 1)
  console.log(`${what.trim()}: ${count} nested stacks cost ${ratio.toFixed(2)} times what one stack costs`)
}
