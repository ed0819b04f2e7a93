// A duty: something that any process with engines does now and then. Whose turn it is, the database decides.
import type { World } from '../lib/world.js'

/** Asks now and then whether it is time, for as long as a process has engines. */
export class Duty {
  readonly #stopping = new AbortController()
  readonly #over: Promise<void>

  readonly #lastRound: (() => Promise<void>) | undefined

  /**
   * @param round must not throw.
   * @param lastly once more at the end: a process that never lives for as long as a rest would never do it
   */
  constructor(world: World, restSeconds: number, round: () => Promise<void>, { lastly = false } = {}) {
    this.#lastRound = lastly ? round : undefined
    this.#over = this.#run(world, restSeconds, round)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#over
    await this.#lastRound?.()
  }

  async #run(world: World, restSeconds: number, round: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping
    for (;;) {
      // Processes that were started together do not ask together.
      await world.sleep(restSeconds * (0.5 + world.random()), signal)
      if (signal.aborted) return
      await round()
    }
  }
}
