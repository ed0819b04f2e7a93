// Waiting for stacks to come to rest: whoever waits in this process is answered by one question for all.
import type { World } from '../lib/world.js'
import type { Sql } from '../store/database.js'
import { readResting } from '../store/stacks.js'

const LOOK_SECONDS_MIN = 0.005
const LOOK_SECONDS_MAX = 0.1

interface Waiter {
  readonly stackId: number
  readonly end: (error?: unknown) => void
}

export class Rests {
  readonly #sql: Sql
  readonly #world: World
  readonly #waiting = new Set<Waiter>()
  /** Somebody has come, or the last one has gone. */
  #stirring = new AbortController()
  #watching = false

  constructor(sql: Sql, world: World) {
    this.#sql = sql
    this.#world = world
  }

  /** Resolves when the stack is at rest. Rejects when `signal` aborts, or a look fails. */
  of(stackId: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => waiter.end(signal?.reason)
      const waiter: Waiter = {
        stackId,
        end: (error) => {
          signal?.removeEventListener('abort', abort)
          this.#waiting.delete(waiter)
          if (this.#waiting.size === 0) this.#stirring.abort()
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiter)
      if (this.#watching) this.#stirring.abort()
      else void this.#watch()
    })
  }

  /** Often for whoever has just come, and less and less often: what takes long may take a moment longer. */
  async #watch(): Promise<void> {
    this.#watching = true
    for (let rest = LOOK_SECONDS_MIN; this.#waiting.size > 0; rest = Math.min(LOOK_SECONDS_MAX, rest * 1.5)) {
      await this.#world.sleep(rest, this.#stirring.signal)
      if (this.#stirring.signal.aborted) {
        this.#stirring = new AbortController()
        rest = LOOK_SECONDS_MIN
        // Many may come at once.
        await this.#world.sleep(rest)
      }
      await this.#look()
    }
    this.#watching = false
  }

  async #look(): Promise<void> {
    const waiting = [...this.#waiting]
    try {
      const resting = await readResting(this.#sql, [...new Set(waiting.map(({ stackId }) => stackId))])
      for (const { stackId, end } of waiting) if (resting.has(stackId)) end()
    } catch (error) {
      for (const { end } of waiting) end(error)
    }
  }
}
