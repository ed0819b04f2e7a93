// The tests' own PostgreSQL: what every test that uses it relies on.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { startPostgres } from '../scripts/postgres.js'
import { freshDatabase } from './postgres.js'

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

const dataFolder = async (url: string): Promise<string> => {
  const [row] = await query(url, `select current_setting('data_directory') as folder`)
  return (row as { folder: string }).folder
}

describe('a fresh database', () => {
  test('is PostgreSQL 18, empty, and separate from every other', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()])
    await query(one.url, 'create table things (id int)')

    const tables = `select table_name from information_schema.tables where table_schema = 'public'`
    expect(await query(one.url, tables)).toEqual([{ table_name: 'things' }])
    expect(await query(other.url, tables)).toEqual([])
    expect(await query(one.url, `select current_setting('server_version_num')::int / 10000 as major`)).toEqual([
      { major: 18 },
    ])
    await Promise.all([one.drop(), other.drop()])
  })

  test('can be dropped while a connection to it is open, and twice', async () => {
    const database = await freshDatabase()
    const client = new Client({ connectionString: database.url })
    client.on('error', () => undefined)
    await client.connect()

    const ended = new Promise((resolve) => client.once('end', resolve))
    await database.drop()
    await ended
    await database.drop()

    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist')
  })
})

describe('a server of our own', () => {
  test('is started again over the same data, in good order and after a crash', async () => {
    const postgres = await startPostgres()
    await query(postgres.url, 'create table things as select 1 as id')
    await postgres.restart('fast')
    expect(await query(postgres.url, 'select id from things')).toEqual([{ id: 1 }])
    await postgres.restart('immediate')
    expect(await query(postgres.url, 'select id from things')).toEqual([{ id: 1 }])
    await postgres.stop()
  })

  test('is durable when asked, asks for a password, and leaves nothing behind', async () => {
    const postgres = await startPostgres({ durable: true })
    const folder = await dataFolder(postgres.url)
    expect(await query(postgres.url, 'show fsync')).toEqual([{ fsync: 'on' }])
    const stranger = new URL(postgres.url)
    stranger.password = 'wrong'
    await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed')

    await postgres.stop()

    expect(existsSync(folder)).toBe(false)
    await expect(query(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
  })

  test('that cannot start says why', async () => {
    await expect(startPostgres({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      /PostgreSQL did not start:[\s\S]*shared_buffers/,
    )
  })

  test('ends, and its folder goes, when the process that started it is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isotherm-keeper-'))
    const keeper = join(import.meta.dirname, '..', 'scripts', 'postgres-keeper.mjs')
    const server = `console.log(process.pid); setInterval(() => undefined, 1000)`
    const orders = JSON.stringify({ commands: [[process.execPath, '-e', server]], env: {} })
    const program = `
      import { spawn } from 'node:child_process'
      const words = ${JSON.stringify([keeper, folder])}
      const kept = spawn(process.execPath, words, { detached: true, stdio: ['pipe', 'inherit', 'inherit'] })
      kept.stdin.write(${JSON.stringify(orders)} + '\\n')`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: parent.stdout })
    const [pid] = await once(lines, 'line')

    parent.kill('SIGKILL')

    await once(lines, 'close') // the keeper held the other end of the pipe
    expect(existsSync(folder)).toBe(false)
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
  })
})
