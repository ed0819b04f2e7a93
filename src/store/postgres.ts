// The shared home: PostgreSQL through a pool of connections.
import pg from 'pg'
import { type Database, DatabaseUnavailable, retried, type Transaction } from './database.js'

const INT8 = 20
const INT8_ARRAY = 1016

/** Ids and counts fit a JavaScript number; the driver's default would give them as text. */
const parsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return Number
    if (oid === INT8_ARRAY) return (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number))
    return pg.types.getTypeParser(oid, format)
  },
} as pg.CustomTypesConfig

export async function openPostgres(url: string, connectionsMax = 10): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: connectionsMax, types: parsers, application_name: 'isotherm' })
  // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => undefined)
  const description = describe(url)
  try {
    await pool.query('select 1')
  } catch (error) {
    await pool.end()
    const cause = error instanceof Error ? error.message || String(error) : String(error)
    throw new DatabaseUnavailable(
      `cannot reach the database ${description}: ${cause}; is it running, and may you log in?`,
    )
  }
  return new PostgresDatabase(pool, description)
}

function describe(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `postgres://${hostname}${port && `:${port}`}${pathname}`
  } catch {
    return 'postgres'
  }
}

class PostgresDatabase implements Database {
  readonly #pool: pg.Pool

  constructor(
    pool: pg.Pool,
    readonly description: string,
  ) {
    this.#pool = pool
  }

  async query<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.#pool.query<R & pg.QueryResultRow>(text, [...values])).rows
  }

  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    return retried(() => this.#transact(work))
  }

  async script(text: string): Promise<void> {
    await this.#pool.query(text)
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #transact<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    const sql: Transaction = {
      query: async <R extends object>(text: string, values: readonly unknown[] = []) =>
        (await client.query<R & pg.QueryResultRow>(text, [...values])).rows,
      script: async (text) => {
        await client.query(text)
      },
    }
    try {
      await client.query('begin')
      const result = await work(sql)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure
      })
      throw error
    } finally {
      client.release(broken)
    }
  }
}
