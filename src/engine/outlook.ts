// What an engine knows of the work there is: asked for now and then, and for a moment taken for granted while it has its hands full.
import type { World } from '../lib/world.js'
import { findWork, type StackWork } from '../store/claim.js'
import type { Sql } from '../store/database.js'

/** So long may an engine that has its hands full overlook what nobody has announced. */
const GOOD_SECONDS = 0.25

export class Outlook {
  readonly #sql: Sql
  readonly #world: World
  #work: readonly StackWork[] = []
  #untilSeconds = 0
  #lastStackId = 0

  constructor(sql: Sql, world: World) {
    this.#sql = sql
    this.#world = world
  }

  /** What was seen last, without those that have been looked at since. */
  get work(): readonly StackWork[] {
    return this.#work
  }

  get isGood(): boolean {
    return this.#world.elapsedSeconds() < this.#untilSeconds
  }

  async look(): Promise<void> {
    // What changes while the question is under way may not be in the answer.
    this.#untilSeconds = this.#world.elapsedSeconds() + GOOD_SECONDS
    this.#work = await findWork(this.#sql)
  }

  /** Stacks with something due take turns: those after the one that was served last come first. */
  inTurn(count: number): number[] {
    const ids = this.#work.flatMap(({ id, due }) => (due ? id : []))
    const later = ids.filter((id) => id > this.#lastStackId)
    const served = [...later, ...ids.filter((id) => id <= this.#lastStackId)].slice(0, count)
    this.#lastStackId = served.at(-1) ?? this.#lastStackId
    return served
  }

  /** Something has changed. */
  spoil(): void {
    this.#untilSeconds = 0
  }

  /** As long as this look is good for, there is nothing more to be seen of these. */
  leave(isLeft: (stack: StackWork) => boolean): void {
    this.#work = this.#work.filter((stack) => !isLeft(stack))
  }
}
