// Loading rows: the same on both homes, with their transaction and not without it.
import { expect, test } from 'vitest'
import { onBothDatabases } from '../databases.js'

const lines = (...texts: string[]) => texts.map((text) => Buffer.from(`${text}\n`))
const COPY = `copy isotherm.projects (name) from stdin`

onBothDatabases((home) => {
  test('what is loaded is there with its transaction, whatever characters it has', async () => {
    const database = await home.open()
    await database.transaction((sql) => sql.copy(COPY, lines('plain', 'größer', 'back\\\\slash', 'a\\tb')))
    const rows = await database.query<{ name: string }>('select name from isotherm.projects order by id')
    expect(rows.map(({ name }) => name)).toEqual(['plain', 'größer', 'back\\slash', 'a\tb'])
    await database.close()
  })

  test('loading nothing is nothing, and what is loaded by a transaction that fails is not there', async () => {
    const database = await home.open()
    await database.transaction((sql) => sql.copy(COPY, []))
    const failing = database.transaction(async (sql) => {
      await sql.copy(COPY, lines('one'))
      await sql.copy(COPY, lines('two', 'one'))
    })
    await expect(failing).rejects.toThrow(/duplicate key/)
    expect(await database.query('select name from isotherm.projects')).toEqual([])
    // The connection is good for what comes next.
    await database.transaction((sql) => sql.copy(COPY, lines('three')))
    expect(await database.query('select name from isotherm.projects')).toEqual([{ name: 'three' }])
    await database.close()
  })

  test('a source that fails half-way fails the transaction, and the connection lives on', async () => {
    const database = await home.open()
    function* failing() {
      yield* lines('one')
      throw new Error('the source broke')
    }
    await expect(database.transaction((sql) => sql.copy(COPY, failing()))).rejects.toThrow('the source broke')
    expect(await database.query('select name from isotherm.projects')).toEqual([])
    await database.close()
  })
})
