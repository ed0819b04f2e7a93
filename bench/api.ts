// `npm run bench:api`: what a server with many stacks answers to many connections, how it carries many watchers, and whether its
// memory grows. The load comes from a process of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres } from '../scripts/postgres.js'
import { People } from '../src/api/identity/people.js'
import { type Client, connect } from '../src/client.js'
import { serve } from '../src/server/serve.js'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'
import type { LoadOptions, LoadResult } from './api-load.js'
import { serverUsage } from './server-usage.js'

const USAGE = `npm run bench:api -- [options]

  --stacks N        in the database, default 10000
  --connections N   at once, default 200
  --watchers N      on one stack, default 1000
  --seconds N       of each load, default 10
  --rate N          requests a second of all connections together, default 0: as many as are answered
  --minutes N       of mixed load under which memory is looked at, default 0
  --database WHERE  postgres://…; default: a PostgreSQL of its own
  --auth HOW        none or password, default password: with tokens, and each project confined in the database
`

const { values } = parseArgs({
  options: {
    stacks: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '200' },
    watchers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '0' },
    database: { type: 'string' },
    auth: { type: 'string', default: 'password' },
    help: { type: 'boolean', default: false },
  },
})
const numbers = { stacks: 0, connections: 0, watchers: 0, seconds: 0, rate: 0, minutes: 0 }
for (const name of ['stacks', 'connections', 'watchers', 'seconds', 'rate', 'minutes'] as const) {
  numbers[name] = Number(values[name])
  if (!(numbers[name] >= 0)) throw new Error(`--${name} ${values[name]} is no number`)
}
const { stacks, connections, watchers, seconds, rate, minutes } = numbers

const TEMPLATE = {
  heat_template_version: '2018-08-31',
  parameters: { size: { type: 'number', default: 1 } },
  resources: { a: { type: 'OS::Heat::None' } },
  outputs: { size: { value: { get_param: 'size' } } },
}

interface Bench {
  readonly url: string
  readonly database: Database
  readonly project: string
  readonly token: string | undefined
  readonly client: Client
}

async function main(): Promise<void> {
  const postgres = values.database === undefined ? await startPostgres({ durable: false }) : undefined
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const database = await openDatabase(values.database ?? postgres?.url ?? '')
  const server = await serve({
    database,
    key: '5e'.repeat(32),
    host: '127.0.0.1',
    port: 0,
    auth: values.auth === 'none' ? 'none' : 'password',
    revision: 'bench',
    log: silent,
    limits: { connectionsMax: connections + watchers + 100 },
    quotas: { stacksMax: stacks + 10 },
  })
  try {
    await measure(await enter(server.url, database))
  } finally {
    await server.close()
    await postgres?.stop()
  }
}

async function enter(url: string, database: Database): Promise<Bench> {
  if (values.auth === 'none') {
    const client = connect({ url })
    return { url, database, project: 'default', token: undefined, client }
  }
  const people = new People(database)
  const { uid } = await people.createProject('bench')
  await people.createUser({ name: 'bench', password: 'only for this', project: 'bench', role: 'member' })
  const { secret: token } = await people.createToken('bench', 'bench', 86_400)
  return { url, database, project: uid, token, client: connect({ url, token }) }
}

async function measure(bench: Bench): Promise<void> {
  await fill(bench)
  const { url, project, token } = bench
  const base = `/v1/${project}/stacks`
  const some = await someStacks(bench)
  const loads = {
    'list, the first page of 20': [`${base}?limit=20`],
    'list, any page of 20': some.map(({ id }) => `${base}?limit=20&marker=${id}`),
    'show, any stack': some.map(({ name, id }) => `${base}/${name}/${id}`),
  }
  const asked = { url, token, connections, rate }
  // What is compiled while it runs is not what is measured.
  await load({ ...asked, paths: Object.values(loads).flat(), seconds: 2 })
  for (const [name, paths] of Object.entries(loads)) {
    const before = await used(bench)
    const result = await load({ ...asked, paths, seconds })
    told(name, result, difference(await used(bench), before))
  }
  if (watchers > 0) await watched(bench)
  await overTime({ ...asked, paths: Object.values(loads).flat(), seconds: 15 })
}

/** In no order, so that neighbours in time are not neighbours in the tables. */
const someStacks = ({ database }: Bench): Promise<{ name: string; id: string }[]> =>
  database.query(`select name, uid as id from isotherm.stacks order by random() limit 1000`)

interface Used {
  readonly server: number
  readonly database: number
}

/** Processor time, in seconds: on a busy machine it says more than the clock. */
async function used({ database }: Bench): Promise<Used> {
  const { user, system } = process.cpuUsage()
  return { server: (user + system) / 1e6, database: (await serverUsage(database)).cpuSeconds }
}

const difference = (one: Used, other: Used): Used => ({
  server: one.server - other.server,
  database: one.database - other.database,
})

/** One stack is made by the server, the others are copied from it in the database: it is lists that are measured here. */
async function fill({ client, database }: Bench): Promise<void> {
  await (await client.up({ stack: 's0', template: TEMPLATE })).settled()
  await database.query(
    `with source as (select * from isotherm.stacks where name = 's0'), made as (
       insert into isotherm.stacks (uid, project_id, name, action, status, reason, traversal, template_traversal, complete_traversal,
         created_at, updated_at, made_by)
       select gen_random_uuid(), project_id, 's' || n, action, status, reason, traversal, template_traversal, complete_traversal,
         created_at + make_interval(secs => n), updated_at, made_by
       from source, generate_series(1, $1::int - 1) n returning id)
     insert into isotherm.templates (stack_id, traversal, description, document, parameters, environment, files, outputs)
     select made.id, t.traversal, t.description, t.document, t.parameters, t.environment, t.files, t.outputs
     from made, source s join isotherm.templates t on t.stack_id = s.id`,
    [stacks],
  )
  await database.query('analyze isotherm.stacks, isotherm.templates')
}

function told(name: string, result: LoadResult, { server, database }: Used): void {
  const { requests, failures, p50, p99, max, elapsedSeconds } = result
  const each = (cpuSeconds: number) => `${Math.round((cpuSeconds / requests) * 1e6)} µs`
  console.log(
    `${name}: ${connections} connections, ${Math.round(requests / elapsedSeconds)} requests/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, worst ${max.toFixed(0)} ms, ${failures} failed; processor time per request: server ${each(server)}, database ${each(database)}; load average ${loadavg()[0]?.toFixed(1)}`,
  )
}

/** From the moment of a command until all who watch have heard of its end. */
async function watched({ client, url, token }: Bench): Promise<void> {
  const over = new AbortController()
  const { id } = await client.stack('s0')
  const after = await client.lastEvent('s0')
  const ends: number[] = []
  let listening = 0
  let begun = 0
  const each = async () => {
    const one = connect({ url, ...(token !== undefined && { token }) })
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
async function overTime(asked: LoadOptions): Promise<void> {
  const end = performance.now() + minutes * 60_000
  let total = 0
  while (performance.now() < end) {
    const { requests, failures } = await load(asked)
    total += requests
    globalThis.gc?.()
    console.log(`${total} requests, ${failures} of the last failed; ${megabytes()}`)
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
