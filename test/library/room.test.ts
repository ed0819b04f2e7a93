// An embedded database has nobody but its owner to tidy it up, and its owner may live for seconds only.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { open } from '../../src/index.js'
import { connect, openDatabase } from '../../src/store/open.js'
import { makeRoom } from '../../src/store/room.js'
import { Lab, labTemplate } from '../lab.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isotherm-room-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** As `isotherm up` does: a process that lives as long as its command. */
async function upOnce(v: number, retention = {}): Promise<void> {
  const isotherm = await open({ database: directory, types: [new Lab().type], retention })
  await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v } }) })).settled()
  await isotherm.close()
}

test('old history goes even where no process lives for as long as a round', async () => {
  await upOnce(1)
  const database = await connect(directory)
  await database.script(`update isotherm.events set at = at - interval '40 days'; delete from isotherm.duties`)
  await database.close()
  await upOnce(2, { eventDays: 30 })
  const after = await connect(directory)
  expect(await after.query('select distinct traversal from isotherm.events')).toEqual([{ traversal: 2 }])
  await after.close()
})

test('what went is written over', async () => {
  const database = await openDatabase(directory)
  const write = () =>
    database.query(
      `insert into isotherm.guesses (subject, failures, last_at) select 'x' || n, 1, now() from generate_series(1, 5000) n`,
    )
  const bytes = async () => {
    const [size] = await database.query<{ bytes: number }>(
      `select pg_relation_size('isotherm.guesses')::float8 as bytes`,
    )
    return size?.bytes
  }
  await write()
  const once = await bytes()
  await database.query('delete from isotherm.guesses')
  expect(await makeRoom(database, 0)).toBe(true)
  await write()
  expect(await bytes()).toBe(once)
  // It has not grown since.
  expect(await makeRoom(database, 0)).toBe(false)
  await database.close()
})

test('the log of a database on disk stays small', async () => {
  const database = await openDatabase(directory)
  expect(await database.query('show max_wal_size')).toEqual([{ max_wal_size: '48MB' }])
  await database.close()
})
