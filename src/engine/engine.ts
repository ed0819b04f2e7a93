// An engine: for ever settles, claims, decides and acts. It holds nothing in memory that matters; any number of engines
// share one database and know of each other only through it.
import { groupBy } from '../lib/group-by.js'
import type { World } from '../lib/world.js'
import type { Logger } from '../provider/contract.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Database, Listening } from '../store/database.js'
import { disclaim, findUnknown, removeEngine } from '../store/engines.js'
import { announce } from '../store/listen.js'
import { mayAdvance } from './advance.js'
import { asFarAsPossible } from './apart.js'
import { Aside } from './aside.js'
import { brokenCall, type Caller, callProvider, GRACE_SECONDS, HandBack, judge } from './call.js'
import { Deadlines } from './deadlines.js'
import { Failing } from './failing.js'
import { Heart } from './heart.js'
import { Holding } from './holding.js'
import { advanceStacks } from './nested/end.js'
import { Outlook } from './outlook.js'
import { defaultRetryPolicy, type RetryPolicy } from './retry.js'
import { isLong, Slots } from './slots.js'
import { noTelemetry, type Telemetry } from './telemetry.js'
import { claimTurn, settleTurn } from './turn.js'
import type { TurnContext } from './turn-context.js'
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
  /** Stacks that it has put aside because their turns fail. */
  readonly aside: number
}

export class Engine {
  readonly #database: Database
  readonly #options: EngineOptions
  readonly #telemetry: Telemetry
  readonly #holding = new Holding()
  readonly #aside: Aside
  readonly #heart: Heart
  readonly #slots: Slots
  readonly #outlook: Outlook
  #caller: Caller
  #stopping = false
  #draining = false
  /** Until when a turn whose answer was lost may still turn out to have been committed. */
  #doubtUntilSeconds = 0
  #bell = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()
  #ear: Listening | undefined
  /** Rests in a row in which nothing happened. */
  #quiet = 0
  #ringing = false
  #rangSeconds = Number.NEGATIVE_INFINITY

  constructor(database: Database, options: EngineOptions) {
    const { world, telemetry = noTelemetry } = options
    this.#database = database
    this.#options = options
    this.#telemetry = telemetry
    this.#slots = new Slots(options.slots)
    this.#outlook = new Outlook(database, world)
    this.#aside = new Aside(world, new Failing(database, telemetry, () => this.id))
    this.#heart = new Heart(database, this.#holding, this.#aside, {
      ...{ world, telemetry, silentSeconds: options.silentSeconds },
      renamed: (engineId) => {
        this.#caller = { ...this.#caller, engineId }
      },
      found: () => this.#bell.abort(),
    })
    this.#caller = { ...options, database, engineId: this.id, deadlines: new Deadlines(world) }
  }

  get id(): string {
    return this.#heart.id
  }

  get health(): EngineHealth {
    const { ageSeconds: heartbeatAgeSeconds, alive } = this.#heart
    const running = this.#holding.running.filter(({ called }) => called).length
    const [listening, draining, aside] = [this.#ear?.alive ?? false, this.#draining, this.#aside.size]
    return { id: this.id, slots: this.#options.slots, running, heartbeatAgeSeconds, alive, listening, draining, aside }
  }

  async start(): Promise<void> {
    await this.#heart.register()
    this.#ear = this.#database.listen?.(this.#options.world, ({ kind, by }) => {
      if (kind === 'command') this.wake()
      else if (by !== this.id) this.#bell.abort()
    })
    this.#loops = Promise.all([this.#workLoop(), this.#heart.beatUntil(() => this.#stopping)])
  }

  /** Something has changed: look at the database now instead of at the end of the rest. */
  wake(): void {
    this.#outlook.spoil()
    this.#bell.abort()
    this.#heart.wake()
  }

  /** No new claims; what is under way finishes, or is aborted and handed back after `drainSeconds`. */
  async stop(drainSeconds: number): Promise<void> {
    this.#draining = true
    // What waits in line for a slot goes back at once.
    for (const { called, interruption } of this.#holding.running) if (!called) interruption.interrupt(handBack)
    this.#slots.flush()
    await this.#wait(drainSeconds, 0.02, () => this.#holding.isBusy)
    for (const { interruption } of this.#holding.running) interruption.interrupt(handBack)
    // Without a database nothing can be handed back; the others will notice that this engine is silent.
    await this.#wait(GRACE_SECONDS, 0.01, () => this.#holding.isBusy || this.#finished().length > 0)
    this.#stopping = true
    this.wake()
    await Promise.all([this.#loops, this.#ear?.close()])
    await removeEngine(this.#database, this.id).catch((error: unknown) => {
      this.#options.log.warn({ error, engine: this.id }, 'could not sign off; others will notice the silence')
    })
  }

  async #wait(seconds: number, restSeconds: number, isSo: () => boolean): Promise<void> {
    const { world } = this.#options
    const begun = world.elapsedSeconds()
    while (isSo() && world.elapsedSeconds() - begun < seconds) await world.sleep(restSeconds)
  }

  // ── work ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #workLoop(): Promise<void> {
    while (!this.#stopping) {
      try {
        const restSeconds = await this.#round()
        this.#quiet = restSeconds > 0 ? this.#quiet + 1 : 0
        if (restSeconds > 0) await this.#options.world.sleep(restSeconds, this.#bell.signal)
      } catch (error) {
        // The database is away: nothing was written, so the round is simply made again. What fails for one stack is put aside.
        this.#doubt()
        this.#telemetry.failed(error, 'round', this.id)
        await this.#options.world.sleep(Math.min(1, this.#options.idleSeconds))
      }
    }
  }

  /** One look at the database and what follows from it. @returns seconds to rest: 0 when there may be more to do. */
  async #round(): Promise<number> {
    if (this.#bell.signal.aborted) this.#bell = new AbortController()
    const bell = this.#bell
    if (this.#heart.suspicious || this.#options.world.elapsedSeconds() < this.#doubtUntilSeconds) await this.#disclaim()
    const isNew = await this.#look()
    const { work } = this.#outlook
    // Of what was seen before, whatever could be moved on has been.
    const moved = isNew && (await this.#advance(work.filter(mayAdvance).map(({ id }) => id)))
    const begunSeconds = this.#options.world.elapsedSeconds()
    const settled = await this.#settle()
    const free = this.#draining ? 0 : this.#slots.room()
    this.#outlook.leave(({ id }) => this.#aside.has(id))
    const due = free > 0 ? this.#outlook.inTurn(free) : []
    const open = [...new Set([...due, ...settled.map((finished) => finished.work.stackId)])]
    if (free > 0 && open.length > 0) {
      await this.#claim(open, free, begunSeconds)
      await this.#end(settled)
    }
    if (open.length > 0 || moved || bell.signal.aborted) return 0
    // Without a free slot it is the end of a call that is waited for.
    const next = free > 0 ? work.map(({ nextDueSeconds }) => nextDueSeconds ?? Number.POSITIVE_INFINITY) : []
    return Math.max(0.001, Math.min(this.#restSeconds(), this.#aside.restSeconds, ...next))
  }

  /** Longer and longer while nothing happens: with announcements a look is only a precaution, without them it is needed. */
  #restSeconds(): number {
    const { idleSeconds } = this.#options
    const longest = !this.#ear ? 1 : this.#ear.alive ? 10 : 2
    return idleSeconds * Math.min(longest, 2 ** this.#quiet)
  }

  /**
   * What there is to do, but for what is put aside. Where the last turn found something there may be more, so for a while it is not
   * asked for. @returns whether it was.
   */
  async #look(): Promise<boolean> {
    const good = this.#slots.tookSome && this.#outlook.isGood
    // Quick calls are over a moment after they were begun; then more are begun at once the next time.
    if (this.#slots.tookAll || (good && this.#finished().length === 0)) await this.#options.world.sleep(0)
    if (good) return false
    this.#aside.compare(await this.#outlook.look())
    this.#outlook.leave(({ id }) => this.#aside.has(id))
    return true
  }

  /** @returns whether one of the stacks moved. */
  async #advance(stackIds: readonly number[]): Promise<boolean> {
    let moved = false
    await this.#aside.apart('advance', stackIds, async (ids) => {
      moved = (await advanceStacks(this.#database, ids)) || moved
    })
    this.#outlook.leave(mayAdvance)
    return moved
  }

  /** A stack of which nothing is left after its last outcome is probably at its end. Nested ones end by the look, many at a time. */
  async #end(settled: readonly FinishedWork[]): Promise<void> {
    const last = new Set(settled.flatMap(({ work, outcome }) => (outcome.kind === 'pending' ? [] : work.stackId)))
    for (const { id, rootId } of this.#outlook.work) if (rootId !== null) last.delete(id)
    for (const { stackId } of this.#holding.works) last.delete(stackId)
    await this.#advance([...last])
    this.#outlook.leave(({ id }) => last.has(id))
  }

  /** Outcomes that are to be settled now. */
  #finished(): readonly FinishedWork[] {
    return this.#holding.finished.filter(({ work }) => !this.#aside.has(work.stackId))
  }

  /** @returns the outcomes that could be settled, and those whose stack was held by a command. */
  async #settle(): Promise<readonly FinishedWork[]> {
    const byStack = groupBy(this.#finished(), ({ work }) => work.stackId)
    const settled: FinishedWork[] = []
    const settle = async (finished: readonly FinishedWork[]) => {
      await this.#settleTogether(finished)
      settled.push(...finished)
    }
    await this.#aside.apart('settle', [...byStack.keys()], (ids) => {
      const finished = ids.flatMap((id) => byStack.get(id) ?? [])
      // What can be recorded of one is, so that as little as can be is held in memory alone.
      return ids.length === 1 ? asFarAsPossible(finished, settle) : settle(finished)
    })
    return settled
  }

  async #settleTogether(finished: readonly FinishedWork[]): Promise<void> {
    const context = this.#turnContext()
    const { postponed, refused } = await this.#database.transaction((sql) => settleTurn(sql, context, finished))
    const held = new Set(postponed)
    this.#holding.settled(finished.filter((one) => !held.has(one)))
    this.#telemetry.turned({ settled: finished.length - postponed.length, refused, begun: 0 }, this.id)
  }

  async #claim(stackIds: readonly number[], free: number, begunSeconds: number): Promise<void> {
    let left = free
    await this.#aside.apart('claim', stackIds, async (ids) => {
      const context = this.#turnContext()
      const turn = await this.#database.transaction((sql) => claimTurn(sql, context, ids, Math.max(1, left)))
      left -= turn.begun.length
      this.#outlook.served(turn.rows, free)
      this.#slots.take(
        turn.begun.map((work) => this.#begin(work)),
        turn.more,
        isLong(this.#options.world.elapsedSeconds() - begunSeconds, ids.length),
      )
      this.#telemetry.turned({ settled: 0, refused: [], begun: turn.begun.length }, this.id)
    })
    this.#ring()
  }

  #turnContext(): TurnContext {
    const { types, world } = this.#options
    return { engineId: this.id, types, random: world.random, policyFor: (type) => this.#policyFor(type) }
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
      return announce(this.#database, { kind: 'work', by: this.id }).catch(() => undefined)
    })
  }

  /** What the database believes of this engine may differ from what it knows itself: it looks for a while. */
  #doubt(): void {
    this.#doubtUntilSeconds = this.#options.world.elapsedSeconds() + this.#options.silentSeconds
  }

  /** A turn that failed may have been committed all the same, and have claimed rows that nobody would come by for. */
  async #disclaim(): Promise<void> {
    this.#heart.suspicious = false
    const known = this.#holding.works
    const stackIds = await findUnknown(this.#database, this.id, known)
    await this.#aside.apart('sweep', stackIds, (ids) => disclaim(this.#database, this.id, known, ids))
  }

  #policyFor(type: string): RetryPolicy {
    const attemptsMax = this.#options.types.get(type)?.attemptsMax
    return { ...defaultRetryPolicy, ...this.#options.retry, ...(attemptsMax === undefined ? {} : { attemptsMax }) }
  }

  // ── provider calls ────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(work: Work): () => Promise<void> {
    const running = this.#holding.begin(work)
    if (this.#draining) running.interruption.interrupt(handBack)
    return async () => {
      const { interruption } = running
      running.called = interruption.reason === undefined
      const outcome = running.called
        ? await this.#telemetry.call(work, this.id, () => callProvider(this.#caller, running)).catch(brokenCall)
        : judge(undefined, interruption, work)
      this.#holding.end(running, outcome)
      this.#bell.abort(OVER)
    }
  }
}

/** Announcing costs a commit its turn in a queue, so it is done no oftener than others can come. */
const RING_SECONDS = 0.25
/** Why a wait is over; without a reason each abort would make an exception with a stack trace, once per call. */
const OVER = 'over'
const handBack = new HandBack('the engine is stopping')
