// What the database server has used: the processor time of all its processes, where they run on this machine, and how
// much it has written to its log. Unlike the time by the clock, both can be compared between runs on a busy machine.
import { readdir, readFile } from 'node:fs/promises'
import type { Database } from '../src/store/database.js'

export interface ServerUsage {
  /** NaN where the server's processes cannot be seen. */
  readonly cpuSeconds: number
  readonly walBytes: number
}

/** The kernel counts in hundredths of a second. */
const TICKS_PER_SECOND = 100

export async function serverUsage(database: Database): Promise<ServerUsage> {
  const [row] = await database.query<{ pid: number; wal: number }>(
    `select pg_backend_pid() as pid, (pg_current_wal_lsn() - '0/0')::float8 as wal`,
  )
  const { pid = 0, wal = 0 } = row ?? {}
  return { cpuSeconds: await serverCpuSeconds(pid), walBytes: wal }
}

/** Of the server that this backend belongs to: its own, that of its processes, and that of those which have ended. */
async function serverCpuSeconds(backend: number): Promise<number> {
  const own = await processOf(backend)
  const server = own?.name === 'postgres' ? await processOf(own.parent) : undefined
  if (!own || !server) return Number.NaN
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const processes = await Promise.all(pids.map(processOf))
  const living = processes.filter((one) => one?.parent === own.parent).reduce((sum, one) => sum + (one?.ticks ?? 0), 0)
  return (server.ticks + server.endedTicks + living) / TICKS_PER_SECOND
}

/** From `/proc/PID/stat`, whose second field is a name in brackets that may contain anything. */
async function processOf(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const closing = text.lastIndexOf(')')
  if (closing < 0) return undefined
  const fields = text
    .slice(closing + 2)
    .split(' ')
    .map(Number)
  const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map((at) => fields[at])
  return {
    name: text.slice(text.indexOf('(') + 1, closing),
    parent,
    ticks: user + system,
    endedTicks: endedUser + endedSystem,
  }
}
