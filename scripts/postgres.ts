// A real PostgreSQL of our own, from the installed packages, for the tests, the benchmark and the chaos program. It lives in
// a temporary folder and ends with the process that started it, however that ends (see postgres-keeper.mjs).
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import * as fs from 'node:fs/promises'
import { createServer, Socket } from 'node:net'
import { join } from 'node:path'
import { type Account, findBinaries, temporaryFolder, unprivilegedAccount } from './postgres-binaries.js'

export interface PostgresOptions {
  /** True: every commit reaches the disk, as in production. False (the default): nothing waits for the disk. */
  readonly durable?: boolean
  /** Further server settings, for example `{ max_connections: '200' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Brings the data folder about, instead of an empty cluster of its own (see standby.ts). */
  readonly prepare?: (data: string) => Promise<void>
}

export interface RunningPostgres {
  /** Of the superuser, in the database `postgres`. */
  readonly url: string
  /**
   * Ends the server and starts it again over the same data: `fast` closes what is open in good order, `immediate` is a crash
   * from which it recovers.
   */
  restart(how: 'fast' | 'immediate'): Promise<void>
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

const RELAXED = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
}
const ATTEMPTS_MAX = 3

/** Starts a fresh server on a free port of 127.0.0.1. Throws with the server's own words when it does not come up. */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options)
    } catch (error) {
      // Between finding a free port and binding it another program may have taken it.
      const portTaken = error instanceof Error && error.message.includes('Address already in use')
      if (!portTaken || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

async function startOnce({ durable = false, settings = {}, prepare }: PostgresOptions): Promise<RunningPostgres> {
  const account = await unprivilegedAccount()
  const folder = await temporaryFolder(account)
  const keeper = startKeeper(folder)
  try {
    const native = await findBinaries(account, folder)
    const password = randomBytes(12).toString('hex')
    await writePassword(folder, password, account)
    const port = await freePort()
    await prepare?.(join(folder, 'data'))
    const commands = [
      ...(prepare ? [] : [initdbCommand(native, folder)]),
      serverCommand(native, folder, port, { ...(durable ? {} : RELAXED), ...settings }),
    ]
    keeper.stdin?.write(`${JSON.stringify({ commands, env: serverEnvironment(), ...account })}\n`)
    await untilReady(keeper)
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      restart: async (how) => {
        const ready = untilReady(keeper)
        keeper.stdin?.write(`${how === 'fast' ? 'SIGINT' : 'SIGQUIT'}\n`)
        await ready
      },
      stop: () => stop(keeper),
    }
  } catch (error) {
    await stop(keeper)
    throw error
  }
}

/** The server listens for every user of this machine, so it asks for a password. */
async function writePassword(folder: string, password: string, account: Account | undefined): Promise<void> {
  const path = join(folder, 'password')
  await fs.writeFile(path, `${password}\n`, { mode: 0o600 })
  if (account) await fs.chown(path, account.uid, account.gid)
}

const initdbCommand = (native: string, folder: string): string[] => [
  join(native, 'bin', 'initdb'),
  `--pgdata=${join(folder, 'data')}`,
  `--pwfile=${join(folder, 'password')}`,
  ...['--username=postgres', '--auth=password', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
]

function serverCommand(native: string, folder: string, port: number, settings: Record<string, string>): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    timezone: 'UTC',
    ...settings,
  }
  const words = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return [join(native, 'bin', 'postgres'), '-D', join(folder, 'data'), ...words]
}

/** Plain English messages, and none of the user's own PG… variables. */
const serverEnvironment = () => ({ LC_ALL: 'C', PATH: process.env.PATH ?? '' })

/** In a process group of its own, so that a Ctrl-C reaches only those who started it. */
function startKeeper(folder: string): ChildProcess {
  const program = join(import.meta.dirname, 'postgres-keeper.mjs')
  const keeper = spawn(process.execPath, [program, folder], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  keeper.stdin.on('error', () => undefined) // it has ended; `untilReady` says so
  return keeper
}

async function untilReady(keeper: ChildProcess): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    const ended = () => reject(new Error(`PostgreSQL did not start:\n${log}`))
    keeper.once('error', reject).once('close', ended)
    keeper.stdout?.on('data', function listen(text: Buffer) {
      log += text.toString()
      if (!/database system is ready to accept (read-only )?connections/.test(log)) return
      keeper.stdout?.off('data', listen).resume()
      keeper.off('error', reject).off('close', ended)
      resolve()
    })
  })
  // From here on the server is no reason for its user's process to stay alive.
  keeper.unref()
  for (const stream of keeper.stdio) if (stream instanceof Socket) stream.unref()
}

async function stop(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return
  keeper.ref()
  keeper.stdin?.end()
  await once(keeper, 'exit')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1')
  return address.port
}
