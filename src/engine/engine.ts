// An engine: for ever settles, claims, decides and acts. It holds nothing in memory that matters; any number of engines
// share one database and know of each other only through it.
import { hostname } from 'node:os'
import { equalJson } from '../lib/json.js'
import type { World } from '../lib/world.js'
import type { CallContext, Logger } from '../provider/contract.js'
import type { TypeRegistry } from '../provider/registry.js'
import { findWork, readRequired, type StackWork } from '../store/claim.js'
import type { Database } from '../store/database.js'
import { beat, disclaim, findUnwanted, registerEngine, removeEngine } from '../store/engines.js'
import { act } from './act.js'
import { advanceStack, mayAdvance } from './advance.js'
import { referenceOf, thingOf } from './inputs.js'
import { DEFAULT_TIMEOUT_SECONDS } from './prepare.js'
import { defaultRetryPolicy, type RetryPolicy } from './retry.js'
import { Slots } from './slots.js'
import { sweep } from './sweep.js'
import { type TurnContext, turn } from './turn.js'
import type { FinishedWork, Outcome, Work } from './work.js'

export interface EngineOptions {
  readonly types: TypeRegistry
  readonly world: World
  readonly log: Logger
  /** Provider calls at once. */
  readonly slots: number
  /** An engine that is silent for so long is given up for dead. */
  readonly silentSeconds: number
  /** The longest rest between two looks at the database when nothing is announced. */
  readonly idleSeconds: number
  readonly retry?: Partial<RetryPolicy>
}

interface Running {
  readonly work: Work
  readonly controller: AbortController
}

export class Engine {
  readonly #database: Database
  readonly #options: EngineOptions
  #id: string
  #lastBeatSeconds = 0
  #stopping = false
  #draining = false
  /** What it held it has let go of, and must not go on under the same name. */
  #disowned = false
  /** Until when a turn whose answer was lost may still turn out to have been committed. */
  #doubtUntilSeconds = 0
  readonly #running = new Map<string, Running>()
  readonly #slots: Slots
  #seen: { readonly work: readonly StackWork[]; readonly untilSeconds: number } = { work: [], untilSeconds: 0 }
  #finished: FinishedWork[] = []
  #lastStackId = 0
  #bell = new AbortController()
  #attention = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()

  constructor(database: Database, options: EngineOptions) {
    this.#database = database
    this.#options = options
    this.#slots = new Slots(options.slots)
    this.#id = options.world.newId()
  }

  get id(): string {
    return this.#id
  }

  async start(): Promise<void> {
    await this.#register()
    this.#loops = Promise.all([this.#workLoop(), this.#heartLoop()])
  }

  /** Something has changed: look at the database now instead of at the end of the rest. */
  wake(): void {
    this.#bell.abort()
    this.#attention.abort()
  }

  /** No new claims; what is under way finishes, or is aborted and handed back after `drainSeconds`. */
  async stop(drainSeconds: number): Promise<void> {
    this.#draining = true
    const begun = this.#options.world.elapsedSeconds()
    while (this.#running.size > 0 && this.#options.world.elapsedSeconds() - begun < drainSeconds) {
      await this.#options.world.sleep(0.02)
    }
    for (const { controller } of this.#running.values()) controller.abort(new HandBack('the engine is stopping'))
    // Without a database nothing can be handed back; the others will notice that this engine is silent.
    const given = this.#options.world.elapsedSeconds()
    const busy = () => this.#running.size > 0 || this.#finished.length > 0
    while (busy() && this.#options.world.elapsedSeconds() - given < GRACE_SECONDS) await this.#options.world.sleep(0.01)
    this.#stopping = true
    this.wake()
    await this.#loops
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
        if (restSeconds > 0) await this.#rest(restSeconds)
      } catch (error) {
        // The database is away, or a statement failed: nothing was written, so the round is simply made again.
        this.#options.log.error({ error, engine: this.#id }, 'a round failed; it will be made again')
        await this.#options.world.sleep(Math.min(1, this.#options.idleSeconds))
      }
    }
  }

  /** One look at the database and what follows from it. @returns seconds to rest: 0 when there may be more to do. */
  async #round(): Promise<number> {
    if (this.#bell.signal.aborted) this.#bell = new AbortController()
    const bell = this.#bell
    if (this.#options.world.elapsedSeconds() < this.#doubtUntilSeconds) await this.#disclaim()
    const work = await this.#look()
    let moved = false
    for (const stack of work.filter(mayAdvance)) moved = (await advanceStack(this.#database, stack.id)) || moved
    const free = this.#draining ? 0 : this.#slots.room()
    const due = free > 0 ? work.filter((stack) => stack.due) : []
    if (due.length > 0 || this.#finished.length > 0) {
      await this.#turn(this.#inTurn(due, free), free)
      return 0
    }
    if (moved || bell.signal.aborted) return 0
    const next = work.map(({ nextDueSeconds }) => nextDueSeconds ?? Number.POSITIVE_INFINITY)
    return Math.max(0.001, Math.min(this.#options.idleSeconds, ...next))
  }

  /** What there is to do. Where the last turn found as much as it could take there is more, so it need not be asked for. */
  async #look(): Promise<readonly StackWork[]> {
    const now = this.#options.world.elapsedSeconds()
    if (this.#finished.length > 0 && this.#slots.tookAll && now < this.#seen.untilSeconds) return this.#seen.work
    this.#seen = { work: await findWork(this.#database), untilSeconds: now + SEEN_SECONDS }
    return this.#seen.work
  }

  /** Stacks take turns: those after the one that was served last come first. */
  #inTurn(due: readonly StackWork[], free: number): number[] {
    const ids = due.map(({ id }) => id)
    const later = ids.filter((id) => id > this.#lastStackId)
    const served = [...later, ...ids.filter((id) => id <= this.#lastStackId)].slice(0, free)
    this.#lastStackId = served.at(-1) ?? this.#lastStackId
    return served
  }

  async #turn(stackIds: readonly number[], free: number): Promise<void> {
    const finished = this.#finished
    this.#finished = []
    const context: TurnContext = {
      engineId: this.#id,
      types: this.#options.types,
      random: this.#options.world.random,
      policyFor: (type) => this.#policyFor(type),
    }
    try {
      const result = await this.#database.transaction((sql) => turn(sql, context, finished, stackIds, free))
      this.#finished.push(...result.postponed)
      this.#slots.take(result.begun.map((work) => this.#begin(work)))
    } catch (error) {
      this.#finished.push(...finished)
      this.#doubtUntilSeconds = this.#options.world.elapsedSeconds() + this.#options.silentSeconds
      throw error
    }
  }

  /** A turn that failed may have been committed all the same, and have claimed rows that nobody would come by for. */
  async #disclaim(): Promise<void> {
    const known = [...this.#running.values(), ...this.#finished].map(({ work }) => work)
    await disclaim(this.#database, this.#id, known)
  }

  #policyFor(type: string): RetryPolicy {
    const attemptsMax = this.#options.types.get(type)?.attemptsMax
    return { ...defaultRetryPolicy, ...this.#options.retry, ...(attemptsMax === undefined ? {} : { attemptsMax }) }
  }

  async #rest(seconds: number): Promise<void> {
    await this.#options.world.sleep(seconds, this.#bell.signal)
  }

  // ── provider calls ────────────────────────────────────────────────────────────────────────────────────────────────

  /** The engine holds the row from here on; the call itself is made when a slot is free. */
  #begin(work: Work): () => Promise<void> {
    const running = { work, controller: new AbortController() }
    const key = `${work.stackId}/${work.id}`
    this.#running.set(key, running)
    return async () => {
      const { signal } = running.controller
      const outcome = signal.aborted ? this.#judge(undefined, signal, work) : await this.#call(running)
      if (this.#running.get(key) === running) this.#running.delete(key)
      // Without an outcome the row belongs to somebody else by now.
      if (outcome) this.#finished.push({ work, outcome })
      this.#bell.abort()
    }
  }

  async #call({ work, controller }: Running): Promise<Outcome | undefined> {
    const { world, types } = this.#options
    const type = types.get(work.type)
    if (!type) return failedOutcome('fatal', `the type ${work.type} is not registered in this engine`)
    const deadlineSeconds = type.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS
    const over = new AbortController()
    const timedOut = world.sleep(deadlineSeconds, over.signal).then(async () => {
      if (over.signal.aborted) return undefined
      controller.abort(new Error(`timed out after ${deadlineSeconds} s`))
      // A call that does not heed its signal keeps its slot no longer than this.
      await world.sleep(GRACE_SECONDS, over.signal)
      return undefined
    })
    const acted = act(type, this.#contextOf(work, controller.signal, deadlineSeconds), work)
    const outcome = await Promise.race([acted, timedOut.then(() => (over.signal.aborted ? acted : undefined))])
    over.abort()
    return this.#judge(outcome, controller.signal, work)
  }

  /** What an aborted call means depends on why it was aborted. */
  #judge(outcome: Outcome | undefined, signal: AbortSignal, work: Work): Outcome | undefined {
    if (outcome && (!signal.aborted || outcome.kind !== 'failed')) return outcome
    const reason: unknown = signal.reason
    if (reason instanceof Disowned) return undefined
    if (reason instanceof HandBack) return { kind: 'handedBack' }
    const errorClass = reason instanceof Unwanted ? 'fatal' : 'retry'
    return failedOutcome(errorClass, reason instanceof Error ? reason.message : `aborted: ${work.name}`)
  }

  #contextOf(work: Work, signal: AbortSignal, deadlineSeconds: number): CallContext {
    const { world, log, types } = this.#options
    return {
      token: work.token,
      signal,
      deadlineSeconds,
      attempt: work.attempt,
      fence: work.fence,
      log,
      project: work.project,
      stack: work.stackName,
      stackId: work.stackUid,
      name: work.name,
      peer: async (reference) => {
        const rows = await readRequired(this.#database, work.stackId, work.id)
        const found = rows.find((row) => equalJson(referenceOf(row, types.get(row.type)), reference))
        return found ? thingOf(found) : null
      },
      world,
    }
  }

  // ── heart ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #heartLoop(): Promise<void> {
    const { world, silentSeconds, log } = this.#options
    while (!this.#stopping) {
      try {
        await this.#beat()
      } catch (error) {
        log.warn({ error, engine: this.#id }, 'no heartbeat could be written')
        // Others may soon take the rows over: what is under way must have ended by then.
        if (world.elapsedSeconds() - this.#lastBeatSeconds > silentSeconds * 0.7) this.#disown()
      }
      await world.sleep(silentSeconds / 5, this.#attention.signal)
      if (this.#attention.signal.aborted) this.#attention = new AbortController()
    }
  }

  async #beat(): Promise<void> {
    const begun = this.#options.world.elapsedSeconds()
    if (!this.#disowned && (await beat(this.#database, this.#id))) this.#lastBeatSeconds = begun
    else await this.#startAnew()
    if (this.#running.size > 0) {
      for (const { stackId, id, fence } of await findUnwanted(this.#database, this.#id)) {
        const running = this.#running.get(`${stackId}/${id}`)
        if (running?.work.fence === fence) running.controller.abort(new Unwanted('cancelled: no longer wanted'))
      }
    }
    const reclaimed = await sweep(this.#database, this.#options.silentSeconds)
    if (reclaimed.length > 0) this.#bell.abort()
  }

  /** Given up for dead, by others or by itself: the rows are anybody's now. Go on under a new name. */
  async #startAnew(): Promise<void> {
    this.#disown()
    await removeEngine(this.#database, this.#id)
    this.#id = this.#options.world.newId()
    await this.#register()
    this.#disowned = false
  }

  #disown(): void {
    this.#disowned = true
    for (const { controller } of this.#running.values()) controller.abort(new Disowned('given up for dead'))
    this.#running.clear()
    this.#finished = []
  }
}

const GRACE_SECONDS = 5
/** So long may an engine that has its hands full overlook that there is a new stack. */
const SEEN_SECONDS = 0.25

class Unwanted extends Error {}
class Disowned extends Error {}
class HandBack extends Error {}

function failedOutcome(errorClass: 'fatal' | 'retry', message: string): Outcome {
  return { kind: 'failed', errorClass, message, retryAfterSeconds: 0, physicalId: null }
}
