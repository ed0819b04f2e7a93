// Brings a database to the schema this program knows: numbered files, each applied once, all in one transaction.
import { readdir, readFile } from 'node:fs/promises'
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
  const [found] = await database.query<{ exists: boolean }>(
    `select to_regclass('isotherm.migrations') is not null as exists`,
  )
  if (!found?.exists) return false
  const applied = await appliedNumbers(database)
  const known = await migrationFiles()
  const newest = Math.max(...known.map(({ number }) => number))
  const foreign = [...applied].find((number) => number > newest)
  if (foreign !== undefined) {
    throw new DatabaseUnavailable(
      `the database ${database.description} has migration ${foreign}, this program knows ${newest}: use a newer isotherm`,
    )
  }
  return known.every(({ number }) => applied.has(number))
}

async function appliedNumbers(sql: Sql): Promise<Set<number>> {
  const rows = await sql.query<{ number: number }>('select number from isotherm.migrations')
  return new Set(rows.map(({ number }) => number))
}

async function migrationFiles() {
  const directory = new URL('sql/migrations/', packageDirectory)
  const names = (await readdir(directory)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort()
  return names.map((name) => ({ name, number: Number(name.slice(0, 4)), path: new URL(name, directory) }))
}
