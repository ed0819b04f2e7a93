// The embedded home: PostgreSQL in WebAssembly. One connection, so transactions take turns.
import { setImmediate as nextRound } from 'node:timers/promises'
import { PGlite, types } from '@electric-sql/pglite'
import { type Database, retried, type Transaction } from './database.js'

/** @param directory where the data lies; undefined keeps it in memory. */
export async function openPglite(directory: string | undefined): Promise<Database> {
  const pglite = await PGlite.create({
    ...(directory === undefined ? {} : { dataDir: directory }),
    parsers: { [types.INT8]: Number },
  })
  return new PgliteDatabase(pglite, directory ?? 'memory')
}

/** For so long one answer may follow the other before timers and sockets are seen to. */
const BREATH_MS = 10

class PgliteDatabase implements Database {
  readonly #pglite: PGlite
  #breathedMs = performance.now()
  /** The end of the queue of transactions: whoever wants the connection waits for it. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    pglite: PGlite,
    readonly description: string,
  ) {
    this.#pglite = pglite
  }

  query<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#inTurn(async () => (await this.#pglite.query<R>(text, [...values])).rows)
  }

  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    return retried(() => this.#inTurn(() => this.#transact(work)))
  }

  script(text: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#pglite.exec(text)
    })
  }

  copy(statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
    return this.#inTurn(() => copy(this.#pglite, statement, chunks))
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#pglite.close())
  }

  async #transact<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    const pglite = this.#pglite
    const sql: Transaction = {
      query: async <R extends object>(text: string, values: readonly unknown[] = []) =>
        (await pglite.query<R>(text, [...values])).rows,
      script: async (text) => {
        await pglite.exec(text)
      },
      copy: (statement, chunks) => copy(pglite, statement, chunks),
    }
    await pglite.exec('begin')
    try {
      const result = await work(sql)
      await pglite.exec('commit')
      return result
    } catch (error) {
      await pglite.exec('rollback')
      throw error
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    const breathe = () => this.#breathe()
    this.#turn = result.then(breathe, breathe)
    return result
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
