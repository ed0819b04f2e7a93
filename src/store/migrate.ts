// Brings a database to the schema this program knows: numbered files, each applied once, all in one transaction.
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { packageDirectory } from '../lib/package-directory.js'
import { type Database, DatabaseUnavailable, type Sql } from './database.js'

const MIGRATION_LOCK = 0x150de

/** Two processes that start at once race safely: the advisory lock lets one migrate, the other then finds it done. */
export async function migrate(database: Database): Promise<void> {
  if (await isCurrent(database)) return
  await database.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await sql.query('create schema if not exists isotherm')
    await sql.query(
      'create table if not exists isotherm.migrations (number int primary key, name text not null, at timestamptz not null default now())',
    )
    const applied = await appliedNumbers(sql)
    for (const migration of await migrationFiles()) {
      if (applied.has(migration.number)) continue
      await sql.script(await readFile(migration.path, 'utf8'))
      await sql.query('insert into isotherm.migrations (number, name) values ($1, $2)', [
        migration.number,
        migration.name,
      ])
    }
  })
}

async function isCurrent(database: Database): Promise<boolean> {
  const { missing, foreign, newest } = await compareMigrations(database)
  const [stranger] = foreign
  if (stranger !== undefined) {
    throw new DatabaseUnavailable(
      `the database ${database.description} has migration ${Number(stranger.slice(0, 4))}, this program knows ${newest}: use a newer isotherm`,
    )
  }
  return missing.length === 0
}

export interface MigrationState {
  /** Names of files that have not been applied. */
  readonly missing: readonly string[]
  /** Applied by a newer program, and nothing that this one could live with. */
  readonly foreign: readonly string[]
  /** The newest number that this program knows. */
  readonly newest: number
}

/** Reads only. A migration of the future that only adds (`0007_expand_….sql`) is no stranger: see ADR 0011. */
export async function compareMigrations(sql: Sql): Promise<MigrationState> {
  const known = await migrationFiles()
  const newest = Math.max(...known.map(({ number }) => number))
  const [found] = await sql.query<{ exists: boolean }>(
    `select to_regclass('isotherm.migrations') is not null as exists`,
  )
  const applied = found?.exists
    ? await sql.query<{ number: number; name: string }>('select number, name from isotherm.migrations order by number')
    : []
  const numbers = new Set(applied.map(({ number }) => number))
  return {
    missing: known.filter(({ number }) => !numbers.has(number)).map(({ name }) => name),
    foreign: applied.filter(({ number, name }) => number > newest && !EXPANDS.test(name)).map(({ name }) => name),
    newest,
  }
}

/** Adds tables, columns with defaults or indexes, and takes nothing away: older programs do not notice. */
const EXPANDS = /^\d{4}_expand_/

async function appliedNumbers(sql: Sql): Promise<Set<number>> {
  const rows = await sql.query<{ number: number }>('select number from isotherm.migrations')
  return new Set(rows.map(({ number }) => number))
}

export interface MigrationFile {
  readonly name: string
  readonly number: number
  readonly path: string
}

/** In order. */
export async function migrationFiles(): Promise<readonly MigrationFile[]> {
  const directory = new URL('sql/migrations/', packageDirectory)
  const names = (await readdir(directory)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort()
  return names.map((name) => ({
    name,
    number: Number(name.slice(0, 4)),
    path: fileURLToPath(new URL(name, directory)),
  }))
}
