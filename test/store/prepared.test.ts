// Statements that a session keeps, behind whatever gives a transaction its session; and lists as values.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, PREFER_KEYS } from '../../src/store/database.js'
import { openPostgres } from '../../src/store/postgres.js'
import { keyed } from '../../src/store/prepared.js'
import { freshDatabase } from '../postgres.js'

let database: Database
let drop: () => Promise<void>
beforeAll(async () => {
  const fresh = await freshDatabase()
  // One session, so that it is known which one a transaction gets.
  database = await openPostgres(fresh.url, 1)
  drop = async () => {
    await database.close()
    await fresh.drop()
  }
})
afterAll(() => drop())

const add = (one: number, other: number) =>
  database.transaction(async (sql) => {
    await sql.query(PREFER_KEYS)
    return sql.query<{ sum: number }>(keyed('select $1::int + $2::int as sum'), [one, other])
  })
const prepared = async () =>
  (await database.query<{ count: number }>('select count(*)::int as count from pg_prepared_statements'))[0]?.count

test('keyed statements are prepared once where keys are preferred, and no others', async () => {
  await database.query('select $1::int', [1])
  await database.transaction((sql) => sql.query(keyed('select $1::int'), [1]))
  expect(await prepared()).toBe(0)
  for (const one of [1, 2, 3]) expect(await add(one, 1)).toEqual([{ sum: one + 1 }])
  expect(await prepared()).toBe(2)
})

test('a session that does not know what was prepared, as behind a pooler, is worked with unprepared from then on', async () => {
  await database.query('deallocate all')
  expect(await add(2, 3)).toEqual([{ sum: 5 }])
  expect(await add(3, 3)).toEqual([{ sum: 6 }])
  expect(await prepared()).toBe(0)
})

describe('a list arrives as it was given', () => {
  const texts = ['', ' ', 'a,b', '{x}', '"quoted"', 'back\\slash', 'NULL', null, 'new\nline\ttab', 'ö 漢 🙂', "it's"]
  test.each([
    ['text', texts],
    ['int', [1, -2, null, 0]],
    ['float8', [0.1, -1e300, 1e-7]],
    ['boolean', [true, false, null]],
    ['text', []],
  ])('of %s', async (type, list) => {
    const rows = await database.query<{ value: unknown }>(`select value from unnest($1::${type}[]) as value`, [list])
    expect(rows.map(({ value }) => value)).toEqual(list)
  })
})
