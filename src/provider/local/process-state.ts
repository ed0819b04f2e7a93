// The folder in which a supervised process, its supervisor and the engines meet:
//   launch.json  what is to be started, written once per start of the thing     policy.json  what may change meanwhile
//   claim.N      the supervisor that carries out run N, by process id            status.json  what the supervisor tells
//   ready        exists since the process was ready for the first time           log          what the process says
import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lookAt, makePrivate, placeNew, readJson, readText, remove, writeWhole } from './disk.js'
import { inherited } from './environment.js'
import { carries, markOf, processesWith, signalAll } from './processes.mjs'

export interface Launch {
  /** Hash of the properties it was made from. */
  readonly key: string
  readonly command: readonly string[]
  readonly directory: string
  /** On top of the supervisor's own. */
  readonly environment: { readonly [name: string]: string }
  readonly ports: { readonly [name: string]: number }
  readonly logFile: string
}

export interface Policy {
  readonly restart: 'always' | 'on_failure' | 'never'
  readonly stopTimeoutSeconds: number
}

export interface Status {
  readonly run: number
  /** `pausing`: ended, and about to be started again. `exited`: ended for good. `stopped`: on request. */
  readonly state: 'running' | 'pausing' | 'exited' | 'stopped'
  readonly pid?: number
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly error?: string
  readonly starts: number
  /** Where in the log this run begins. */
  readonly logFrom: number
}

const SUPERVISOR = fileURLToPath(new URL('./supervisor.mjs', import.meta.url))

export class ProcessState {
  readonly folder: string
  readonly #token: string
  readonly #mark: string

  constructor(stateDirectory: string, token: string) {
    this.folder = join(stateDirectory, token)
    this.#token = token
    this.#mark = markOf(token)
  }

  readonly defaultLog = () => join(this.folder, 'log')
  readonly exists = async () => (await lookAt(this.folder)) !== undefined
  readonly launch = () => readJson<Launch>(join(this.folder, 'launch.json'))
  readonly status = () => readJson<Status>(join(this.folder, 'status.json'))
  readonly policy = () => readJson<Policy>(join(this.folder, 'policy.json'))
  readonly markReady = () => writeWhole(join(this.folder, 'ready'), '')
  readonly forgetReady = () => remove(join(this.folder, 'ready'))
  /** The supervisor and all that it or its process has started. */
  readonly processes = () => processesWith(this.#mark)

  async setPolicy(policy: Policy): Promise<void> {
    await makePrivate(this.folder)
    await writeWhole(join(this.folder, 'policy.json'), JSON.stringify(policy))
  }

  /** Of two engines that lay down a launch at once the first wins; both get what is valid. */
  async layDown(launch: Launch): Promise<Launch> {
    await placeNew(join(this.folder, 'launch.json'), JSON.stringify(launch))
    return (await this.launch()) ?? launch
  }

  forgetLaunch(): Promise<void> {
    return remove(join(this.folder, 'launch.json'))
  }

  /** The run whose supervisor lives, if one does. */
  async livingRun(): Promise<number | undefined> {
    const run = await this.#lastRun()
    // The first supervisor of all may have been started and not have come to its claim.
    if (run === 0) return this.processes().length > 0 ? 1 : undefined
    return (await this.#supervisorOf(run)) === undefined ? undefined : run
  }

  /** The living run, or a new one that has been started. */
  async ensureSupervised(): Promise<number> {
    const living = await this.livingRun()
    if (living !== undefined) return living
    const run = (await this.#lastRun()) + 1
    const { NODE_OPTIONS: _, ...environment } = inherited()
    const supervisor = spawn(process.execPath, [SUPERVISOR, this.folder, String(run)], {
      env: { ...environment, ISOTHERM_TOKEN: this.#token },
      cwd: this.folder,
      stdio: 'ignore',
      detached: true,
    })
    supervisor.on('error', () => undefined)
    supervisor.unref()
    return run
  }

  /** The supervisor ends its process by the rules; what has lost its supervisor is asked directly. */
  async requestStop(): Promise<void> {
    const supervisor = await this.#supervisorOf(await this.#lastRun())
    signalAll(supervisor === undefined ? this.processes() : [supervisor], 'SIGTERM')
  }

  kill(): void {
    signalAll(this.processes(), 'SIGKILL')
  }

  remove(): Promise<void> {
    return remove(this.folder)
  }

  async #lastRun(): Promise<number> {
    const runs = (await readdir(this.folder)).map((name) => /^claim\.(\d+)$/.exec(name)?.[1])
    return Math.max(0, ...runs.map((run) => Number(run ?? 0)))
  }

  /** The process id of a run's supervisor while it lives. */
  async #supervisorOf(run: number): Promise<number | undefined> {
    const text = await readText(join(this.folder, `claim.${run}`))
    const pid = text === undefined ? undefined : Number(text)
    return pid !== undefined && carries(pid, this.#mark) ? pid : undefined
  }
}
