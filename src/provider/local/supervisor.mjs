// @ts-check
// Keeps one process of a template running after the program that asked for it has ended. Started as
// `node supervisor.mjs FOLDER RUN` in a session of its own; all it knows and tells lies in FOLDER (see process-state.ts).
// Plain JavaScript with checked types, so that Node can start it from the sources as well as from the build.
//
// Of several supervisors for the same run the one that links its number to `claim.RUN` stays; that, and that a run's
// number is only raised when the holder of the one before is dead, is why a process is never started twice.
import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { markOf, processesWith, signalAll, stopAll } from './processes.mjs'

/** @import { Launch, Policy, Status } from './process-state.js' */

const FIRST_PAUSE_SECONDS = 0.5
const LONGEST_PAUSE_SECONDS = 30
/** After so long a life the next failure counts as the first. */
const SOUND_AFTER_SECONDS = 60

const [folder = '', runText = ''] = process.argv.slice(2)
const run = Number(runText)
const mark = markOf(process.env.ISOTHERM_TOKEN ?? '')
const others = () => processesWith(mark).filter((pid) => pid !== process.pid)

/** @type {Policy} */
let policy = { restart: 'never', stopTimeoutSeconds: 10 }
const stopping = new AbortController()
process.on('SIGTERM', () => stopping.abort())
process.on('SIGINT', () => stopping.abort())
process.on('SIGHUP', () => {})

if (claim()) await supervise()

function claim() {
  const draft = join(folder, `claim.${run}.${process.pid}`)
  try {
    writeFileSync(draft, String(process.pid), { mode: 0o600 })
    linkSync(draft, join(folder, `claim.${run}`))
    return true
  } catch {
    // Another supervisor has this run, or the process is not wanted any more and its folder has gone.
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

async function supervise() {
  // Whatever an earlier supervisor has left behind when it was killed.
  await stopAll(others, readPolicy().stopTimeoutSeconds)
  const launch = /** @type {Launch} */ (readFileJson('launch'))
  const log = openSync(launch.logFile, 'a', 0o600)
  const logFrom = fstatSync(log).size
  for (let starts = 1, failures = 0; !stopping.signal.aborted; starts++) {
    const startedAt = performance.now()
    const end = await runOnce(launch, log, { run, starts, logFrom })
    if (stopping.signal.aborted) break
    const sound = performance.now() - startedAt > SOUND_AFTER_SECONDS * 1000
    failures = sound ? 1 : failures + 1
    if (!startsAgain(end)) return tell({ run, starts, logFrom, state: 'exited', ...end })
    const pauseSeconds = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
    note(log, `${describeEnd(end)}; starting again in ${pauseSeconds} s`)
    tell({ run, starts, logFrom, state: 'pausing', ...end })
    await sleep(pauseSeconds * 1000, undefined, { signal: stopping.signal }).catch(() => {})
  }
  closeSync(log)
  await stopAll(others, readPolicy().stopTimeoutSeconds)
  tell({ run, starts: 0, logFrom, state: 'stopped' })
}

/**
 * One life of the process, from its start until it has ended, or until it has been asked to.
 * @param {Launch} launch
 * @param {number} log
 * @param {Pick<Status, 'run' | 'starts' | 'logFrom'>} place
 * @returns {Promise<{ exitCode: number | null, signal: string | null, error?: string }>}
 */
function runOnce(launch, log, place) {
  const [file = '', ...args] = launch.command
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: launch.directory,
      env: { ...process.env, ...launch.environment },
      stdio: ['ignore', log, log],
    })
    child.once('error', (error) => resolve({ exitCode: null, signal: null, error: error.message }))
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    if (child.pid !== undefined) tell({ ...place, state: 'running', pid: child.pid })
    stopping.signal.addEventListener('abort', () => resolve({ exitCode: null, signal: null }), { once: true })
  })
}

/**
 * A process that was never ready is not started again: whoever waits for it is to hear of it.
 * @param {{ exitCode: number | null }} end
 */
function startsAgain({ exitCode }) {
  if (!existsSync(join(folder, 'ready'))) return false
  const { restart } = readPolicy()
  return restart === 'always' || (restart === 'on_failure' && exitCode !== 0)
}

/** @param {{ exitCode: number | null, signal: string | null, error?: string }} end */
function describeEnd({ exitCode, signal, error }) {
  return error ?? (signal ? `ended by ${signal}` : `ended with exit code ${exitCode}`)
}

/** May be changed while the process runs. When it cannot be read, the last one holds: a supervisor must not die of it. */
function readPolicy() {
  try {
    policy = readFileJson('policy')
  } catch {}
  return policy
}

/** @param {string} name */
function readFileJson(name) {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
}

/** @param {Status} status */
function tell(status) {
  const path = join(folder, 'status.json')
  try {
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(status), { mode: 0o600 })
    renameSync(`${path}.${process.pid}`, path)
  } catch (error) {
    // Without its folder nobody wants this process any more.
    if (!existsSync(folder)) signalAll(others(), 'SIGKILL')
    else throw error
  }
}

/**
 * @param {number} log
 * @param {string} message
 */
function note(log, message) {
  writeSync(log, `[isotherm] ${message}\n`)
}
