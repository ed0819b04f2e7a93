// Runs once per vitest run, around all test files. What embedded databases begin as is made ready. PostgreSQL is started when the
// first of them asks, so that a run which needs none does not wait for one; they ask by HTTP because each test file may run in a
// process of its own. Files that run beside each other have a server each: a transaction that one holds open would keep the
// events of another back.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { type RunningPostgres, startPostgres } from '../scripts/postgres.js'
import { prepareBeginning } from '../src/store/beginning.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers a GET of a worker's number with the URL of its PostgreSQL, or with status 500 and the reason why there is none. */
    postgresDoor: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // As the build does: a migration may have been changed since.
  await prepareBeginning()
  const servers = new Map<string, Promise<RunningPostgres>>()
  const door = createServer(({ url: worker = '' }, response) => {
    const postgres = servers.get(worker) ?? startPostgres({ settings: { max_connections: '200' } })
    servers.set(worker, postgres)
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
    for (const postgres of servers.values()) {
      await postgres.then(
        (running) => running.stop(),
        () => undefined,
      )
    }
  }
}
