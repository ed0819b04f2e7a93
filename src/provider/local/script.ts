// Runs the scripts of a Command so that their end is known even when the engine that started them is not there to see
// it: a script is started in a session of its own, writes to files, and its shell notes the exit code on disk.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallContext } from '../contract.js'
import { ProviderError } from '../error.js'
import { makePrivate, readText, remove, writeWhole } from './disk.js'
import { inherited } from './environment.js'
import { carries, markOf, signalAll } from './processes.mjs'

export interface Script {
  /** The name of the run's files: `create`, `update` and so on. */
  readonly action: string
  readonly text: string
  readonly environment: { readonly [name: string]: string }
  readonly directory: string
  /** How much of stdout and of stderr is read. */
  readonly outputBytesMax: number
  /** A run with this key that has succeeded counts, however often it is asked for; without it each call runs the script. */
  readonly onceFor?: string
}

export interface ScriptResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Run number n of an action belongs to the shell that links its own number to `.claim`: of two engines that start
 * the same run only one does anything. $1 is the path of the run's files without their ends.
 */
const SHELL = `
echo $$ > "$1.claim.$$" && ln "$1.claim.$$" "$1.claim" 2>/dev/null; won=$?
rm -f "$1.claim.$$"
[ $won = 0 ] || exit 125
/bin/sh "$1.script" > "$1.stdout" 2> "$1.stderr" < /dev/null
code=$?
echo $code > "$1.exit.new" && mv "$1.exit.new" "$1.exit"
`
const WATCH_SECONDS = 0.1
const KILL_AFTER_SECONDS = 5
const DISK_BYTES_MAX = 64 * 1024 * 1024

/**
 * Runs the script to its end, or joins the run that an earlier engine has left behind. A run that was itself killed is
 * started again. When the call aborts, everything that the script has started is ended before this rejects.
 */
export async function runScript(call: CallContext, folder: string, script: Script): Promise<ScriptResult> {
  await makePrivate(folder)
  for (;;) {
    call.signal.throwIfAborted()
    const last = await lastRun(folder, script.action)
    const run = last && join(folder, `${script.action}.${last}`)
    if (run && (await isRunning(run, call.token))) await watch(call, run)
    const done = run && script.onceFor !== undefined ? await resultFor(run, script) : undefined
    if (done) return done
    const result = await start(call, folder, script, last + 1)
    if (result) return result
  }
}

/** Ends what is left of an action's last run, if anything is. */
export async function stopScript(call: CallContext, folder: string, action: string): Promise<void> {
  const last = await lastRun(folder, action)
  const leader = last ? await leaderOf(join(folder, `${action}.${last}`)) : undefined
  if (leader !== undefined && carries(leader, markOf(call.token))) await endSession(call, leader)
}

/** The exit code of an action's last run; undefined when there was none or it was killed. */
export async function lastExitCode(folder: string, action: string): Promise<number | undefined> {
  const exit = await readText(join(folder, `${action}.${await lastRun(folder, action)}.exit`))
  return exit === undefined ? undefined : Number(exit)
}

async function lastRun(folder: string, action: string): Promise<number> {
  const claims = (await readdir(folder)).filter((name) => name.startsWith(`${action}.`) && name.endsWith('.claim'))
  return Math.max(0, ...claims.map((name) => Number(name.split('.')[1])))
}

async function leaderOf(run: string): Promise<number | undefined> {
  const text = await readText(`${run}.claim`)
  return text === undefined ? undefined : Number(text)
}

async function isRunning(run: string, token: string): Promise<boolean> {
  const leader = await leaderOf(run)
  return leader !== undefined && (await readText(`${run}.exit`)) === undefined && carries(leader, markOf(token))
}

/** Waits for a run that is not our child. */
async function watch(call: CallContext, run: string): Promise<void> {
  while (await isRunning(run, call.token)) {
    if (call.signal.aborted) {
      const leader = await leaderOf(run)
      if (leader !== undefined) await endSession(call, leader)
      call.signal.throwIfAborted()
    }
    await assertModest(call, run, await leaderOf(run))
    await call.world.sleep(WATCH_SECONDS, call.signal)
  }
}

async function resultFor(run: string, script: Script): Promise<ScriptResult | undefined> {
  if ((await readText(`${run}.key`)) !== script.onceFor) return undefined
  const result = await readResult(run, script.outputBytesMax)
  return result?.exitCode === 0 ? result : undefined
}

/** Undefined when another engine was quicker. */
async function start(call: CallContext, folder: string, script: Script, number: number) {
  const run = join(folder, `${script.action}.${number}`)
  await writeWhole(`${run}.script`, script.text)
  await writeWhole(`${run}.key`, script.onceFor ?? '')
  const environment = { ...inherited(), ...script.environment }
  const shell = spawn('/bin/sh', ['-c', SHELL, 'sh', run], {
    cwd: script.directory,
    env: environment,
    stdio: 'ignore',
    detached: true,
  })
  const exitCode = await ended(call, run, shell)
  if ((await leaderOf(run)) !== shell.pid) {
    if (exitCode === 125) return undefined
    throw new ProviderError('retry', `the ${script.action} script could not be started: no room on the disk, perhaps`)
  }
  const result = await readResult(run, script.outputBytesMax)
  if (!result) throw await killed(run, script.action)
  await removeOlder(folder, script.action, number)
  return result
}

async function killed(run: string, action: string): Promise<ProviderError> {
  if ((await bytesWritten(run)) <= DISK_BYTES_MAX) return new ProviderError('retry', `the ${action} script was killed`)
  return new ProviderError(
    'fatal',
    `the ${action} script was ended: it wrote more than ${DISK_BYTES_MAX} bytes of output`,
  )
}

async function ended(call: CallContext, run: string, shell: ReturnType<typeof spawn>): Promise<number | null> {
  let code: number | null | undefined
  const exit = once(shell, 'exit').then(([exitCode]) => {
    code = exitCode
  })
  const waiting = new AbortController()
  const aborted = new Promise<void>((resolve) => {
    if (call.signal.aborted) resolve()
    else call.signal.addEventListener('abort', () => resolve(), { once: true, signal: waiting.signal })
  })
  const modest = setInterval(() => void assertModest(call, run, shell.pid).catch(() => undefined), 1000)
  try {
    await Promise.race([exit, aborted])
    if (code !== undefined) return code
    if (shell.pid !== undefined) await endSession(call, shell.pid)
    await exit
    throw call.signal.reason
  } finally {
    clearInterval(modest)
    waiting.abort()
  }
}

/** A script that floods the disk is ended. */
async function assertModest(call: CallContext, run: string, leader: number | undefined): Promise<void> {
  if (leader !== undefined && (await bytesWritten(run)) > DISK_BYTES_MAX) await endSession(call, leader)
}

async function bytesWritten(run: string): Promise<number> {
  const files = await Promise.all(['stdout', 'stderr'].map((end) => stat(`${run}.${end}`).catch(() => undefined)))
  return files.reduce((sum, file) => sum + (file?.size ?? 0), 0)
}

/** The shell leads a process group, and its number is not used again while the group has a member. */
async function endSession(call: CallContext, leader: number): Promise<void> {
  signalAll([-leader], 'SIGTERM')
  for (let waited = 0; groupLives(leader); waited += WATCH_SECONDS) {
    if (waited >= KILL_AFTER_SECONDS) signalAll([-leader], 'SIGKILL')
    await call.world.sleep(WATCH_SECONDS)
  }
}

function groupLives(leader: number): boolean {
  try {
    process.kill(-leader, 0)
    return true
  } catch {
    return false
  }
}

async function readResult(run: string, bytesMax: number): Promise<ScriptResult | undefined> {
  const exit = await readText(`${run}.exit`)
  if (exit === undefined) return undefined
  const [stdout, stderr] = [await readHead(`${run}.stdout`, bytesMax), await readHead(`${run}.stderr`, bytesMax)]
  return { exitCode: Number(exit), stdout, stderr }
}

async function readHead(path: string, bytesMax: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const { buffer } = await file.read(Buffer.alloc(Math.min(size, bytesMax)), 0, Math.min(size, bytesMax), 0)
    const text = buffer.toString('utf8')
    return size > bytesMax ? `${text}\n(${size - bytesMax} bytes more are left out)` : text
  } finally {
    await file.close()
  }
}

async function removeOlder(folder: string, action: string, number: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const [of, run] = name.split('.')
    if (of === action && Number(run) < number) await remove(join(folder, name))
  }
}
