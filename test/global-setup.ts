// Runs once per vitest run, around all test files. PostgreSQL is started when the first of them asks, so that a run which
// needs none does not wait for one; they ask by HTTP because each test file may run in a process of its own.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { type RunningPostgres, startPostgres } from '../scripts/postgres.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers a GET with the URL of the run's PostgreSQL, or with status 500 and the reason why there is none. */
    postgresDoor: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let postgres: Promise<RunningPostgres> | undefined
  const door = createServer((_request, response) => {
    postgres ??= startPostgres({ settings: { max_connections: '200' } })
    postgres.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    )
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const address = door.address()
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1')
  project.provide('postgresDoor', `http://127.0.0.1:${address.port}`)
  return async () => {
    door.closeAllConnections()
    door.close()
    await postgres?.then(
      (running) => running.stop(),
      () => undefined,
    )
  }
}
