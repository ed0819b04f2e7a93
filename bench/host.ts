// Where the measuring happens: the embedded database with its engine in this process, or a PostgreSQL with engines as
// processes of their own.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../scripts/postgres.js'
import { type Isotherm, open } from '../src/index.js'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'
import { costliest, counting } from './counting-database.js'
import { benchTypes } from './thing.js'
import { type Usage, usageOf } from './usage.js'

export interface Host {
  readonly isotherm: Isotherm
  readonly database: Database
  readonly description: string
  commander(): Usage
  engines(): Promise<Usage[]>
  /** Of this process: where the time of the statements went. */
  costliest(): string[]
  close(): Promise<void>
}

export interface HostOptions {
  /** `memory:`, `embedded` (a temporary directory), a URL, or undefined: a PostgreSQL of our own, as safe as in production. */
  readonly database: string | undefined
  readonly engines: number
  readonly slots: number
  /** Each engine process says in the end where the time of its statements went. */
  readonly statements: boolean
}

export async function openHost(options: HostOptions): Promise<Host> {
  if (options.database === 'memory:') return openEmbedded('memory:', options.slots, async () => undefined)
  if (options.database === 'embedded') {
    const directory = await mkdtemp(join(tmpdir(), 'isotherm-bench-'))
    return openEmbedded(directory, options.slots, () => rm(directory, { recursive: true, force: true }))
  }
  if (options.database !== undefined) return openShared(options.database, options, async () => undefined)
  const postgres = await startPostgres({ durable: true, settings: SETTINGS })
  return openShared(postgres.url, options, () => postgres.stop())
}

/** As examples/deploy starts engines. */
const YOUNG_GENERATION = ['--max-semi-space-size=128']

/** What anybody would set on a server of this size; durability is left as it comes. */
export const SETTINGS = { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '15min' }

async function openEmbedded(where: string, slots: number, cleanUp: () => Promise<void>): Promise<Host> {
  const database = counting(await openDatabase(where))
  const isotherm = await open({ database, types: benchTypes, slots })
  return {
    isotherm,
    database,
    description: where === 'memory:' ? 'embedded, in memory' : 'embedded, in a directory',
    commander: () => usageOf(database),
    engines: async () => [],
    costliest: () => costliest(database.uses.values()),
    close: async () => {
      await isotherm.close()
      await cleanUp()
    },
  }
}

async function openShared(url: string, options: HostOptions, cleanUp: () => Promise<void>): Promise<Host> {
  const database = counting(await openDatabase(url))
  const isotherm = await open({ database, types: benchTypes, engines: 0 })
  const children: ChildProcess[] = []
  for (let nth = 0; nth < options.engines; nth++) {
    const program = join(import.meta.dirname, 'engine-process.js')
    const given = [url, `${options.slots}`, ...(options.statements ? ['statements'] : [])]
    const child = fork(program, given, { execArgv: YOUNG_GENERATION })
    children.push(child)
    await once(child, 'message')
  }
  return {
    isotherm,
    database,
    description: `PostgreSQL, ${options.engines} engine process${options.engines === 1 ? '' : 'es'}`,
    commander: () => usageOf(database),
    engines: () => Promise.all(children.map(ask)),
    costliest: () => costliest(database.uses.values()),
    close: async () => {
      const ended = children.map((child) => once(child, 'exit'))
      for (const child of children) child.disconnect()
      await Promise.all(ended)
      await isotherm.close()
      await cleanUp()
    },
  }
}

async function ask(child: ChildProcess): Promise<Usage> {
  const answer = once(child, 'message')
  child.send('usage')
  const [usage] = (await answer) as [Usage]
  return usage
}
