// One SQL dialect, two homes. Everything above the store sees only these interfaces.
import { Unavailable } from '../lib/trouble.js'
import type { World } from '../lib/world.js'
import type { Keyring } from './keyring.js'
import { keyed } from './prepared.js'

export type Row = Record<string, unknown>

/** Something that statements can be sent to: a transaction, or a database that makes each statement one of its own. */
export interface Sql {
  /** Arrays are passed as arrays, JSON as text that the statement casts. */
  query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<R[]>
  /** What secrets are sealed and opened with. Without one, whatever is secret is refused. */
  readonly keyring?: Keyring
  /** This process works on what it finds. Where that is sealed with a key that it was not given, it must not go on (KeyNeeded). */
  readonly needsKey?: boolean
}

/**
 * Makes the rest of a transaction look rows up by their keys, whatever the statistics say. A home whose sessions last prepares
 * the `keyed` statements that follow it.
 */
export const PREFER_KEYS = keyed(
  `select set_config(name, value, true) from (values ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'),
     ('enable_seqscan', 'off'), ('plan_cache_mode', 'force_generic_plan')) as setting(name, value)`,
)

/** A transaction: what changes many rows at once does it here. */
export interface Transaction extends Sql {
  /** Runs a text of several statements without values. */
  script(text: string): Promise<void>
  /**
   * Loads rows, several times as fast as by inserting them.
   * @param statement `copy … from stdin`, in the text format
   * @param chunks whole lines each, in UTF-8; they are asked for only as fast as the database takes them
   */
  copy(statement: string, chunks: Iterable<Uint8Array>): Promise<void>
}

export interface Database extends Transaction {
  /** Runs `work` in one transaction (read committed), again as a whole when the database asks for it. */
  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T>
  /**
   * One statement in a transaction of its own that begins with `settings` (`set local …`), sent all at once: a round trip instead
   * of four. When a setting fails, the statement does not run. For questions: it is not tried again. Absent where nothing is gained.
   */
  ask?<R extends object = Row>(settings: string, text: string, values?: readonly unknown[]): Promise<R[]>
  close(): Promise<void>
  /** For messages: where the data lies, without secrets. */
  readonly description: string
  /** Nothing tidies up in it by itself, and whoever has it open is alone with it. */
  readonly untended?: boolean
  /** Hears what other processes announce, until it is closed. Absent where all engines are in this process. */
  listen?(world: World, heard: (announcement: Announcement) => void): Listening
}

/** `command`: a command was given. `work`: an engine has found more than it can do. */
export interface Announcement {
  readonly kind: 'command' | 'work'
  /** Who announces it. */
  readonly by: string
}

export interface Listening {
  /** Announcements are known to arrive; while they do not, whoever waits for them must look. */
  readonly alive: boolean
  close(): Promise<void>
}

/** The database cannot be used; nothing was changed. The message says which one, why, and what to do. */
export class DatabaseUnavailable extends Unavailable {
  override readonly name: string = 'DatabaseUnavailable'
}

/** This process cannot go on with the database, and nothing is gained by waiting: another process goes on where it stopped. */
export class DatabaseLost extends DatabaseUnavailable {
  override readonly name: string = 'DatabaseLost'
}

/** The connection broke while a transaction was being committed: whether it was is to be looked for, never guessed. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown'
}

const DEADLOCK = '40P01'
const SERIALIZATION_FAILURE = '40001'
const ATTEMPTS_MAX = 10

const mayRetry = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === DEADLOCK || error.code === SERIALIZATION_FAILURE)

/** The one place where a transaction is tried again: deadlocks and serialization failures, a bounded number of times. */
export async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!mayRetry(error) || attempt === ATTEMPTS_MAX) throw error
    }
  }
}
