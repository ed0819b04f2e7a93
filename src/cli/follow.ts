// Following a stack at work until it is at rest or the user looks away: a picture drawn over and over on a terminal, one line
// for each event elsewhere. It asks for little and seldom, for the engine works in the same process.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type EventView,
  type GraphView,
  NotFound,
  type Orchestrator,
  type ProgressResource,
  type ProgressView,
  type Run,
  type StackView,
  Unavailable,
} from '../index.js'
import { failingText } from './draw/failing.js'
import { type Line, span, toned } from './draw/line.js'
import { drawLive, drawShare, type Scene } from './draw/live.js'
import { type Chapter, tell } from './draw/story.js'
import { drawEvent } from './draw/tables.js'
import type { Session } from './session.js'
import type { Terminal } from './terminal.js'

/** What is fetched at most for one picture. */
const RESOURCES_MAX = 120
const DRAW_MILLISECONDS = 100
/** Looking takes at most this share of the time. */
const SHARE = 20
const QUIET_MILLISECONDS = 10_000
const LAST_EVENTS_MILLISECONDS = 1_500
/** So many wait at most for the next tick. */
const LINES_MAX = 1_000

export interface Followed {
  /** Undefined when the user has detached, or when it is paused. */
  readonly stack: StackView | undefined
  readonly scene: Scene
  /** What waits until somebody clears its hook or sends a signal, where that is awaited by nobody here. */
  readonly paused: NonNullable<ProgressView['paused']>
}

const NO_GRAPH: GraphView = { resources: [] }

export class Follower {
  readonly #isotherm: Orchestrator
  readonly #stack: string
  readonly #terminal: Terminal
  readonly #signal: AbortSignal
  readonly #nestedDepth: number
  readonly #begunAt = performance.now()
  readonly #closing = new AbortController()
  readonly #story = new Map<string, Chapter>()
  /** Of the log, still to be printed: a write for each of a hundred thousand lines takes longer than what they tell of. */
  #lines: Line[] = []
  #listening: Promise<void> | undefined
  /** Aborts when the end has been heard of. */
  readonly #told = new AbortController()
  #view: ProgressView | undefined
  #graph = NO_GRAPH
  #graphOf = -1
  #initially = 0
  #tick = 0
  #quietSince = performance.now()
  #heardAt = 0

  constructor(isotherm: Orchestrator, stack: string, { terminal, nestedDepth }: Session, signal: AbortSignal) {
    this.#isotherm = isotherm
    this.#stack = stack
    this.#terminal = terminal
    this.#signal = signal
    this.#nestedDepth = nestedDepth
  }

  /** Before a command on a stack that exists: what happens from here on belongs to the story, even if it vanishes. */
  async begin(): Promise<void> {
    // By its id it is found even when it has just been deleted.
    const { id } = await this.#isotherm.attach(this.#stack)
    const after = await this.#isotherm.lastEvent({ id })
    await this.#look()
    this.#listen(id, after)
  }

  /** @param untilPaused no longer than something else than people is waited for */
  async follow(run: Run, { untilPaused }: { readonly untilPaused: boolean }): Promise<Followed> {
    if (!this.#listening) this.#listen(run.id, undefined)
    let settled: StackView | undefined
    const left = new AbortController()
    const signal = AbortSignal.any([left.signal, this.#signal])
    let paused: Followed['paused'] = []
    const settling = run.settled({ signal }).then(
      (stack) => {
        settled = stack
      },
      (error: unknown) => {
        if (!signal.aborted) throw error
      },
    )
    const over = new AbortController()
    settling.then(
      () => over.abort(),
      () => over.abort(),
    )
    while (!over.signal.aborted && !this.#signal.aborted) {
      await this.#show()
      paused = untilPaused ? (this.#view?.paused ?? []) : []
      if (paused.length > 0) left.abort()
      await pause(DRAW_MILLISECONDS, over.signal)
    }
    await settling
    if (settled) await this.#hearOut()
    await this.#look()
    this.#closing.abort()
    await this.#listening
    this.#printLines()
    if (this.#terminal.alive) this.#terminal.erase()
    return { stack: settled, scene: this.scene(), paused }
  }

  /** What has happened by the end is told, as long as something of it keeps coming. */
  async #hearOut(): Promise<void> {
    let heardAt: number
    do {
      heardAt = this.#heardAt
      await pause(LAST_EVENTS_MILLISECONDS, this.#told.signal)
    } while (!this.#told.signal.aborted && heardAt !== this.#heardAt)
  }

  scene(): Scene {
    return {
      view: this.#view ?? gone(this.#stack),
      graph: this.#graph,
      story: this.#story,
      elapsedSeconds: this.#elapsedSeconds(),
      initially: this.#initially,
      tick: this.#tick,
    }
  }

  #elapsedSeconds = (): number => (performance.now() - this.#begunAt) / 1000

  #nextLookAt = 0

  async #show(): Promise<void> {
    const now = performance.now()
    if (now >= this.#nextLookAt) {
      await this.#look()
      const rest = (performance.now() - now) * SHARE
      // The first look takes far longer than the next ones will, and says nothing of them.
      const longest = this.#tick === 0 ? SOON_MILLISECONDS : Number.POSITIVE_INFINITY
      this.#nextLookAt = now + Math.max(DRAW_MILLISECONDS, Math.min(rest, longest))
    }
    this.#tick++
    if (this.#terminal.alive) this.#terminal.draw(drawLive(this.scene(), this.#terminal.screen))
    else if (!this.#terminal.json && now - this.#quietSince > QUIET_MILLISECONDS) this.#reassure(now)
    this.#printLines()
  }

  #printLines(): void {
    this.#terminal.print(this.#lines)
    this.#lines = []
  }

  /** A log in which nothing appears for minutes looks like a program that hangs. */
  #reassure(now: number): void {
    const { view, initially } = this.scene()
    const text = view.failing ? failingText(view.failing) : pastimeOf(view.resources)
    this.#terminal.print([[toned('dim', `${text}; ${drawShare(view, initially)}`)]])
    this.#quietSince = now
  }

  #isHeld = false

  /** Once something waits at a hook, whatever happens may be the last that does before somebody clears it. */
  #lookAfter({ reason }: EventView): void {
    this.#isHeld ||= reason?.includes(' paused until Hook ') ?? false
    if (this.#isHeld) this.#nextLookAt = Math.min(this.#nextLookAt, performance.now() + SOON_MILLISECONDS)
  }

  async #look(): Promise<void> {
    try {
      const view = await this.#isotherm.progress(this.#stack, { limit: RESOURCES_MAX, nestedDepth: this.#nestedDepth })
      this.#initially = Math.max(this.#initially, view.total)
      if (view.complete && this.#graphOf !== view.traversal) {
        const graph = await this.#isotherm.graph(this.#stack)
        // During a deletion the template is empty; the tree keeps the shape that it had.
        if (graph.resources.length > 0) this.#graph = graph
        this.#graphOf = view.traversal
      }
      this.#view = view
    } catch (error) {
      // While the database or the server is away the last picture stays.
      if (error instanceof Unavailable) return
      if (!(error instanceof NotFound)) throw error
      this.#view = undefined
    }
  }

  #listen(id: string, after: string | undefined): void {
    const signal = AbortSignal.any([this.#closing.signal, this.#signal])
    const events = this.#isotherm.watch(
      { id },
      { signal, nestedDepth: this.#nestedDepth, ...(after !== undefined && { after }) },
    )
    this.#listening = this.#hear(events).catch((error: unknown) => {
      if (!(error instanceof NotFound)) throw error
    })
    this.#listening.catch(HEARD)
  }

  async #hear(events: AsyncIterable<EventView>): Promise<void> {
    for await (const event of events) {
      // Not by `complete`: while things come and go, one look may find fewer than another has counted.
      const isLarge = this.#view !== undefined && this.#view.total > RESOURCES_MAX
      // A large stack on a terminal is shown by counts; its events would only take the engine's time.
      if (this.#terminal.alive && isLarge) break
      if (!isLarge) tell(this.#story, [event])
      this.#heardAt = performance.now()
      this.#quietSince = this.#heardAt
      this.#lookAfter(event)
      if (!this.#terminal.alive && !this.#terminal.json) this.#lines.push(lineOf(event))
      if (this.#lines.length >= LINES_MAX) this.#printLines()
      const ofStack = event.resource === undefined && !event.within
      if (ofStack && !event.status.endsWith('IN_PROGRESS')) this.#told.abort()
    }
    this.#told.abort()
  }
}

const SOON_MILLISECONDS = 500
/** What fails meanwhile is told when it is waited for. */
const HEARD = () => undefined

/** No timer is left behind when the signal aborts: the process would wait for it. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(HEARD)

const lineOf = (event: EventView): Line => drawEvent(event, false)

const gone = (stack: string): ProgressView => ({
  stack,
  status: 'DELETE_COMPLETE',
  reason: '',
  traversal: 0,
  total: 0,
  visited: 0,
  counts: { done: 0, failed: 0, running: 0, parked: 0, ready: 0, waiting: 0 },
  resources: [],
  complete: true,
})

const NAMED_MAX = 3

/** What a stack is doing while nothing is heard of it. */
function pastimeOf(resources: readonly ProgressResource[]): string {
  const named = (which: readonly string[]) => which.slice(0, NAMED_MAX).join(', ')
  const busy = resources.filter(({ state }) => state === 'running' || state === 'parked')
  if (busy.length > 0) {
    return `still at work: ${named(busy.map(({ name, elapsedSeconds }) => `${name} (${span(elapsedSeconds ?? 0)})`))}`
  }
  const held = resources.flatMap(({ name, hook }) => (hook === null ? [] : `${name} (${hook})`))
  if (held.length > 0) return `paused until hooks are cleared: ${named(held)}`
  return 'waiting for an engine'
}
