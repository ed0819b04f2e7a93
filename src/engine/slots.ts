// Slots: how many provider calls an engine makes at once, and how many rows it claims. A row costs the less the more are in
// a turn, so while calls are quicker than turns more rows are claimed than there are slots, and their calls wait in line for a
// moment; but not so many that turns get long. As soon as calls are the slower part, nothing is hoarded.

const AHEAD_MAX = 10

const TURN_SECONDS = 0.2
const PART_SECONDS = 0.03

/** Whoever is served in a turn waits for its end: a stack of ten layers for ten turns. Beside few others that had better be soon. */
export const isLong = (seconds: number, stacks: number): boolean =>
  seconds > (stacks === 1 ? TURN_SECONDS : Math.min(TURN_SECONDS, stacks * PART_SECONDS))

export class Slots {
  readonly #count: number
  #busy = 0
  readonly #line: (() => Promise<void>)[] = []
  #allowance: number
  /** Whether the last claim took all it might; undefined once it has been judged. */
  #took: boolean | undefined
  #tookSome = false
  #slow = false

  constructor(count: number) {
    this.#count = count
    this.#allowance = count
  }

  /** How many rows may be claimed now. */
  room(): number {
    const held = this.#busy + this.#line.length
    if (this.#took !== undefined) {
      const quick = this.#took && held === 0
      const next = this.#slow ? Math.ceil(this.#allowance / 2) : this.#allowance * 2
      this.#allowance = quick ? Math.min(Math.max(next, this.#count), this.#count * AHEAD_MAX) : this.#count
      this.#took = undefined
    }
    return Math.max(0, this.#allowance - held)
  }

  /** Whether the last claim took all it might: then there is probably more. */
  get tookAll(): boolean {
    return this.#took ?? false
  }

  /** Whether the last claim took anything: then there may be more. */
  get tookSome(): boolean {
    return this.#tookSome
  }

  /**
   * Makes the calls for what was claimed, as slots become free. Calls must not reject.
   * @param more whether the claim took all it might: not every row that was claimed needs a call
   * @param slow whether the turn took so long that the next had better be about fewer
   */
  take(calls: readonly (() => Promise<void>)[], more: boolean, slow = false): void {
    this.#took = more
    this.#slow = slow
    this.#tookSome = calls.length > 0
    this.#line.push(...calls)
    this.#fill()
  }

  /** Makes the calls in line without waiting for slots: they have been called off, and only say so. */
  flush(): void {
    for (const call of this.#line.splice(0)) void call()
  }

  #fill(): void {
    while (this.#busy < this.#count) {
      const call = this.#line.shift()
      if (!call) return
      this.#busy++
      void call().then(() => {
        this.#busy--
        this.#fill()
      })
    }
  }
}
