// Where the data lives: `memory:`, a directory for the embedded database, or a `postgres://` URL.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { begin, preparedBeginning } from './beginning.js'
import { type Database, DatabaseLost, DatabaseUnavailable } from './database.js'
import { syncPath } from './durable-files.js'
import { forgetEngines } from './engines.js'
import { explaining } from './explain.js'
import { migrate } from './migrate.js'
import { type OwnerLock, takeOwnership } from './owner-lock.js'
import { openPglite, openPgliteInMemory } from './pglite.js'
import { openPostgres } from './postgres.js'

export const DEFAULT_DATABASE = './.isotherm/'

/** Opens a database and brings it to the present schema. */
export async function openDatabase(where: string = DEFAULT_DATABASE): Promise<Database> {
  const database = await connect(where)
  try {
    await migrate(explaining(database))
    // Whoever owned the directory before is no more, and with them their engines: nobody has to wait for their silence.
    if (!isShared(where)) await forgetEngines(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

export const isShared = (where: string): boolean => /^postgres(ql)?:\/\//.test(where)

/** Opens a database as it is, whatever its schema. */
export async function connect(where: string): Promise<Database> {
  if (where === 'memory:') return openPgliteInMemory(await preparedBeginning())
  if (isShared(where)) return openPostgres(where)
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(where)) {
    throw new DatabaseUnavailable(
      `${where.split('://')[0]}:// is not a kind of database: use postgres://…, a directory, or memory:`,
    )
  }
  return openDirectory(resolve(where))
}

/** One process at a time owns a directory: the embedded database has no other protection from a second one. */
async function openDirectory(directory: string): Promise<Database> {
  const lock = await prepare(directory)
  try {
    const data = join(directory, 'data')
    if (!existsSync(data)) {
      await begin(data)
      await syncPath(dirname(directory))
    }
    const database = await openPglite(data)
    return {
      description: directory,
      untended: true,
      query: (text, values) => database.query(text, values),
      transaction: (work) => database.transaction(work),
      script: (text) => database.script(text),
      copy: (statement, chunks) => database.copy(statement, chunks),
      close: async () => {
        await database.close()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    if (error instanceof DatabaseLost) throw error
    throw new DatabaseUnavailable(
      `the database in ${directory} cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

async function prepare(directory: string): Promise<OwnerLock> {
  try {
    await mkdir(directory, { recursive: true })
    return await takeOwnership(directory)
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error
    throw new DatabaseUnavailable(
      `cannot write to ${directory}: ${error instanceof Error ? error.message : String(error)}; choose another place with --database`,
      { cause: error },
    )
  }
}
