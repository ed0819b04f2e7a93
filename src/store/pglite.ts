// The embedded home: PostgreSQL in WebAssembly. One connection, so transactions take turns.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextRound } from 'node:timers/promises'
import { PGlite, type PGliteOptions, types } from '@electric-sql/pglite'
import { type Database, DatabaseLost, retried, type Transaction } from './database.js'
import { DURABLE, DurableFiles } from './durable-files.js'
import { adviceOn } from './explain.js'
import { PgliteSession } from './pglite-session.js'

/** @param directory where the data lies, or will lie. */
export async function openPglite(directory: string): Promise<Database> {
  const files = new DurableFiles(directory)
  try {
    // It would keep two servers apart, which the owner's lock has done (owner-lock.ts). Where the disk was full it is left without a word in
    // it, and PostgreSQL would never start here again.
    await rm(join(directory, 'postmaster.pid'), { force: true })
    return await create({ fs: files, startParams: [...DURABLE, ...LOG_SIZES] }, directory, files)
  } catch (error) {
    throw files.trouble ? lost(directory, files.trouble) : error
  }
}

/** A database in memory. @param archive what it begins as; without one it is made anew, which takes seconds */
export const openPgliteInMemory = (archive: Buffer | undefined): Promise<Database> =>
  create(archive === undefined ? {} : { loadDataDir: new Blob([new Uint8Array(archive)]) }, 'memory')

/** The data directory of a new database, as an archive in the tar format, after `work` was done on it. */
export async function packedPglite(work: (database: Database) => Promise<void>): Promise<Buffer> {
  const pglite = await PGlite.create(PARSERS)
  try {
    await work(await PgliteDatabase.over(pglite, 'memory'))
    return Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer())
  } finally {
    await pglite.close()
  }
}

const PARSERS: PGliteOptions = { parsers: { [types.INT8]: Number } }
/** The log of a database on disk: by default it grows to a gigabyte before what it holds is written where it belongs. */
const LOG_SIZES = ['-c', 'max_wal_size=48MB', '-c', 'min_wal_size=32MB']

const create = async (options: PGliteOptions, description: string, files?: DurableFiles): Promise<Database> =>
  PgliteDatabase.over(await PGlite.create({ ...PARSERS, ...options }), description, files)

function lost(directory: string, trouble: Error): DatabaseLost {
  const code = 'code' in trouble ? String(trouble.code) : ''
  const advice = adviceOn(code) ?? 'the disk does not do what it is asked'
  const message = `the database ${directory}: ${advice} (${trouble.message}); what was begun is gone on with where it stopped`
  return new DatabaseLost(message, { cause: trouble })
}

/** For so long one answer may follow the other before timers and sockets are seen to. */
const BREATH_MS = 10

class PgliteDatabase implements Database {
  readonly #pglite: PGlite
  readonly #session: PgliteSession
  #breathedMs = performance.now()
  /** The end of the queue of transactions: whoever wants the connection waits for it. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    pglite: PGlite,
    session: PgliteSession,
    readonly description: string,
    readonly files: DurableFiles | undefined,
  ) {
    this.#pglite = pglite
    this.#session = session
  }

  static async over(pglite: PGlite, description: string, files?: DurableFiles): Promise<PgliteDatabase> {
    return new PgliteDatabase(pglite, await PgliteSession.begin(pglite), description, files)
  }

  query<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#inTurn(() => this.#session.query<R>(text, values))
  }

  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    return retried(() => this.#inTurn(() => this.#transact(work)))
  }

  script(text: string): Promise<void> {
    return this.#inTurn(() => this.#session.script(text))
  }

  copy(statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
    return this.#inTurn(() => copy(this.#pglite, statement, chunks))
  }

  async close(): Promise<void> {
    await this.#turn
    // Nothing is lost by leaving it as it is: the next one that opens it mends what is open.
    if (!this.files?.trouble) await this.#inTurn(() => this.#pglite.close())
  }

  async #transact<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    const session = this.#session
    const sql: Transaction = {
      query: (text, values = []) => session.query(text, values, true),
      script: (text) => session.script(text),
      copy: (statement, chunks) => copy(this.#pglite, statement, chunks),
    }
    await session.script('begin')
    try {
      const result = await work(sql)
      await session.script('commit')
      return result
    } catch (error) {
      if (!this.files?.trouble) await session.script('rollback')
      throw error
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => this.#lively(work))
    const breathe = () => this.#breathe()
    this.#turn = result.then(breathe, breathe)
    return result
  }

  async #lively<T>(work: () => Promise<T>): Promise<T> {
    if (this.files?.trouble) throw lost(this.description, this.files.trouble)
    try {
      return await work()
    } catch (error) {
      throw this.files?.trouble ? lost(this.description, this.files.trouble) : error
    }
  }

  /**
   * An answer comes without waiting for anything outside, so the process never looks at its timers while somebody asks again and again:
   * a program that waits for an engine in a loop would keep that engine from ever waking.
   */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathedMs < BREATH_MS) return
    await nextRound()
    this.#breathedMs = performance.now()
  }
}

/** What is loaded lies in the memory that this process and the database share, so it is handed over piece by piece. */
const BLOB_BYTES = 4_000_000

async function copy(pglite: PGlite, statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const text = statement.replace(/\bfrom stdin\b/, `from '/dev/blob'`)
  let parts: Uint8Array[] = []
  let bytes = 0
  const load = async () => {
    if (bytes > 0) await pglite.query(text, [], { blob: new Blob(parts.map((part) => new Uint8Array(part))) })
    parts = []
    bytes = 0
  }
  for (const chunk of chunks) {
    parts.push(chunk)
    bytes += chunk.length
    if (bytes >= BLOB_BYTES) await load()
  }
  await load()
}
