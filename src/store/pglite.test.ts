// The embedded database: it shares its thread with everything else in the process, and keeps the statements that it knows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, PREFER_KEYS } from './database.js'
import { openDatabase } from './open.js'
import { keyed } from './prepared.js'

it('whoever asks in a loop leaves the timers their turn', async () => {
  const database = await openDatabase('memory:')
  try {
    let rang = false
    setTimeout(() => {
      rang = true
    }, 1)
    // Far more than take ten milliseconds, and an end where nothing rings.
    for (let asked = 0; asked < 3000 && !rang; asked++) await database.query('select 1')
    expect(rang).toBe(true)
  } finally {
    await database.close()
  }
})

it('an answer arrives whole, though it comes in pieces that overwrite each other', async () => {
  const database = await openDatabase('memory:')
  try {
    const text = `select number, repeat(chr(97 + number % 26), number * 37) as word from generate_series(1, 600) as number`
    const letter = (number: number) => String.fromCharCode(97 + (number % 26))
    const expected = Array.from({ length: 600 }, (_, at) => ({
      number: at + 1,
      word: letter(at + 1).repeat((at + 1) * 37),
    }))
    expect(await database.query(text)).toEqual(expected)
  } finally {
    await database.close()
  }
})

describe('a statement that is kept', () => {
  let database: Database
  beforeAll(async () => {
    database = await openDatabase('memory:')
  })
  afterAll(() => database.close())

  it('gives for each values what they give, of whatever kind they are', async () => {
    const text =
      'select $1::int[] as list, $2::jsonb as json, $3::text as words, $4::bigint as number, $5::boolean as flag'
    const values = [[1, null, 2], { a: ['ö', null] }, 'it\'s "so"\n', 9_007_199_254_740_991, true]
    const row = { list: values[0], json: values[1], words: values[2], number: values[3], flag: true }
    const nothing = { list: null, json: null, words: null, number: null, flag: null }
    for (let again = 0; again < 3; again++) {
      expect(await database.query(text, values)).toEqual([row])
      expect(await database.query(text, [null, null, null, null, null])).toEqual([nothing])
    }
  })

  it('is there after an error, whether that was of the text, of a value or of the world', async () => {
    const divide = 'select 12 / $1::int as share'
    for (let again = 0; again < 3; again++) {
      await expect(database.query(divide, [0])).rejects.toMatchObject({ code: '22012' })
      await expect(database.query(divide, ['x'])).rejects.toMatchObject({ code: '22P02' })
      await expect(database.query('select 1 frm nothing')).rejects.toMatchObject({ code: '42601' })
      const failed = database.transaction(async (sql) => {
        await sql.query(`insert into isotherm.projects (name) values ('undone')`)
        await sql.query(divide, [0])
      })
      await expect(failed).rejects.toThrow('division by zero')
      expect(await database.query(divide, [4])).toEqual([{ share: 3 }])
    }
    expect(await database.query(`select name from isotherm.projects where name = 'undone'`)).toEqual([])
  })

  it.each([false, true])(
    'is answered as asked when a transaction asks many things at once (keys preferred: %s)',
    async (prefers) => {
      const all = Array.from({ length: 20 }, (_, at) => at)
      for (let again = 0; again < 2; again++) {
        const answers = await database.transaction(async (sql) => {
          if (prefers) await sql.query(PREFER_KEYS)
          return Promise.all(all.map((at) => sql.query(`select $1::int as value, ${at} as at`, [at])))
        })
        expect(answers).toEqual(all.map((at) => [{ value: at, at }]))
      }
    },
  )

  it('is made anew when a table is, and only so many are kept', async () => {
    const all = 'select * from changing'
    await database.script('create table changing (a int)')
    expect(await database.query(all)).toEqual([])
    await database.script(`alter table changing add b text default 'new'; insert into changing (a) values (1)`)
    expect(await database.query(all)).toEqual([{ a: 1, b: 'new' }])
    for (let at = 0; at < 400; at++) expect(await database.query(`select ${at} as at`)).toEqual([{ at }])
    const [kept] = await database.query<{ count: number }>('select count(*)::int as count from pg_prepared_statements')
    expect(kept?.count).toBeLessThanOrEqual(300)
  })

  it('keeps its plan only where keys are preferred, and only when it is found by its key', async () => {
    const plans = () =>
      database.query(
        `select statement, generic_plans > 0 as kept from pg_prepared_statements where statement like 'select % as planned' order by 1`,
      )
    const byKey = keyed('select $1::int as planned')
    await database.transaction(async (sql) => {
      await sql.query(byKey, [1])
      await sql.query(PREFER_KEYS)
      await sql.query(byKey, [2])
      await sql.query('select $1::text as planned', ['x'])
    })
    expect(await plans()).toEqual([{ statement: byKey, kept: true }])
  })
})
