// `npm run bench:api`: what a server with many stacks answers to many connections, how it carries many watchers, and whether its
// memory grows. The load comes from a process of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres } from '../scripts/postgres.js'
import { type Client, connect } from '../src/client.js'
import { type Server, serve } from '../src/server/serve.js'
import type { LoadOptions, LoadResult } from './api-load.js'

const USAGE = `npm run bench:api -- [options]

  --stacks N        in the database, default 10000
  --connections N   at once, default 200
  --watchers N      on one stack, default 1000
  --seconds N       of each load, default 10
  --minutes N       of mixed load under which memory is looked at, default 0
  --database WHERE  postgres://… or memory:; default: a PostgreSQL of its own
`

const { values } = parseArgs({
  options: {
    stacks: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '200' },
    watchers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '0' },
    database: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const numbers = { stacks: 0, connections: 0, watchers: 0, seconds: 0, minutes: 0 }
for (const name of ['stacks', 'connections', 'watchers', 'seconds', 'minutes'] as const) {
  numbers[name] = Number(values[name])
  if (!(numbers[name] >= 0)) throw new Error(`--${name} ${values[name]} is no number`)
}
const { stacks, connections, watchers, seconds, minutes } = numbers

const TEMPLATE = {
  heat_template_version: '2018-08-31',
  parameters: { size: { type: 'number', default: 1 } },
  resources: { a: { type: 'OS::Heat::None' } },
  outputs: { size: { value: { get_param: 'size' } } },
}

async function main(): Promise<void> {
  const postgres = values.database === undefined ? await startPostgres({ durable: false }) : undefined
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const server = await serve({
    database: values.database ?? postgres?.url ?? 'memory:',
    key: '5e'.repeat(32),
    host: '127.0.0.1',
    port: 0,
    auth: 'none',
    revision: 'bench',
    log: silent,
    limits: { connectionsMax: connections + watchers + 100 },
    quotas: { stacksMax: stacks + 10 },
  })
  try {
    await measure(server)
  } finally {
    await server.close()
    await postgres?.stop()
  }
}

async function measure({ url }: Server): Promise<void> {
  const client = connect({ url })
  await fill(client)
  const detail = await client.stack('s0')
  const base = `/v1/default/stacks`
  const loads = { 'list, a page of 20': `${base}?limit=20`, show: `${base}/s0/${detail.id}` }
  for (const [name, path] of Object.entries(loads)) told(name, await load({ url, paths: [path], connections, seconds }))
  if (watchers > 0) await watched(client, url)
  await overTime(url, Object.values(loads))
}

async function fill(client: Client): Promise<void> {
  const begun = performance.now()
  let next = 0
  const lanes = Array.from({ length: 20 }, async () => {
    while (next < Math.max(1, stacks)) await (await client.up({ stack: `s${next++}`, template: TEMPLATE })).settled()
  })
  await Promise.all(lanes)
  console.log(`${stacks} stacks made in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
}

const told = (name: string, { requests, failures, p50, p99, max, elapsedSeconds }: LoadResult) =>
  console.log(
    `${name}: ${connections} connections, ${Math.round(requests / elapsedSeconds)} requests/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, worst ${max.toFixed(0)} ms, ${failures} failed`,
  )

/** From the moment of a command until all who watch have heard of its end. */
async function watched(client: Client, url: string): Promise<void> {
  const over = new AbortController()
  const { id } = await client.stack('s0')
  const after = await client.lastEvent('s0')
  const ends: number[] = []
  let listening = 0
  let begun = 0
  const each = async () => {
    const one = connect({ url })
    const response = one.watch({ id }, { signal: over.signal, ...(after !== undefined && { after }) })
    listening++
    for await (const { resource, status } of response) {
      if (resource === undefined && status === 'UPDATE_COMPLETE') ends.push(performance.now() - begun)
      if (ends.length === watchers) over.abort()
    }
  }
  const all = Array.from({ length: watchers }, each)
  begun = performance.now()
  await client.up({ stack: 's0', template: TEMPLATE, parameters: { size: 2 } })
  await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, 60_000))])
  over.abort()
  await Promise.allSettled(all)
  const sorted = ends.sort((one, other) => one - other)
  console.log(
    `watch: ${sorted.length} of ${listening} watchers heard the end of an update, the last after ${(sorted.at(-1) ?? 0).toFixed(0)} ms; ${megabytes()}`,
  )
}

/** A leak shows as memory that is more after each round. */
async function overTime(url: string, paths: readonly string[]): Promise<void> {
  const end = performance.now() + minutes * 60_000
  while (performance.now() < end) {
    const { requests } = await load({ url, paths, connections, seconds: 15 })
    globalThis.gc?.()
    console.log(`${requests} requests; ${megabytes()}`)
  }
}

function megabytes(): string {
  const { rss, heapUsed } = process.memoryUsage()
  return `server's memory ${Math.round(rss / 1e6)} MB, of it heap ${Math.round(heapUsed / 1e6)} MB`
}

async function load(options: LoadOptions): Promise<LoadResult> {
  const child = fork(fileURLToPath(new URL('api-load.js', import.meta.url)))
  child.send(options)
  const [result]: LoadResult[] = await once(child, 'message')
  if (!result) throw new Error('the load said nothing')
  return result
}

if (values.help) console.log(USAGE)
else await main()
