// A stack to race for, on a real PostgreSQL; holding one side of a race before its commit, and seeing the other side wait.
import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../src/store/database.js'
import { openDatabase } from '../../src/store/open.js'
import { makeStack } from '../../src/store/stacks.js'
import { freshDatabase } from '../postgres.js'

/** A database of its own with one new stack in it. */
export async function openWithStack() {
  const { url, drop } = await freshDatabase()
  const database = await openDatabase(url)
  const stackId = await database.transaction(async (sql) => {
    return (await makeStack(sql, 'default', { uid: randomUUID(), name: 'web' }))?.id ?? 0
  })
  const close = async () => {
    await database.close()
    await drop()
  }
  return { database, stackId, close }
}

/** A transaction that has done its work and waits to be let go. */
export function held<T>(database: Database, work: (sql: Transaction) => Promise<T>) {
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  let done: (value: T) => void = () => {}
  let broken: (error: unknown) => void = () => {}
  const reached = new Promise<T>((resolve, reject) => {
    done = resolve
    broken = reject
  })
  const ended = database.transaction(async (sql) => {
    done(await work(sql))
    await gate
  })
  ended.catch(broken)
  return { reached, ended, release: () => release() }
}

/** Resolves once some connection to this database waits for a lock. */
export async function somebodyWaits(database: Database): Promise<void> {
  while (!(await waiting(database))) {}
}

/** Whether somebody comes to wait for a lock before this is over: where nobody is made to, a test says so instead of hanging. */
export async function waitsBefore(database: Database, work: Promise<unknown>): Promise<boolean> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  work.then(end, end)
  while (!(await waiting(database))) if (isOver) return false
  return true
}

async function waiting(database: Database): Promise<boolean> {
  const [row] = await database.query<{ waiting: boolean }>(
    `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waiting`,
  )
  return row?.waiting === true
}
