// The shared home: PostgreSQL through a pool of connections, which outlives the loss of any of them, a restart of the
// server, and a failover to another one.
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import {
  CommitUnknown,
  type Database,
  DatabaseUnavailable,
  type Listening,
  PREFER_KEYS,
  retried,
  type Transaction,
} from './database.js'
import { type Hosts, hostsOf, Rotation } from './hosts.js'
import { Listener } from './listen.js'
import { isLost, isReadOnly, lostOr, ReadOnlyServer } from './lost.js'
import { arrayText, isKeyed, isUnprepared, preparedName } from './prepared.js'
import { Watchdog } from './watchdog.js'

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

const CONNECT_SECONDS = 5
const PREPARED_MAX = 100

/**
 * A process that stands still in a transaction holds locks that others wait for, so the server ends it. Set with each
 * transaction, not with the connection: a pooler between here and there may give every transaction another one.
 */
const BEGIN = `begin; set local idle_in_transaction_session_timeout = '60s'; set local statement_timeout = '10min'`

export async function openPostgres(url: string, connectionsMax = 10): Promise<Database> {
  const hosts = hostsOf(url)
  const database = new PostgresDatabase(hosts, connectionsMax)
  try {
    await database.query('select 1')
    return database
  } catch (error) {
    await database.close()
    const cause = error instanceof Error ? error.message || String(error) : String(error)
    throw new DatabaseUnavailable(`cannot reach the database ${hosts.description}: ${cause}; ${wayTo(cause)}`, {
      cause: error,
    })
  }
}

/** By what servers, poolers and Node say; a pooler has no codes of its own. */
function wayTo(cause: string): string {
  const [, way] = WAYS.find(([said]) => said.test(cause)) ?? []
  return way ?? 'is it running, and may you log in?'
}

const WAYS: readonly (readonly [RegExp, string])[] = [
  [/authentication failed/, 'are the user and the password right?'],
  [/database .* does not exist|no such database/, 'createdb makes it'],
  [/does not support SSL/, 'leave sslmode out of its address, or have the server use SSL'],
  [/certificate/, 'sslmode=verify-full&sslrootcert=ca.pem in its address names the certificate that signed its own'],
]

class PostgresDatabase implements Database {
  readonly description: string
  readonly #pool: pg.Pool
  /** Connections on which statements follow each other without waiting; opened when the first is needed. */
  #swift: pg.Pool | undefined
  readonly #asked = new Set<string>()
  readonly #rotation: Rotation
  readonly #writable: boolean
  readonly #watchdog: Watchdog
  readonly #listeners = new Set<Listener>()
  /** A pooler may give every transaction another session, and not know what was prepared in the last one. */
  #prepares = true

  constructor(
    { urls, writable, description }: Hosts,
    readonly connectionsMax: number,
  ) {
    this.description = description
    this.#rotation = new Rotation(urls)
    this.#writable = writable
    this.#watchdog = new Watchdog((server) => this.#answers(server))
    this.#pool = this.#makePool()
  }

  #makePool(pipeline = false): pg.Pool {
    const pool = new pg.Pool({
      Client: clientOf(() => this.#rotation.take(), pipeline),
      max: this.connectionsMax,
      onConnect: (client) => this.#check(client),
    })
    // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
    pool.on('error', () => undefined)
    return pool
  }

  query<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#with(async (client) => (await client.query<R & pg.QueryResultRow>(text, encoded(values))).rows)
  }

  async ask<R extends object>(settings: string, text: string, values: readonly unknown[] = []): Promise<R[]> {
    this.#swift ??= this.#makePool(true)
    const asked = (prepares: boolean) =>
      this.#with((client) => askAtOnce<R & pg.QueryResultRow>(client, settings, text, values, prepares), this.#swift)
    const prepares = this.#prepares && this.#isOneOfFew(text)
    try {
      return await asked(prepares)
    } catch (error) {
      if (!prepares || !isUnprepared(error)) throw error
      this.#prepares = false
      return asked(false)
    }
  }

  /** Lists have as many texts as there are filters: those that came first are worth being remembered by the server. */
  #isOneOfFew(text: string): boolean {
    if (this.#asked.size < PREPARED_MAX) this.#asked.add(text)
    return this.#asked.has(text)
  }

  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    return retried(async () => {
      try {
        return await this.#with((client) => transact(client, work, this.#prepares))
      } catch (error) {
        if (!this.#prepares || !isUnprepared(error)) throw error
        this.#prepares = false
        return this.#with((client) => transact(client, work, false))
      }
    })
  }

  script(text: string): Promise<void> {
    return this.#with(async (client) => {
      await client.query(text)
    })
  }

  copy(statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
    return this.#with((client) => load(client, statement, chunks))
  }

  listen: NonNullable<Database['listen']> = (world, heard): Listening => {
    const listener = new Listener({ connect: () => this.#connectAlone(), sql: this, world, heard })
    this.#listeners.add(listener)
    return listener
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
    this.#watchdog.close()
    await Promise.all([this.#pool.end(), this.#swift?.end()])
  }

  /** A connection for as long as the work takes. One that broke, or can only be read from, is not used again. */
  async #with<T>(work: (client: pg.ClientBase) => Promise<T>, pool = this.#pool): Promise<T> {
    const client = await this.#connect(pool)
    const server = serverOf(client)
    let broken: Error | undefined
    const breaks = (error: Error) => {
      broken = error
    }
    client.on('error', breaks)
    const watched = this.#watchdog.watch(server, () => end(client))
    try {
      return await work(client)
    } catch (error) {
      if (isLost(error) || isReadOnly(error)) {
        broken ??= error instanceof Error ? error : undefined
        this.#rotation.failed()
      }
      throw lostOr(error)
    } finally {
      watched.over()
      client.off('error', breaks)
      client.release(broken)
    }
  }

  /** Each server gets two tries, for others may be trying theirs at the same time. */
  async #connect(pool: pg.Pool): Promise<pg.PoolClient> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await pool.connect()
      } catch (error) {
        this.#rotation.failed()
        if (attempt >= this.#rotation.urls.length * 2 - 1) throw lostOr(error)
      }
    }
  }

  /** A connection outside of the pool. */
  async #connectAlone(): Promise<pg.Client> {
    const client = new (clientOf(() => this.#rotation.take()))()
    client.on('error', () => undefined)
    try {
      await client.connect()
      await this.#check(client)
      return client
    } catch (error) {
      this.#rotation.failed()
      end(client)
      throw error
    }
  }

  async #check(client: pg.ClientBase): Promise<void> {
    const server = serverOf(client)
    if (this.#writable && (await readsOnly(client))) {
      throw new ReadOnlyServer(this.description)
    }
    this.#rotation.succeeded(server)
  }

  async #answers(server: string): Promise<boolean> {
    const client = new (clientOf(() => server))()
    client.on('error', () => undefined)
    try {
      await client.connect()
      return true
    } catch (error) {
      // A refusal is an answer too, for example when there is no connection left.
      if (error instanceof Error && 'severity' in error) return true
      this.#rotation.failed()
      return false
    } finally {
      end(client)
    }
  }
}

/** The driver's client, for whichever server is to be tried now. */
function clientOf(take: () => string, pipeline = false) {
  return class extends pg.Client {
    readonly server: string
    constructor() {
      const server = take()
      super({
        connectionString: server,
        types: parsers,
        application_name: 'isotherm',
        pipeline,
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
        connectionTimeoutMillis: CONNECT_SECONDS * 1000,
      })
      this.server = server
    }
  }
}

const serverOf = (client: pg.ClientBase): string =>
  'server' in client && typeof client.server === 'string' ? client.server : ''

async function readsOnly(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ readOnly: boolean }>(
    `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "readOnly"`,
  )
  return rows[0]?.readOnly ?? true
}

/** Ends a connection that may be waiting for an answer: that wait fails at once. */
function end(client: pg.ClientBase): void {
  if ('end' in client && typeof client.end === 'function') client.end(() => undefined)
}

function load(client: pg.ClientBase, statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
  return pipeline(Readable.from(chunks), client.query(copyFrom(statement)))
}

const encoded = (values: readonly unknown[]): unknown[] =>
  values.map((value) => (Array.isArray(value) ? arrayText(value) : value))

/** After a setting that failed the transaction is aborted, so that the statement behind it is refused. */
async function askAtOnce<R extends pg.QueryResultRow>(
  client: pg.ClientBase,
  settings: string,
  text: string,
  values: readonly unknown[],
  prepares: boolean,
): Promise<R[]> {
  const send = corked(client)
  const statement = { text, values: encoded(values), ...(prepares && { name: preparedName(text) }) }
  const sent = [client.query(`${BEGIN}; ${settings}`), client.query<R>(statement), client.query('commit')] as const
  send()
  const [begun, answered, ended] = await Promise.allSettled(sent)
  for (const outcome of [begun, answered, ended]) if (outcome.status === 'rejected') throw outcome.reason
  return answered.status === 'fulfilled' ? answered.value.rows : []
}

/** What is written from here on leaves together. @returns what lets it go. */
function corked(client: pg.ClientBase): () => void {
  const { stream }: { stream?: unknown } = 'connection' in client ? Object(client.connection) : {}
  if (!(stream instanceof Socket)) return () => undefined
  stream.cork()
  return () => stream.uncork()
}

async function transact<T>(
  client: pg.ClientBase,
  work: (sql: Transaction) => Promise<T>,
  prepares: boolean,
): Promise<T> {
  let mayPrepare = false
  const sql: Transaction = {
    query: async <R extends object>(text: string, values: readonly unknown[] = []) => {
      mayPrepare ||= prepares && text === PREFER_KEYS
      const named = mayPrepare && isKeyed(text)
      const statement = { text, values: encoded(values), ...(named && { name: preparedName(text) }) }
      return (await client.query<R & pg.QueryResultRow>(statement)).rows
    },
    script: async (text) => {
      await client.query(text)
    },
    copy: (statement, chunks) => load(client, statement, chunks),
  }
  let committing = false
  try {
    await client.query(BEGIN)
    const result = await work(sql)
    committing = true
    await client.query('commit')
    return result
  } catch (error) {
    if (!isLost(error)) await client.query('rollback').catch(() => end(client))
    if (committing && isLost(error)) throw new CommitUnknown('the connection broke during a commit', { cause: error })
    throw error
  }
}
