// `npm run bench:peers`: the fastest PostgreSQL job queue for Node beside us, in one run, on servers set up alike. It knows no
// dependencies, attributes, events or updates: it hands out jobs and notes that they are done. It is fetched when it is
// wanted, into a folder that goes away again.
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres } from '../scripts/postgres.js'
import { connect } from '../src/store/open.js'
import { createShape } from './create.js'
import { openHost, SETTINGS } from './host.js'
import type { ShapeName } from './shapes.js'

const PEER = 'graphile-worker@0.18.0'

interface Migrations {
  runMigrations(options: { readonly connectionString: string }): Promise<void>
}

async function peerSeconds(entry: string, jobs: number, processes: number): Promise<number> {
  const postgres = await startPostgres({ durable: true, settings: SETTINGS })
  const database = await connect(postgres.url)
  const workers: ChildProcess[] = []
  try {
    const { runMigrations }: Migrations = await import(pathToFileURL(entry).href)
    await runMigrations({ connectionString: postgres.url })
    await database.query(
      `select count(graphile_worker.add_job('nothing', json_build_object('nth', nth))) from generate_series(1, $1::int) nth`,
      [jobs],
    )
    const program = join(import.meta.dirname, 'peer-process.js')
    const begun = performance.now()
    for (let nth = 0; nth < processes; nth++) workers.push(fork(program, [entry, postgres.url], { stdio: 'inherit' }))
    for (;;) {
      const left = await database.query('select from graphile_worker._private_jobs limit 1')
      if (left.length === 0) return (performance.now() - begun) / 1000
      if (workers.some(({ exitCode }) => exitCode !== null)) throw new Error('a worker has ended before its time')
      await sleep(20)
    }
  } finally {
    const living = workers.filter(({ exitCode }) => exitCode === null)
    const ended = living.map((worker) => once(worker, 'exit'))
    for (const worker of living) worker.disconnect()
    await Promise.all(ended)
    await database.close()
    await postgres.stop()
  }
}

async function ourSeconds(shape: ShapeName, resources: number, engines: number): Promise<number> {
  const host = await openHost({ database: undefined, engines, slots: 500, statements: false })
  try {
    return await createShape(host, 'ours', shape, resources)
  } finally {
    await host.close()
  }
}

async function installed(directory: string): Promise<string> {
  execFileSync('npm', ['install', '--prefix', directory, '--no-save', '--no-audit', '--no-fund', PEER], {
    stdio: 'pipe',
  })
  return join(directory, 'node_modules', 'graphile-worker', 'dist', 'index.js')
}

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '50000' }, processes: { type: 'string', default: '2' } },
})
const [jobs, processes] = [Number(values.jobs), Number(values.processes)]
const directory = await mkdtemp(join(tmpdir(), 'isotherm-peers-'))
try {
  const entry = await installed(directory)
  const tell = (what: string, seconds: number) =>
    console.log(`${what.padEnd(60)} ${seconds.toFixed(2).padStart(7)} s ${(jobs / seconds).toFixed(0).padStart(7)}/s`)
  console.log(`${jobs} pieces of work that do nothing, ${processes} processes, a durable PostgreSQL each`)
  tell(`${PEER}: jobs that wait in the queue already`, await peerSeconds(entry, jobs, processes))
  tell('isotherm: independent resources, from the call to the end', await ourSeconds('independent', jobs, processes))
  tell('isotherm: layered, 3 dependencies each, attributes read', await ourSeconds('layered', jobs, processes))
} finally {
  await rm(directory, { recursive: true, force: true })
}
