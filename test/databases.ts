// Both homes of the one SQL dialect: a story told with `onBothDatabases` is told on each.
import { describe } from 'vitest'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'
import { freshDatabase } from './postgres.js'

export interface Home {
  readonly name: 'embedded' | 'PostgreSQL'
  /** An empty database at the present schema, to be closed before the next one is opened. */
  open(): Promise<Database>
}

const homes: readonly Home[] = [
  { name: 'embedded', open: openEmptied },
  { name: 'PostgreSQL', open: openFresh },
]

/** Starting an embedded database takes seconds, so the stories of one file share one, emptied before each. */
let shared: Promise<Database> | undefined

async function openEmptied(): Promise<Database> {
  shared ??= openDatabase('memory:')
  const database = await shared
  await empty(database)
  return view(database, async () => undefined)
}

/** Dead rows are cleared away as pages fill, so tables stay small; those that have grown beyond this are cut. */
const KEPT_BYTES = 1_000_000

/** Deleting what little there is takes a tenth of the time of cutting thirty tables, each of which is some files. */
async function empty(database: Database): Promise<void> {
  const tables = await database.query<{ name: string; bytes: number }>(
    `select t.name, pg_relation_size(t.name::regclass) as bytes
     from (select format('isotherm.%I', tablename) as name from pg_tables where schemaname = 'isotherm' and tablename <> 'migrations') t`,
  )
  const emptied = tables.some(({ bytes }) => bytes > KEPT_BYTES)
    ? [`truncate ${tables.map(({ name }) => name).join(', ')}`]
    : tables.filter(({ bytes }) => bytes > 0).map(({ name }) => `delete from ${name}`)
  await database.transaction(async (sql) => {
    // Whatever refers to whatever: all of it goes.
    await sql.script(['set local session_replication_role = replica', ...emptied].join(';'))
    await sql.query(
      `select setval(format('isotherm.%I', sequencename)::regclass, start_value, false) from pg_sequences where schemaname = 'isotherm'`,
    )
  })
}

/** The same database with an end of its own. */
const view = (database: Database, close: () => Promise<void>): Database => ({
  description: database.description,
  query: (text, values) => database.query(text, values),
  transaction: (work) => database.transaction(work),
  script: (text) => database.script(text),
  copy: (statement, chunks) => database.copy(statement, chunks),
  ...(database.ask && { ask: database.ask.bind(database) }),
  close,
})

async function openFresh(): Promise<Database> {
  const { url, drop } = await freshDatabase()
  const database = await openDatabase(url)
  return view(database, async () => {
    await database.close()
    await drop()
  })
}

export function onBothDatabases(tell: (home: Home) => void): void {
  for (const home of homes) describe(`on the ${home.name} database`, () => tell(home))
}
