// Whether a started process does its work yet.
import { open } from 'node:fs/promises'
import { createConnection } from 'node:net'
import type { JsonObject } from '../../lib/json.js'
import { type Ports, portNames } from './ports.js'
import type { Launch, Status } from './process-state.js'

export interface ReadyCheck {
  /** Path of a GET that is to answer with `status`, or with any 2xx. */
  readonly http?: string
  readonly status?: number
  /** Name of the port for `http`. */
  readonly port?: string
  /** Name of a port that is to accept connections. */
  readonly tcp?: string
  /** Regular expression that is to match what the process has logged. */
  readonly log?: string
  readonly timeout_seconds?: number
}

/** JSON Schema of the property. */
export const readySchema = {
  properties: {
    http: { type: 'string', pattern: '^/' },
    status: { type: 'integer', minimum: 100, maximum: 599 },
    port: { type: 'string' },
    tcp: { type: 'string' },
    log: { type: 'string' },
    timeout_seconds: { type: 'number', exclusiveMinimum: 0 },
  },
  additionalProperties: false,
} satisfies JsonObject

const ANSWER_MILLISECONDS = 2000
/** Without ports and checks a process counts as ready when it has not fallen over at once. */
const SETTLED_SECONDS = 0.5
const LOG_BYTES_MAX = 1_000_000

export async function isReady(
  check: ReadyCheck,
  launch: Launch,
  status: Status,
  livedSeconds: number,
  signal: AbortSignal,
) {
  const { ports } = launch
  if (check.log !== undefined) return new RegExp(check.log, 'm').test(await readLog(launch.logFile, status.logFrom))
  if (check.http !== undefined) return answers(check, portOf(ports, check.port), signal)
  if (check.tcp !== undefined) return accepts(portOf(ports, check.tcp))
  const all = Object.values(ports)
  if (all.length === 0) return livedSeconds >= SETTLED_SECONDS
  return (await Promise.all(all.map(accepts))).every(Boolean)
}

/** What the process has said, from `from` on and at most the last `bytesMax`. */
export async function readLog(path: string, from: number, bytesMax = LOG_BYTES_MAX): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(from, size - bytesMax)
    const length = Math.max(0, size - start)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

const portOf = (ports: Ports, name: string | undefined): number => ports[name ?? portNames(ports)[0] ?? ''] ?? 0

async function answers({ http = '/', status }: ReadyCheck, port: number, signal: AbortSignal): Promise<boolean> {
  try {
    const until = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MILLISECONDS)])
    const answer = await fetch(`http://127.0.0.1:${port}${http}`, { signal: until, redirect: 'manual' })
    await answer.body?.cancel()
    return status === undefined ? answer.ok : answer.status === status
  } catch {
    return false
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1', timeout: ANSWER_MILLISECONDS })
    const end = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
