// The schema: what migrations make is what the committed dump says, and two processes that start at once race safely.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { packageDirectory } from '../../src/lib/package-directory.js'
import { openDatabase } from '../../src/store/open.js'
import { openPostgres } from '../../src/store/postgres.js'
import { onBothDatabases } from '../databases.js'
import { freshDatabase } from '../postgres.js'
import { dumpSchema } from './dump-schema.js'

const committed = new URL('sql/schema.txt', packageDirectory)

onBothDatabases((home) => {
  test('the migrations make the schema of the committed dump', async () => {
    const database = await home.open()
    const dump = await dumpSchema(database)
    await database.close()
    // A deliberate change of the schema: UPDATE_SCHEMA=1 npx vitest run test/store, and review the difference.
    if (process.env.UPDATE_SCHEMA) await writeFile(committed, dump)
    expect(dump).toBe(await readFile(committed, 'utf8'))
  })
})

test('several processes that migrate an empty database at once all find it ready', async () => {
  const { url, drop } = await freshDatabase()
  const databases = await Promise.all(Array.from({ length: 6 }, () => openDatabase(url)))
  const [first] = databases
  const files = await readdir(new URL('sql/migrations/', packageDirectory))
  expect(await first?.query('select name from isotherm.migrations order by number')).toEqual(
    files.sort().map((name) => ({ name })),
  )
  await Promise.all(databases.map((database) => database.close()))
  await drop()
})

test('a database that a newer program has migrated is refused', async () => {
  const { url, drop } = await freshDatabase()
  await (await openDatabase(url)).close()
  const database = await openPostgres(url)
  await database.query(`insert into isotherm.migrations (number, name) values (9999, '9999_future.sql')`)
  await database.close()
  await expect(openDatabase(url)).rejects.toThrow('has migration 9999')
  await drop()
})

test('a database that a newer program has only expanded is lived with', async () => {
  const { url, drop } = await freshDatabase()
  const first = await openDatabase(url)
  await first.query(`insert into isotherm.migrations (number, name) values (9999, '9999_expand_more.sql')`)
  await first.close()
  const database = await openDatabase(url)
  expect(await database.query('select name from isotherm.stacks')).toEqual([])
  await database.close()
  await drop()
})

test('a server that is not there is named, with what to do', async () => {
  await expect(openDatabase('postgres://nobody:secret@127.0.0.1:1/none')).rejects.toThrow(
    /cannot reach the database postgres:\/\/127\.0\.0\.1:1\/none: .*ECONNREFUSED.*; is it running, and may you log in\?/,
  )
  await expect(openDatabase('mysql://127.0.0.1/none')).rejects.toThrow('mysql:// is not a kind of database')
})

test('a server that does not let one in is told with what to do about that', async () => {
  const { url, drop } = await freshDatabase()
  await expect(openDatabase(`${url}_none`)).rejects.toThrow(/_none" does not exist; createdb makes it$/)
  await expect(openDatabase(`${url}?sslmode=verify-full`)).rejects.toThrow(
    /does not support SSL connections; leave sslmode/,
  )
  await drop()
})
