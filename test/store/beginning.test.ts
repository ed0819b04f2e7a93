// What an embedded database begins as: whole or not at all, whatever was prepared.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { preparedBeginning } from '../../src/store/beginning.js'
import { openDatabase } from '../../src/store/open.js'
import { packedPglite } from '../../src/store/pglite.js'
import { unpack } from '../../src/store/unpack.js'
import { dumpSchema } from './dump-schema.js'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isotherm-begin-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test('what is prepared has the present schema, and no row that two databases must not share', async () => {
  const prepared = await preparedBeginning()
  unpack(prepared ?? Buffer.alloc(0), join(directory, 'data'))
  const database = await openDatabase(directory)
  const tables = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'isotherm' and tablename <> 'migrations' order by 1`,
  )
  expect(tables.length).toBeGreaterThan(20)
  for (const { name } of tables) expect(await database.query(`select * from isotherm.${name}`), name).toEqual([])
  await database.close()
})

test('without anything prepared a database is made from the migrations, and is the same', async () => {
  unpack(await packedPglite(async () => undefined), join(directory, 'data'))
  const migrated = await openDatabase(directory)
  const prepared = await openDatabase('memory:')
  expect(await dumpSchema(migrated)).toBe(await dumpSchema(prepared))
  await Promise.all([migrated.close(), prepared.close()])
})

test('a directory that was half made when its process died is made anew', async () => {
  const half = join(directory, 'data.new')
  await mkdir(half)
  await writeFile(join(half, 'PG_VERSION'), '18\n')
  await writeFile(join(half, 'remains'), 'of another time')
  const database = await openDatabase(directory)
  expect(await database.query('select count(*)::int as count from isotherm.stacks')).toEqual([{ count: 0 }])
  await database.close()
  expect([existsSync(half), existsSync(join(directory, 'data', 'remains'))]).toEqual([false, false])
})

test('what lies in the database is for its owner only', async () => {
  await (await openDatabase(directory)).close()
  const { mode } = await stat(join(directory, 'data'))
  expect((mode & 0o777).toString(8)).toBe('700')
})
