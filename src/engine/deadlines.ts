// The deadlines of all calls of an engine, kept by one sleeper: a timer and a signal for each call would cost more than
// most calls do.
import type { World } from '../lib/world.js'

interface Deadline {
  readonly atSeconds: number
  readonly passed: () => void
}

export class Deadlines {
  readonly #world: World
  readonly #open = new Set<Deadline>()
  #awake = new AbortController()
  #wakesSeconds = Number.POSITIVE_INFINITY

  constructor(world: World) {
    this.#world = world
  }

  /** Calls `passed` in `seconds`, unless what is returned was called before. */
  set(seconds: number, passed: () => void): () => void {
    const deadline = { atSeconds: this.#world.elapsedSeconds() + seconds, passed }
    this.#open.add(deadline)
    if (deadline.atSeconds < this.#wakesSeconds) this.#sleepUntil(deadline.atSeconds)
    return () => {
      this.#open.delete(deadline)
      if (this.#open.size === 0) this.#sleepUntil(Number.POSITIVE_INFINITY)
    }
  }

  #sleepUntil(atSeconds: number): void {
    this.#awake.abort(OTHERWISE)
    this.#wakesSeconds = atSeconds
    if (atSeconds === Number.POSITIVE_INFINITY) return
    const awake = new AbortController()
    this.#awake = awake
    const seconds = Math.max(0, atSeconds - this.#world.elapsedSeconds())
    void this.#world.sleep(seconds, awake.signal).then(() => {
      if (!awake.signal.aborted) this.#ring()
    })
  }

  #ring(): void {
    const now = this.#world.elapsedSeconds()
    const due = [...this.#open].filter(({ atSeconds }) => atSeconds <= now)
    for (const deadline of due) if (this.#open.delete(deadline)) deadline.passed()
    // Some may have been set just now.
    this.#sleepUntil(Math.min(...[...this.#open].map(({ atSeconds }) => atSeconds)))
  }
}

/** Without a reason each abort would make an exception with a stack trace. */
const OTHERWISE = 'otherwise'
