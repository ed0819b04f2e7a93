// Questions that come while one is under way wait for it and then go together, like the writes of a group commit: the busier
// it is, the fewer answers have to be fetched. A question never joins one that left before it came, so whoever asks
// sees whatever was written before (ADR 0037).

interface Asker<Item, Found> {
  readonly item: Item
  readonly resolve: (found: Found) => void
  readonly reject: (error: unknown) => void
}

/** What all of them are answered from. The answer to one may fail by itself. */
export type Answering<Item, Found> = (items: readonly Item[]) => Promise<(item: Item) => Found>

/** One question at a time, each for all who wait. */
export class Gathering<Item, Found> {
  readonly #waiting: Asker<Item, Found>[] = []
  #isBusy = false

  constructor(
    readonly answer: Answering<Item, Found>,
    /** So many go together at most. */
    readonly togetherMax: number,
  ) {}

  /** Nobody waits, and nothing is under way. */
  get isIdle(): boolean {
    return !this.#isBusy
  }

  ask(item: Item): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#isBusy) return
      this.#isBusy = true
      // Those who come in the same turn of the event loop go along.
      setImmediate(() => void this.#send())
    })
  }

  async #send(): Promise<void> {
    const askers = this.#waiting.splice(0, this.togetherMax)
    const answered = await this.#answered(askers)
    // The next ones are on their way while these are answered.
    this.#isBusy = this.#waiting.length > 0
    if (this.#isBusy) void this.#send()
    answered()
  }

  async #answered(askers: readonly Asker<Item, Found>[]): Promise<() => void> {
    try {
      const found = await this.answer(askers.map(({ item }) => item))
      return () => {
        for (const asker of askers) settle(asker, found)
      }
    } catch (error) {
      return () => {
        for (const { reject } of askers) reject(error)
      }
    }
  }
}

function settle<Item, Found>({ item, resolve, reject }: Asker<Item, Found>, found: (item: Item) => Found): void {
  try {
    resolve(found(item))
  } catch (error) {
    reject(error)
  }
}

/** Questions of many kinds, each kind gathered for itself: those of one kind go together, different kinds do not wait for each other. */
export class Lanes<Item, Found> {
  readonly #lanes = new Map<string, Gathering<Item, Found>>()

  /**
   * @param kind the same text only where all may be answered from the same
   * @param answer as good as any other of its kind: the first one's is asked
   * @param togetherMax so many of a kind go together at most
   */
  async ask(kind: string, item: Item, answer: Answering<Item, Found>, togetherMax: number): Promise<Found> {
    const lane = this.#lanes.get(kind) ?? new Gathering(answer, togetherMax)
    this.#lanes.set(kind, lane)
    try {
      return await lane.ask(item)
    } finally {
      if (lane.isIdle && this.#lanes.get(kind) === lane) this.#lanes.delete(kind)
    }
  }
}
