// Trouble of the database itself, told so that a person knows what to do. Everything else passes unchanged.
import { type Database, DatabaseLost, DatabaseUnavailable, type Transaction } from './database.js'

/** By SQLSTATE, or its class of two characters, or the system's error code. */
const ADVICE: { readonly [code: string]: string } = {
  '53100': 'the disk is full: make room, then run the command again',
  '53200': 'the database is out of memory',
  '53300': 'the database has no connection left: raise max_connections or use a pooler',
  '53': 'the database lacks resources',
  '58030': 'the database could not read or write its files: look at the disk and at the permissions of its folder',
  '57P01': 'the database was shut down',
  '57P02': 'the database crashed and is starting again',
  '57P03': 'the database is starting up or shutting down',
  '25006': 'the database is a standby that can only be read: name the primary',
  '08': 'the connection to the database broke',
  XX001: 'the data is damaged: restore a backup',
  ENOSPC: 'the disk is full: make room, then run the command again',
  EDQUOT: 'no more of the disk may be used: make room, or have the quota raised, then run the command again',
  EROFS: 'the disk can only be read: mount it to be written to, then run the command again',
  EIO: 'the disk fails: look what the system says of it (dmesg), and have a copy of the folder before you go on',
  EACCES: 'the database may not write to its folder: look who owns the files there',
  ECONNREFUSED: 'the database does not answer',
  ECONNRESET: 'the connection to the database broke',
  EPIPE: 'the connection to the database broke',
  ETIMEDOUT: 'the database does not answer',
}

/**
 * The same database, whose own troubles come as DatabaseUnavailable. What was under way was not committed.
 * @param lose is told when this process cannot go on with it
 */
export function explaining(database: Database, lose: (error: DatabaseLost) => void = () => undefined): Database {
  let closed: Promise<void> | undefined
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new DatabaseUnavailable(`the database ${database.description} has been closed by this program`)
    try {
      return await work()
    } catch (error) {
      if (error instanceof DatabaseLost) lose(error)
      throw explained(error, database.description)
    }
  }
  const ask = database.ask?.bind(database)
  return {
    description: database.description,
    query: (text, values) => told(() => database.query(text, values)),
    // The work runs on the bare transaction: whether it is to be retried is seen by the original error.
    transaction: <T>(work: (sql: Transaction) => Promise<T>) => told(() => database.transaction(work)),
    script: (text) => told(() => database.script(text)),
    copy: (statement, chunks) => told(() => database.copy(statement, chunks)),
    close: () => (closed ??= database.close()),
    ...(database.untended && { untended: true }),
    ...(ask && { ask: (settings, text, values) => told(() => ask(settings, text, values)) }),
    ...(database.listen && { listen: database.listen.bind(database) }),
  }
}

function explained(error: unknown, description: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error
  const advice = adviceOn(error.code)
  if (advice === undefined) return error
  return new DatabaseUnavailable(`the database ${description}: ${advice} (${error.message})`, { cause: error })
}

/** What to do about an error with this code; undefined where that is for others to say. */
export const adviceOn = (code: string): string | undefined =>
  ADVICE[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? ADVICE[code.slice(0, 2)] : undefined)
