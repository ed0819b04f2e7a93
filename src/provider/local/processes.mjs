// @ts-check
// Which processes belong to a token, and how they are stopped. Plain JavaScript with checked types, because the
// supervisor, which Node starts directly, uses it too: from the sources in a test as from the build in a shell.
//
// A process is recognised by its environment (ISOTHERM_TOKEN), never by its number alone: numbers are used again, after a
// reboot or in another container at once. Children inherit the mark, so what a command forks belongs to it as well.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN_MILLISECONDS = 50

/**
 * The entry of an environment that marks a token's processes.
 * @param {string} token
 */
export const markOf = (token) => `ISOTHERM_TOKEN=${token}`

/**
 * Whether process `pid` lives and carries the mark.
 * @param {number} pid
 * @param {string} mark
 */
export function carries(pid, mark) {
  if (process.platform === 'linux') return environmentOf(pid).includes(mark)
  return elsewhere(['-p', String(pid)], mark).length > 0
}

/**
 * All living processes that carry the mark.
 * @param {string} mark
 * @returns {number[]}
 */
export function processesWith(mark) {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return pids.map(Number).filter((pid) => environmentOf(pid).includes(mark))
  }
  return elsewhere(['-A'], mark)
}

/**
 * Where there is no /proc, `ps` shows environments too, but not those of the system's own programs, such as the shell; what
 * we start has the token in its arguments as well.
 * @param {string[]} which
 * @param {string} mark
 */
function elsewhere(which, mark) {
  const token = mark.slice(mark.indexOf('=') + 1)
  try {
    const listing = execFileSync('ps', [...which, '-E', '-ww', '-o', 'pid=,command='], { encoding: 'utf8' })
    const lines = listing.split('\n').filter((line) => line.includes(token))
    return lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid > 0)
  } catch {
    return []
  }
}

/**
 * Signals each process; one that has gone meanwhile is no matter.
 * @param {Iterable<number>} pids
 * @param {NodeJS.Signals} signal
 */
export function signalAll(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {}
  }
}

/**
 * Asks the processes to end, and ends those that have not after `graceSeconds`. Resolves when none is left.
 * @param {() => number[]} find
 * @param {number} graceSeconds
 */
export async function stopAll(find, graceSeconds) {
  signalAll(find(), 'SIGTERM')
  const rounds = Math.ceil((graceSeconds * 1000) / LOOK_AGAIN_MILLISECONDS)
  for (let round = 0; find().length > 0; round++) {
    if (round >= rounds) signalAll(find(), 'SIGKILL')
    await sleep(LOOK_AGAIN_MILLISECONDS)
  }
}

/**
 * Empty for a process that has gone, is a zombie, or belongs to somebody else.
 * @param {number} pid
 */
function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}
