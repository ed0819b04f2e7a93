// An engine: for ever settles, claims, decides and acts. It holds nothing in memory that matters; any number of engines
// share one database and know of each other only through it.
import { hostname } from 'node:os'
import type { World } from '../lib/world.js'
import type { Logger } from '../provider/contract.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { StackWork } from '../store/claim.js'
import type { Database, Listening } from '../store/database.js'
import { beat, disclaim, findUnwanted, type Pulse, registerEngine, removeEngine } from '../store/engines.js'
import { announce } from '../store/listen.js'
import { mayAdvance } from './advance.js'
import { type Caller, callProvider, Disowned, GRACE_SECONDS, HandBack, judge, Unwanted } from './call.js'
import { Deadlines } from './deadlines.js'
import { Interruption } from './interruption.js'
import { advanceStacks } from './nested/end.js'
import { Outlook } from './outlook.js'
import { defaultRetryPolicy, type RetryPolicy } from './retry.js'
import { isLong, Slots } from './slots.js'
import { sweep } from './sweep.js'
import { noTelemetry, type Telemetry } from './telemetry.js'
import { claimTurn, settleTurn } from './turn.js'
import type { TurnContext } from './turn-context.js'
import { isForDeletion } from './visit-settle.js'
import type { FinishedWork, Work } from './work.js'

export interface EngineOptions {
  readonly types: TypeRegistry
  readonly world: World
  readonly log: Logger
  /** Provider calls at once. */
  readonly slots: number
  /** An engine that is silent for so long is given up for dead. */
  readonly silentSeconds: number
  /** The first rest between two looks at the database when there is nothing to do; see `restOf`. */
  readonly idleSeconds: number
  readonly retry?: Partial<RetryPolicy>
  readonly telemetry?: Telemetry
  readonly mayReach?: NonNullable<Caller['mayReach']>
  readonly publicUrl?: NonNullable<Caller['publicUrl']>
}

interface Running {
  readonly work: Work
  readonly interruption: Interruption
  /** The provider has been called. */
  called: boolean
}

/** How an engine is, for whoever looks after it. */
export interface EngineHealth {
  readonly id: string
  readonly slots: number
  /** Calls under way. */
  readonly running: number
  readonly heartbeatAgeSeconds: number
  /** The others count on it. */
  readonly alive: boolean
  /** Announcements arrive. */
  readonly listening: boolean
  /** It takes on nothing new. */
  readonly draining: boolean
}

export class Engine {
  readonly #database: Database
  readonly #options: EngineOptions
  readonly #telemetry: Telemetry
  #id: string
  #caller: Caller
  #lastBeatSeconds = 0
  #stopping = false
  #draining = false
  /** What it held it has let go of, and must not go on under the same name. */
  #disowned = false
  /** Until when a turn whose answer was lost may still turn out to have been committed. */
  #doubtUntilSeconds = 0
  /** The database seems to believe that more is held than is known here. */
  #suspicious = false
  /** Outcomes that a turn under way is to settle. */
  #settling = 0
  readonly #running = new Map<string, Running>()
  readonly #slots: Slots
  readonly #outlook: Outlook
  #finished: FinishedWork[] = []
  #bell = new AbortController()
  #attention = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()
  #ear: Listening | undefined
  /** Rests in a row in which nothing happened. */
  #quiet = 0
  #ringing = false
  #rangSeconds = Number.NEGATIVE_INFINITY

  constructor(database: Database, options: EngineOptions) {
    this.#database = database
    this.#options = options
    this.#telemetry = options.telemetry ?? noTelemetry
    this.#slots = new Slots(options.slots)
    this.#outlook = new Outlook(database, options.world)
    this.#id = options.world.newId()
    this.#caller = { ...options, database, engineId: this.#id, deadlines: new Deadlines(options.world) }
  }

  get id(): string {
    return this.#id
  }

  get health(): EngineHealth {
    const { world, slots, silentSeconds } = this.#options
    const heartbeatAgeSeconds = world.elapsedSeconds() - this.#lastBeatSeconds
    const running = [...this.#running.values()].filter(({ called }) => called).length
    const alive = !this.#disowned && heartbeatAgeSeconds < silentSeconds
    const [listening, draining] = [this.#ear?.alive ?? false, this.#draining]
    return { id: this.#id, slots, running, heartbeatAgeSeconds, alive, listening, draining }
  }

  async start(): Promise<void> {
    await this.#register()
    this.#ear = this.#database.listen?.(this.#options.world, ({ kind, by }) => {
      if (kind === 'command') this.wake()
      else if (by !== this.#id) this.#bell.abort()
    })
    this.#loops = Promise.all([this.#workLoop(), this.#heartLoop()])
  }

  /** Something has changed: look at the database now instead of at the end of the rest. */
  wake(): void {
    this.#outlook.spoil()
    this.#bell.abort()
    this.#attention.abort()
  }

  /** No new claims; what is under way finishes, or is aborted and handed back after `drainSeconds`. */
  async stop(drainSeconds: number): Promise<void> {
    this.#draining = true
    // What waits in line for a slot goes back at once.
    for (const { called, interruption } of this.#running.values()) if (!called) interruption.interrupt(handBack)
    this.#slots.flush()
    const begun = this.#options.world.elapsedSeconds()
    while (this.#running.size > 0 && this.#options.world.elapsedSeconds() - begun < drainSeconds) {
      await this.#options.world.sleep(0.02)
    }
    for (const { interruption } of this.#running.values()) interruption.interrupt(handBack)
    // Without a database nothing can be handed back; the others will notice that this engine is silent.
    const given = this.#options.world.elapsedSeconds()
    const busy = () => this.#running.size > 0 || this.#finished.length > 0
    while (busy() && this.#options.world.elapsedSeconds() - given < GRACE_SECONDS) await this.#options.world.sleep(0.01)
    this.#stopping = true
    this.wake()
    await Promise.all([this.#loops, this.#ear?.close()])
    await removeEngine(this.#database, this.#id).catch((error: unknown) => {
      this.#options.log.warn({ error, engine: this.#id }, 'could not sign off; others will notice the silence')
    })
  }

  async #register(): Promise<void> {
    await registerEngine(this.#database, { id: this.#id, host: hostname(), pid: process.pid })
    this.#lastBeatSeconds = this.#options.world.elapsedSeconds()
  }

  // ── work ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #workLoop(): Promise<void> {
    while (!this.#stopping) {
      try {
        const restSeconds = await this.#round()
        this.#quiet = restSeconds > 0 ? this.#quiet + 1 : 0
        if (restSeconds > 0) await this.#options.world.sleep(restSeconds, this.#bell.signal)
      } catch (error) {
        // The database is away, or a statement failed: nothing was written, so the round is simply made again.
        this.#doubt()
        this.#telemetry.failed(error, 'round', this.#id)
        await this.#options.world.sleep(Math.min(1, this.#options.idleSeconds))
      }
    }
  }

  /** One look at the database and what follows from it. @returns seconds to rest: 0 when there may be more to do. */
  async #round(): Promise<number> {
    if (this.#bell.signal.aborted) this.#bell = new AbortController()
    const bell = this.#bell
    if (this.#suspicious || this.#options.world.elapsedSeconds() < this.#doubtUntilSeconds) await this.#disclaim()
    const seen = this.#outlook.work
    const work = await this.#look()
    // Of what was seen before, whatever could be moved on has been.
    const ripe = work === seen ? [] : work.filter(mayAdvance).map(({ id }) => id)
    const moved = await advanceStacks(this.#database, ripe)
    this.#outlook.leave(mayAdvance)
    const begunSeconds = this.#options.world.elapsedSeconds()
    const settled = await this.#settle()
    const free = this.#draining ? 0 : this.#slots.room()
    const due = free > 0 ? this.#outlook.inTurn(free) : []
    const open = [...new Set([...settled.map((finished) => finished.work.stackId), ...due])]
    if (free > 0 && open.length > 0) {
      await this.#claim(open, free, begunSeconds)
      await this.#advance(settled)
    }
    if (open.length > 0 || moved || bell.signal.aborted) return 0
    // Without a free slot it is the end of a call that is waited for.
    const next = free > 0 ? work.map(({ nextDueSeconds }) => nextDueSeconds ?? Number.POSITIVE_INFINITY) : []
    return Math.max(0.001, Math.min(this.#restSeconds(), ...next))
  }

  /** Longer and longer while nothing happens: with announcements a look is only a precaution, without them it is needed. */
  #restSeconds(): number {
    const { idleSeconds } = this.#options
    const longest = !this.#ear ? 1 : this.#ear.alive ? 10 : 2
    return idleSeconds * Math.min(longest, 2 ** this.#quiet)
  }

  /** What there is to do. Where the last turn found something there may be more, so for a while it is not asked for. */
  async #look(): Promise<readonly StackWork[]> {
    const good = this.#slots.tookSome && this.#outlook.isGood
    // Quick calls are over a moment after they were begun; then more are begun at once the next time.
    if (this.#slots.tookAll || (good && this.#finished.length === 0)) await this.#options.world.sleep(0)
    if (!good) await this.#outlook.look()
    return this.#outlook.work
  }

  /** A stack of which nothing is left after its last outcome is probably at its end. Nested ones end by the look, many at a time. */
  async #advance(settled: readonly FinishedWork[]): Promise<void> {
    const last = new Set(settled.flatMap(({ work, outcome }) => (outcome.kind === 'pending' ? [] : work.stackId)))
    for (const { id, nested } of this.#outlook.work) if (nested) last.delete(id)
    for (const { work } of [...this.#running.values(), ...this.#finished]) last.delete(work.stackId)
    await advanceStacks(this.#database, [...last])
    this.#outlook.leave(({ id }) => last.has(id))
  }

  /** @returns the outcomes that there were. */
  async #settle(): Promise<readonly FinishedWork[]> {
    const finished = this.#finished
    if (finished.length === 0) return []
    this.#finished = []
    this.#settling = finished.length
    try {
      const context = this.#turnContext()
      const { postponed, refused } = await this.#database.transaction((sql) => settleTurn(sql, context, finished))
      this.#finished.push(...postponed)
      this.#telemetry.turned({ settled: finished.length - postponed.length, refused, begun: 0 }, this.#id)
      return finished
    } catch (error) {
      this.#finished.push(...finished)
      throw error
    } finally {
      this.#settling = 0
    }
  }

  async #claim(stackIds: readonly number[], free: number, begunSeconds: number): Promise<void> {
    const context = this.#turnContext()
    const { begun, more } = await this.#database.transaction((sql) => claimTurn(sql, context, stackIds, free))
    this.#slots.take(
      begun.map((work) => this.#begin(work)),
      more,
      isLong(this.#options.world.elapsedSeconds() - begunSeconds, stackIds.length),
    )
    this.#telemetry.turned({ settled: 0, refused: [], begun: begun.length }, this.#id)
    this.#ring()
  }

  #turnContext(): TurnContext {
    const { types, world } = this.#options
    return { engineId: this.#id, types, random: world.random, policyFor: (type) => this.#policyFor(type) }
  }

  /** There is more to do than this engine can take: others may be resting. */
  #ring(): void {
    if (!this.#ear || !this.#slots.tookAll || this.#ringing) return
    const { world } = this.#options
    this.#ringing = true
    const early = Math.max(0, this.#rangSeconds + RING_SECONDS - world.elapsedSeconds())
    void (early > 0 ? world.sleep(early) : Promise.resolve()).then(() => {
      this.#ringing = false
      this.#rangSeconds = world.elapsedSeconds()
      return announce(this.#database, { kind: 'work', by: this.#id }).catch(() => undefined)
    })
  }

  /** What the database believes of this engine may differ from what it knows itself: it looks for a while. */
  #doubt(): void {
    this.#doubtUntilSeconds = this.#options.world.elapsedSeconds() + this.#options.silentSeconds
  }

  /** A turn that failed may have been committed all the same, and have claimed rows that nobody would come by for. */
  async #disclaim(): Promise<void> {
    const known = [...this.#running.values(), ...this.#finished].map(({ work }) => work)
    this.#suspicious = false
    await disclaim(this.#database, this.#id, known)
  }

  #policyFor(type: string): RetryPolicy {
    const attemptsMax = this.#options.types.get(type)?.attemptsMax
    return { ...defaultRetryPolicy, ...this.#options.retry, ...(attemptsMax === undefined ? {} : { attemptsMax }) }
  }

  // ── provider calls ────────────────────────────────────────────────────────────────────────────────────────────────

  /** The engine holds the row from here on; the call itself is made when a slot is free. */
  #begin(work: Work): () => Promise<void> {
    const running: Running = { work, interruption: new Interruption(), called: false }
    const key = `${work.stackId}/${work.id}`
    this.#running.set(key, running)
    if (this.#draining) running.interruption.interrupt(handBack)
    return async () => {
      const { interruption } = running
      running.called = interruption.reason === undefined
      const outcome = running.called
        ? await this.#telemetry.call(work, this.#id, () => callProvider(this.#caller, running))
        : judge(undefined, interruption, work)
      if (this.#running.get(key) === running) this.#running.delete(key)
      // Without an outcome the row belongs to somebody else by now.
      if (outcome) this.#finished.push({ work, outcome })
      this.#bell.abort(OVER)
    }
  }

  // ── heart ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #heartLoop(): Promise<void> {
    const { world, silentSeconds } = this.#options
    while (!this.#stopping) {
      let restSeconds = silentSeconds / 5
      try {
        restSeconds = Math.min(restSeconds, await this.#beat())
      } catch (error) {
        this.#telemetry.failed(error, 'heartbeat', this.#id)
        // Others may soon take the rows over: what is under way must have ended by then.
        if (world.elapsedSeconds() - this.#lastBeatSeconds > silentSeconds * 0.7) this.#disown()
      }
      await world.sleep(restSeconds, this.#attention.signal)
      if (this.#attention.signal.aborted) this.#attention = new AbortController()
    }
  }

  /** @returns in how many seconds another engine will have been silent too long, unless it speaks until then. */
  async #beat(): Promise<number> {
    const { silentSeconds } = this.#options
    const pulse = this.#disowned ? undefined : await this.#pulse()
    if (!pulse?.alive) await this.#startAnew()
    if (this.#running.size > 0) {
      for (const { stackId, id, fence, cancelled } of await findUnwanted(this.#database, this.#id)) {
        const running = this.#running.get(`${stackId}/${id}`)
        if (running?.work.fence === fence && (cancelled || !isForDeletion(running.work)))
          running.interruption.interrupt(new Unwanted('cancelled: no longer wanted'))
      }
    }
    const silentInSeconds = pulse?.silentInSeconds ?? silentSeconds
    if (pulse && !pulse.neglected && silentInSeconds > 0) return silentInSeconds + 0.01
    const reclaimed = await sweep(this.#database, silentSeconds)
    if (reclaimed.length > 0) {
      this.#telemetry.tookOver(reclaimed, this.#id)
      this.#bell.abort()
    }
    return silentSeconds / 5
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
      if (pulse.held > this.#running.size + this.#finished.length + this.#settling) this.#suspicious = true
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
    this.#caller = { ...this.#caller, engineId: this.#id }
    await this.#register()
    this.#disowned = false
  }

  #disown(): void {
    this.#disowned = true
    for (const { interruption } of this.#running.values()) interruption.interrupt(new Disowned('given up for dead'))
    this.#running.clear()
    this.#finished = []
  }
}

/** Announcing costs a commit its turn in a queue, so it is done no oftener than others can come. */
const RING_SECONDS = 0.25
/** Why a wait is over; without a reason each abort would make an exception with a stack trace, once per call. */
const OVER = 'over'
const handBack = new HandBack('the engine is stopping')
