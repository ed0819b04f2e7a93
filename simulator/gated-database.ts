// The real database behind gates: every statement, `begin` and `commit` of an actor waits for its turn, so that the driver
// can stop the actor, or break its connection, between any two of them. There is one connection, as in the embedded home.
import { CommitUnknown, type Database, retried, type Sql, type Transaction } from '../src/store/database.js'
import { givePoison, type Poison, takePoison, tellWho } from './poison.js'
import type { Actor, GateKind, Passage, Scheduler } from './scheduler.js'

/** Changes statements on their way through: how the simulator's own sharpness is tested (see mutations.ts). */
export type Rewrite = (text: string) => string

/** Told what each actor is answered: it may be all that it knows and has not written yet. */
export type Hearing = (actor: Actor, statement: string, rows: readonly object[]) => void

/** What an actor is told when its connection breaks. */
export class ConnectionLost extends Error {
  readonly code = '08006'
  constructor(where: string) {
    super(`connection lost at ${where} (simulated)`)
  }
}

/** What the database asks for when a transaction is to be tried again. */
class SerializationFailure extends Error {
  readonly code = '40001'
}

const EPOCH = Date.UTC(2030, 0, 1)

/** The one connection that all actors share. */
export class Connection {
  #clock: number | undefined
  /** Who asked last, as far as the database has been told. */
  #asking: Actor['kind'] | undefined
  #poison: Poison | undefined

  constructor(
    readonly database: Database,
    readonly scheduler: Scheduler,
    readonly rewrite: Rewrite,
    readonly onCommit: (actor: Actor) => Promise<void>,
    readonly onAnswer: Hearing = () => undefined,
  ) {}

  /** From now on the database refuses what engines write about this stack. No transaction may be open. */
  async poison(poison: Poison): Promise<void> {
    await this.mend()
    this.#poison = poison
    await this.scheduler.during(givePoison(this.database, poison))
  }

  async mend(): Promise<void> {
    if (!this.#poison) return
    this.#poison = undefined
    await this.scheduler.during(takePoison(this.database))
  }

  async run<R extends object>(actor: Actor, text: string, values: readonly unknown[]): Promise<R[]> {
    return this.scheduler.during(this.#runNow<R>(actor, text, values))
  }

  async #runNow<R extends object>(actor: Actor, text: string, values: readonly unknown[]): Promise<R[]> {
    if (this.#poison && this.#asking !== actor.kind) {
      await tellWho(this.database, actor)
      this.#asking = actor.kind
    }
    const { now } = this.scheduler
    if (this.#clock !== now) {
      await this.database.query(`select set_config('isotherm.now', $1, false)`, [
        new Date(EPOCH + now * 1000).toISOString(),
      ])
      this.#clock = now
    }
    return this.database.query<R>(this.rewrite(text), values)
  }

  async load(statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
    return this.scheduler.during(this.database.copy(this.rewrite(statement), chunks))
  }

  async control(text: 'begin' | 'commit' | 'rollback'): Promise<void> {
    if (text === 'rollback') {
      this.#clock = undefined
      this.#asking = undefined
    }
    await this.scheduler.during(this.database.script(text))
  }

  /** Takes the connection from a transaction whose actor is gone or stands still. */
  async breakTransaction(transaction: object): Promise<void> {
    if (!this.scheduler.isHeld(transaction)) return
    await this.control('rollback')
    this.scheduler.holder = undefined
  }
}

const never = new Promise<never>(() => undefined)

export class GatedDatabase implements Database {
  readonly description = 'simulated'
  /** The transaction that is open, for whoever kills the actor. */
  open: object | undefined

  constructor(
    readonly connection: Connection,
    readonly actor: Actor,
  ) {}

  async query<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    const label = nameOf(text)
    const passage = await this.#gate('statement', label, undefined, text)
    if (passage === 'refused') throw new ConnectionLost(label)
    const rows = await this.connection.run<R>(this.actor, text, values)
    this.connection.onAnswer(this.actor, text, rows)
    if (!/^\s*select/.test(text)) await this.connection.scheduler.during(this.connection.onCommit(this.actor))
    return this.#told(passage, label, rows)
  }

  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    return retried(() => this.#transact(work))
  }

  async script(text: string): Promise<void> {
    await this.query(text)
  }

  async copy(statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
    await this.transaction((sql) => sql.copy(statement, chunks))
  }

  async close(): Promise<void> {}

  async #transact<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    const { connection } = this
    const { scheduler } = connection
    if ((await this.#gate('begin', 'begin')) === 'refused') throw new ConnectionLost('begin')
    const transaction = {}
    scheduler.holder = transaction
    this.open = transaction
    await connection.control('begin')
    try {
      const result = await work(this.#inside(transaction))
      const passage = await this.#gate('commit', 'commit', transaction)
      if (!scheduler.isHeld(transaction)) throw new ConnectionLost('commit')
      if (passage === 'refused') throw new SerializationFailure('could not serialize access (simulated)')
      await connection.control('commit')
      this.#release(transaction)
      await scheduler.during(connection.onCommit(this.actor))
      return await this.#told(passage, 'commit', result)
    } catch (error) {
      await connection.breakTransaction(transaction)
      this.#release(transaction)
      throw error
    }
  }

  #inside(transaction: object): Transaction {
    const pass = async (text: string) => {
      const label = nameOf(text)
      const passage = await this.#gate('inside', label, transaction)
      if (!this.connection.scheduler.isHeld(transaction)) throw new ConnectionLost(label)
      if (passage === 'refused') throw new ConnectionLost(label)
    }
    const query: Sql['query'] = async <R extends object>(text: string, values: readonly unknown[] = []) => {
      await pass(text)
      const rows = await this.connection.run<R>(this.actor, text, values)
      this.connection.onAnswer(this.actor, text, rows)
      return rows
    }
    const copy: Transaction['copy'] = async (statement, chunks) => {
      await pass(statement)
      return this.connection.load(statement, chunks)
    }
    return { query, script: async (text) => void (await query(text)), copy }
  }

  #release(transaction: object): void {
    const { scheduler } = this.connection
    if (scheduler.isHeld(transaction)) scheduler.holder = undefined
    if (this.open === transaction) this.open = undefined
  }

  #gate(kind: GateKind, label: string, transaction?: object, text = ''): Promise<Passage> {
    return this.connection.scheduler.gate(this.actor, { kind, label, text, ...(transaction && { transaction }) })
  }

  #told<T>(passage: Passage, label: string, value: T): Promise<T> {
    if (passage === 'die') return never
    if (passage === 'lost' && label === 'commit')
      return Promise.reject(new CommitUnknown('the answer to commit is lost (simulated)'))
    if (passage === 'lost') return Promise.reject(new ConnectionLost(`the answer to ${label}`))
    return Promise.resolve(value)
  }
}

const names = new Map<string, string>()

/** A statement in a few words, for the story. */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known) return known
  const words = text.replace(/\s+/g, ' ').trim()
  const verb = /^(with .*?\) )?(select|insert into|update|delete from|copy)\b/.exec(words)?.[2] ?? 'statement'
  const target = /(?:insert into|update|delete from|from|copy) isotherm\.(\w+)/.exec(words)?.[1] ?? words.slice(0, 24)
  const name = `${verb} ${target}`
  names.set(text, name)
  return name
}
