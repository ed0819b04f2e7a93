// Unlocking: a database that has been opened gets the keyring with which its secrets are sealed and opened.
import { resolve } from 'node:path'
import { MasterKey, newDataKey } from '../lib/master-key.js'
import type { Database } from './database.js'
import { findKey, type KeySource } from './key-file.js'
import { Keyring, refuseForeignKeys, withKeys } from './keyring.js'
import { isShared } from './open.js'

export interface UnlockOptions extends KeySource {
  /** Where the database is, as it was named; undefined when it was handed in open. */
  readonly where: string | undefined
  /** Whether the process works on what it finds: without the right key it must not, while looking is free. */
  readonly works: boolean
}

/**
 * The same database with its keyring; what lives in memory needs a key no longer than its process. Without a key it is given back as it is, and whatever is secret will be refused.
 * Throws DatabaseUnavailable for a wrong key, and for none where there are secrets to work on.
 */
export async function unlock(database: Database, { where, works, ...source }: UnlockOptions): Promise<Database> {
  const master = where === 'memory:' ? new MasterKey(newDataKey().bytes) : await findKey(source, directoryOf(where))
  if (!master && works) await refuseForeignKeys(database, database.description)
  const keys = master && { keyring: await Keyring.open(database, master) }
  return withKeys(database, { ...keys, needsKey: works })
}

const directoryOf = (where: string | undefined): string | undefined =>
  where === undefined || isShared(where) ? undefined : resolve(where)
