// An engine's heart: tells the others that it lives, looks now and then for what nobody else would come by for, and lets go of all
// that the engine holds before others may take it over.
import { hostname } from 'node:os'
import type { World } from '../lib/world.js'
import type { Database } from '../store/database.js'
import { beat, findUnwanted, type Pulse, registerEngine, removeEngine } from '../store/engines.js'
import type { Aside } from './aside.js'
import { Disowned, Unwanted } from './call.js'
import type { Holding } from './holding.js'
import { sweep } from './sweep.js'
import type { Telemetry } from './telemetry.js'
import { isForDeletion } from './visit-settle.js'

export interface HeartOptions {
  readonly world: World
  /** An engine that is silent for so long is given up for dead. */
  readonly silentSeconds: number
  readonly telemetry: Telemetry
  /** The engine has a new name: others had given it up for dead. */
  readonly renamed: (id: string) => void
  /** There is something to do that was not there before. */
  readonly found: () => void
}

export class Heart {
  readonly #database: Database
  readonly #holding: Holding
  readonly #aside: Aside
  readonly #options: HeartOptions
  #id: string
  #lastBeatSeconds = 0
  /** What it held it has let go of, and must not go on under the same name. */
  #disowned = false
  #attention = new AbortController()
  /** The database seems to believe that more is held than is known here. */
  suspicious = false

  constructor(database: Database, holding: Holding, aside: Aside, options: HeartOptions) {
    this.#database = database
    this.#holding = holding
    this.#aside = aside
    this.#options = options
    this.#id = options.world.newId()
  }

  get id(): string {
    return this.#id
  }

  get ageSeconds(): number {
    return this.#options.world.elapsedSeconds() - this.#lastBeatSeconds
  }

  /** The others count on it. */
  get alive(): boolean {
    return !this.#disowned && this.ageSeconds < this.#options.silentSeconds
  }

  async register(): Promise<void> {
    await registerEngine(this.#database, { id: this.#id, host: hostname(), pid: process.pid })
    this.#lastBeatSeconds = this.#options.world.elapsedSeconds()
  }

  /** Beats now instead of at the end of the rest. */
  wake(): void {
    this.#attention.abort()
  }

  async beatUntil(isOver: () => boolean): Promise<void> {
    const { world, silentSeconds, telemetry } = this.#options
    let isFailing = false
    while (!isOver()) {
      let restSeconds = silentSeconds / 5
      try {
        restSeconds = Math.min(restSeconds, await this.#beat())
        if (isFailing) telemetry.recovered(this.#id)
        isFailing = false
      } catch (error) {
        isFailing = true
        telemetry.failed(error, 'heartbeat', this.#id)
        // Others may soon take the rows over: what is under way must have ended by then.
        if (this.ageSeconds > silentSeconds * 0.7) this.#disown()
      }
      await world.sleep(restSeconds, this.#attention.signal)
      if (this.#attention.signal.aborted) this.#attention = new AbortController()
    }
  }

  /** @returns in how many seconds another engine will have been silent too long, unless it speaks until then. */
  async #beat(): Promise<number> {
    const { silentSeconds, telemetry } = this.#options
    const pulse = this.#disowned ? undefined : await this.#pulse()
    if (!pulse?.alive) await this.#startAnew()
    if (this.#holding.isBusy) await this.#breakOffUnwanted()
    const silentInSeconds = pulse?.silentInSeconds ?? silentSeconds
    if (pulse && !pulse.neglected && silentInSeconds > 0) return silentInSeconds + 0.01
    const reclaimed = await sweep(this.#database, silentSeconds, this.#aside)
    if (reclaimed.length > 0) {
      telemetry.tookOver(reclaimed, this.#id)
      this.#options.found()
    }
    return silentSeconds / 5
  }

  async #breakOffUnwanted(): Promise<void> {
    for (const { stackId, id, fence, cancelled } of await findUnwanted(this.#database, this.#id)) {
      const running = this.#holding.get(stackId, id)
      if (running?.work.fence === fence && (cancelled || !isForDeletion(running.work)))
        running.interruption.interrupt(new Unwanted('cancelled: no longer wanted'))
    }
  }

  /** A database that does not answer is as good as none: what is under way must have ended before others take it over. */
  async #pulse(): Promise<Pulse> {
    const { world, silentSeconds } = this.#options
    const begun = world.elapsedSeconds()
    const answered = new AbortController()
    const patience = Math.max(0, this.#lastBeatSeconds + silentSeconds * 0.7 - begun)
    void world.sleep(patience, answered.signal).then(() => {
      if (!answered.signal.aborted) this.#disown()
    })
    try {
      const pulse = await beat(this.#database, this.#id, silentSeconds)
      if (pulse.alive) this.#lastBeatSeconds = begun
      // A server that crashed may have forgotten what it had acknowledged (`synchronous_commit = off`).
      if (pulse.held > this.#holding.size) this.suspicious = true
      return pulse
    } finally {
      answered.abort()
    }
  }

  /** Given up for dead, by others or by itself: the rows are anybody's now. Go on under a new name. */
  async #startAnew(): Promise<void> {
    this.#disown()
    await removeEngine(this.#database, this.#id)
    this.#id = this.#options.world.newId()
    this.#options.renamed(this.#id)
    await this.register()
    this.#disowned = false
  }

  #disown(): void {
    this.#disowned = true
    this.#holding.disown(new Disowned('given up for dead'))
  }
}
