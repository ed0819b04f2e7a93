// For tests that need a real PostgreSQL: a database of their own on the server of this test run.
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'

export interface FreshDatabase {
  readonly url: string
  /** Also ends the connections to it that are still open. */
  drop(): Promise<void>
}

/** An empty database that nobody else uses. Starts the server when this is the worker's first call of the run. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = await serverUrl()
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(server, `create database ${name} strategy file_copy`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => execute(server, `drop database if exists ${name} with (force)`) }
}

async function serverUrl(): Promise<string> {
  const answer = await fetch(`${inject('postgresDoor')}/${process.env.VITEST_POOL_ID ?? 1}`)
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
