// The keyring of one process: the data keys of a database, unwrapped with the master key that the process was given. It comes
// along with every `Sql`, so that store functions can seal what they write and open what they read.
import { type MasterKey, newDataKey } from '../lib/master-key.js'
import { type DataKey, Vault } from '../lib/vault.js'
import { type Database, DatabaseLost, DatabaseUnavailable, type Sql, type Transaction } from './database.js'

/** There are secrets to be stored or read, and no key. The message says what to do. */
export class KeyMissing extends DatabaseUnavailable {}

/** This process works on what it finds, and that is sealed with a key that came after it had started: it must not go on without. */
class KeyNeeded extends DatabaseLost {}

export const HOW_TO_GIVE_A_KEY =
  'give one with --key-file, ISOTHERM_KEY_FILE or ISOTHERM_KEY: 32 random bytes, for example from openssl rand -hex 32'
export const HOW_TO_GIVE_THE_KEY =
  'give the one that they are sealed with, by --key-file, ISOTHERM_KEY_FILE or ISOTHERM_KEY'

interface KeyRow {
  readonly id: string
  readonly wrapped: string
  readonly purpose: 'seal' | 'hash'
}

export class Keyring {
  readonly vault: Vault
  readonly #master: MasterKey

  private constructor(vault: Vault, master: MasterKey) {
    this.vault = vault
    this.#master = master
  }

  get masterId(): string {
    return this.#master.id
  }

  /** Reads the keys of a database; makes them where there are none yet. Throws DatabaseUnavailable for a wrong master key. */
  static async open(database: Database, master: MasterKey): Promise<Keyring> {
    return database.transaction(async (sql) => {
      let rows = await readKeys(sql, master.id)
      if (rows.length === 0) {
        await refuseForeignKeys(sql, database.description)
        await makeKeys(sql, master)
        rows = await readKeys(sql, master.id)
      }
      const hash = rows.find(({ purpose }) => purpose === 'hash')
      if (!hash) throw new DatabaseUnavailable(`the keys in ${database.description} are incomplete: restore a backup`)
      const keyring = new Keyring(new Vault(unwrap(master, hash)), master)
      keyring.#learn(rows)
      return keyring
    })
  }

  /**
   * The key to seal with. It stays in force until the caller's transaction ends: whoever changes keys waits for this
   * row, so that nothing can be sealed with the old key once its values are being sealed anew.
   */
  async inForce(sql: Sql): Promise<string> {
    // While keys are being changed, the first look may wait for that, and come back with nothing.
    const rows = await this.#lookForKey(sql).then((found) => (found.length > 0 ? found : this.#lookForKey(sql)))
    const [key] = rows
    if (!key) throw new (sql.needsKey ? KeyNeeded : KeyMissing)(SUPERSEDED)
    this.#learn(rows)
    return key.id
  }

  /** Learns keys that came after this process had started. */
  async refresh(sql: Sql): Promise<void> {
    const rows = await readKeys(sql, this.#master.id)
    if (sql.needsKey && rows.length === 0) throw new KeyNeeded(SUPERSEDED)
    this.#learn(rows)
  }

  /**
   * Puts a new key in force, for this master key and for `next`, unless an earlier change has not come to its end. The
   * update of the old key waits for every transaction that is sealing with it, and those that come after see the new one:
   * once this is done, nothing is ever sealed with the old key again.
   */
  async change(database: Database, next: MasterKey = this.#master): Promise<void> {
    await database.transaction(async (sql) => {
      await sql.query('lock table isotherm.keys in share row exclusive mode')
      await this.#wrapFor(sql, next)
      await refuseOtherMasters(sql, [this.#master.id, next.id])
      const unfinished = await sql.query(`select id from isotherm.keys where purpose = 'seal' and not in_force limit 1`)
      if (unfinished.length > 0) return
      await sql.query(`update isotherm.keys set in_force = false where purpose = 'seal'`)
      const key = newDataKey()
      const masters = new Map([this.#master, next].map((master) => [master.id, master]))
      for (const master of masters.values()) await insertKey(sql, master, 'seal', key)
    })
  }

  #lookForKey(sql: Sql): Promise<KeyRow[]> {
    return sql.query<KeyRow>(
      `select id, wrapped, purpose from isotherm.keys
       where master = $1 and purpose = 'seal' and in_force for share`,
      [this.#master.id],
    )
  }

  /** Every key that this process knows, wrapped with another master key. */
  async #wrapFor(sql: Sql, other: MasterKey): Promise<void> {
    for (const row of await readKeys(sql, this.#master.id)) {
      await sql.query(
        `insert into isotherm.keys (id, master, wrapped, purpose, in_force)
         select id, $2, $3, purpose, in_force from isotherm.keys where id = $1 and master = $4 on conflict do nothing`,
        [row.id, other.id, other.wrap(row.id, unwrap(this.#master, row)), this.#master.id],
      )
    }
  }

  #learn(rows: readonly KeyRow[]): void {
    for (const row of rows) {
      if (row.purpose !== 'seal' || this.vault.knows(row.id)) continue
      this.vault.learn({ id: row.id, bytes: unwrap(this.#master, row) })
    }
  }
}

const SUPERSEDED = `the key that this process was given is in force no more, others know secrets by a newer one: ${HOW_TO_GIVE_THE_KEY}`

/** What is kept of the hashes of secrets; undefined where there is no key. */
export function secretHash({ keyring }: Sql): ((plainHash: string) => string) | undefined {
  return keyring && ((plainHash) => keyring.vault.hash(plainHash))
}

/** A secret that is the same whenever it is derived for the same purpose; undefined where there is no key. */
export const deriveSecret = ({ keyring }: Sql, purpose: readonly string[]): string | undefined =>
  keyring?.vault.derive(purpose)

function unwrap(master: MasterKey, { id, wrapped }: KeyRow): Uint8Array {
  try {
    return master.unwrap(id, wrapped)
  } catch (error) {
    throw new DatabaseUnavailable(`the key ${id} in the database was changed, and cannot be used: restore a backup`, {
      cause: error,
    })
  }
}

async function readKeys(sql: Sql, master: string): Promise<KeyRow[]> {
  return sql.query(`select id, wrapped, purpose from isotherm.keys where master = $1 order by created_at`, [master])
}

/** What is sealed was met without any key. Where there is one, it came after this process had started, or it would not have. */
export async function refuseLaterKeys(sql: Sql): Promise<void> {
  if (sql.needsKey && (await hasKeys(sql)))
    throw new KeyNeeded(
      `the database holds secrets by now, and this process was started without a key: ${HOW_TO_GIVE_THE_KEY}`,
    )
}

const hasKeys = async (sql: Sql): Promise<boolean> =>
  (await sql.query(`select id from isotherm.keys limit 1`)).length > 0

/** A process without the right key would take sealed values for data: it is told so before it does anything. */
export async function refuseForeignKeys(sql: Sql, description: string): Promise<void> {
  if (await hasKeys(sql)) {
    throw new DatabaseUnavailable(
      `the database ${description} holds secrets that are sealed with another key than this process was given, if any: give that one with --key-file, ISOTHERM_KEY_FILE or ISOTHERM_KEY`,
    )
  }
}

/** Two processes that start at once: the table's lock lets one make keys, the other then finds them. */
async function makeKeys(sql: Sql, master: MasterKey): Promise<void> {
  await sql.query('lock table isotherm.keys in share row exclusive mode')
  await refuseOtherMasters(sql, [master.id])
  if ((await readKeys(sql, master.id)).length > 0) return
  await insertKey(sql, master, 'hash', newDataKey())
  await insertKey(sql, master, 'seal', newDataKey())
}

async function refuseOtherMasters(sql: Sql, masters: readonly string[]): Promise<void> {
  const others = await sql.query(`select id from isotherm.keys where master <> all($1::text[]) limit 1`, [masters])
  if (others.length > 0) {
    throw new DatabaseUnavailable(
      'the database knows another key still: once no process uses that one, isotherm rekey --forget-other-keys',
    )
  }
}

async function insertKey(sql: Sql, master: MasterKey, purpose: KeyRow['purpose'], { id, bytes }: DataKey) {
  await sql.query(`insert into isotherm.keys (id, master, wrapped, purpose, in_force) values ($1, $2, $3, $4, true)`, [
    id,
    master.id,
    master.wrap(id, bytes),
    purpose,
  ])
}

/** The same database, with the keyring in every hand, or the lack of one. */
export function withKeys(database: Database, keys: Pick<Sql, 'keyring' | 'needsKey'>): Database {
  const carrying = (sql: Transaction): Transaction => ({
    ...keys,
    query: (text, values) => sql.query(text, values),
    script: (text) => sql.script(text),
    copy: sql.copy.bind(sql),
  })
  return {
    ...carrying(database),
    description: database.description,
    transaction: (work) => database.transaction((sql) => work(carrying(sql))),
    close: () => database.close(),
    ...(database.untended && { untended: true }),
    ...(database.ask && { ask: database.ask.bind(database) }),
    ...(database.listen && { listen: database.listen.bind(database) }),
  }
}
