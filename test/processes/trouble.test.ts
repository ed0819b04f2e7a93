// What befalls a database while a stack converges: restarts, lost connections, failover. Engines carry on, and nothing is
// made twice.
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { type RunningPostgres, startPostgres } from '../../scripts/postgres.js'
import { commitTogether, PRIMARY_SETTINGS, startStandby } from '../../scripts/standby.js'
import { freshDatabase } from '../postgres.js'
import { Fleet, layers, namesOf } from './fleet.js'

/** A stack that converges on two engines while `trouble` comes over their database. */
async function converging(url: string, trouble: (fleet: Fleet) => Promise<void>): Promise<void> {
  const fleet = await Fleet.open(url)
  try {
    const words = ['--slots', '4', '--silent-seconds', '3'] as const
    const engines = await Promise.all([fleet.engine(...words), fleet.engine(...words)])
    fleet.far.milliseconds = 15
    const template = layers(5, 50)
    const run = await fleet.commander.up({ stack: 'troubled', template, onFailure: 'stop' })
    await fleet.far.until((calls) => calls.length >= 40)

    await trouble(fleet)

    expect(await run.settled()).toMatchObject({ status: 'CREATE_COMPLETE' })
    expect(fleet.far.names()).toEqual(namesOf(template))
    for (const engine of engines) engine.kill('SIGTERM')
    for (const { ended } of engines) expect((await ended).code).toBe(0)
  } finally {
    await fleet.close()
  }
}

async function asSuperuser<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function withServer(work: (server: RunningPostgres) => Promise<void>): Promise<void> {
  // A server that forgets what it has acknowledged can promise nothing after a crash.
  const server = await startPostgres({ durable: true })
  try {
    await work(server)
  } finally {
    await server.stop()
  }
}

describe('while a stack converges', { timeout: 120_000 }, () => {
  test('every connection may be cut, again and again', async () => {
    const { url, drop } = await freshDatabase()
    await converging(url, async (fleet) => {
      for (const enough of [60, 90, 120]) {
        const cut = await asSuperuser(url, (client) =>
          client.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()`,
          ),
        )
        expect(cut.rowCount).toBeGreaterThan(2)
        await fleet.far.until((calls) => calls.length >= enough)
      }
    })
    await drop()
  })

  test('the server may be started again, in good order or after a crash', async () => {
    await withServer((server) =>
      converging(server.url, async (fleet) => {
        await server.restart('fast')
        await fleet.far.until((calls) => calls.length >= 100)
        await server.restart('immediate')
      }),
    )
  })

  test('the primary may die, and its standby take its place', async () => {
    const primary = await startPostgres({ durable: true, settings: PRIMARY_SETTINGS })
    const standby = await startStandby(primary)
    await commitTogether(primary)
    const url = new URL(primary.url)
    url.search = '?target_session_attrs=read-write'
    const both = url.href.replace(url.host, `${new URL(standby.url).host},${url.host}`)

    await converging(both, async () => {
      await primary.stop()
      await standby.promote()
    })

    await standby.stop()
  })
})
