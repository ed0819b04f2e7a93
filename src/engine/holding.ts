// What an engine holds: calls under way, and outcomes that are still to be settled. The rows say the same of it; it is all that
// others take over when the engine ends.
import { Interruption } from './interruption.js'
import type { FinishedWork, Outcome, Work } from './work.js'

export interface Running {
  readonly work: Work
  readonly interruption: Interruption
  /** The provider has been called. */
  called: boolean
}

export class Holding {
  readonly #running = new Map<string, Running>()
  #finished: FinishedWork[] = []

  /** The engine holds the row from here on; its call is made when a slot is free. */
  begin(work: Work): Running {
    const running: Running = { work, interruption: new Interruption(), called: false }
    this.#running.set(keyOf(work), running)
    return running
  }

  /** Its call is over. Without an outcome the row belongs to somebody else by now. */
  end(running: Running, outcome: Outcome | undefined): void {
    const key = keyOf(running.work)
    if (this.#running.get(key) === running) this.#running.delete(key)
    if (outcome) this.#finished.push({ work: running.work, outcome })
  }

  /** Outcomes are held until they have been settled. */
  settled(finished: readonly FinishedWork[]): void {
    const over = new Set(finished)
    this.#finished = this.#finished.filter((one) => !over.has(one))
  }

  /** The rows are anybody's now. */
  disown(reason: Error): void {
    for (const { interruption } of this.#running.values()) interruption.interrupt(reason)
    this.#running.clear()
    this.#finished = []
  }

  get(stackId: number, id: number): Running | undefined {
    return this.#running.get(keyOf({ stackId, id }))
  }

  get running(): readonly Running[] {
    return [...this.#running.values()]
  }

  get finished(): readonly FinishedWork[] {
    return this.#finished
  }

  get isBusy(): boolean {
    return this.#running.size > 0
  }

  /** How many rows it holds. */
  get size(): number {
    return this.#running.size + this.#finished.length
  }

  get works(): Work[] {
    return [...this.#running.values(), ...this.#finished].map(({ work }) => work)
  }
}

const keyOf = ({ stackId, id }: Pick<Work, 'stackId' | 'id'>): string => `${stackId}/${id}`
