// What an engine knows of the work there is: asked for now and then, and for a moment taken for granted while it has its hands full.
import { groupBy } from '../lib/group-by.js'
import type { World } from '../lib/world.js'
import { findWork, type StackWork } from '../store/claim.js'
import type { Sql } from '../store/database.js'

/** So long may an engine that has its hands full overlook what nobody has announced; longer where a look takes much of that. */
const GOOD_SECONDS = 0.25
const GOOD_LOOKS = 40
/** And no longer, for a look may have taken long because the database was away. */
const GOOD_SECONDS_MAX = 5

/** So many more nested stacks are asked than are expected to fill a turn. */
const SPARE = 1.5

const OUTERMOST = 0

export class Outlook {
  readonly #sql: Sql
  readonly #world: World
  #work: readonly StackWork[] = []
  #untilSeconds = 0
  /** By outermost stack, the nested one that was served last; of the outermost ones themselves under `OUTERMOST`. */
  readonly #last = new Map<number, number>()
  /** Nested stacks whose turn it is. */
  #asked: readonly StackWork[] = []
  /** How many rows a nested stack had in the last turn. */
  #rowsEach = 1

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

  async look(): Promise<readonly StackWork[]> {
    // What changes while the question is under way may not be in the answer.
    const begunSeconds = this.#world.elapsedSeconds()
    this.#untilSeconds = begunSeconds + GOOD_SECONDS
    this.#work = await findWork(this.#sql)
    const tookSeconds = this.#world.elapsedSeconds() - begunSeconds
    // Unless something was announced meanwhile.
    const goodSeconds = Math.min(Math.max(GOOD_SECONDS, GOOD_LOOKS * tookSeconds), tookSeconds + GOOD_SECONDS_MAX)
    if (this.#untilSeconds > 0) this.#untilSeconds = begunSeconds + goodSeconds
    const roots = new Set(this.#work.map(rootOf))
    for (const root of this.#last.keys()) if (!roots.has(root)) this.#last.delete(root)
    return this.#work
  }

  /**
   * Stacks with something due take turns: those after the one that was served last come first. Nested ones do so within their
   * outermost stack, and outermost stacks with them; no more of them than it takes to fill the turn.
   * @param count of rows
   */
  inTurn(count: number): number[] {
    const due = groupBy(
      this.#work.filter((stack) => stack.due),
      rootOf,
    )
    const outermost = this.#after(OUTERMOST, due.get(OUTERMOST) ?? []).slice(0, count)
    this.#last.set(OUTERMOST, outermost.at(-1)?.id ?? this.#last.get(OUTERMOST) ?? 0)
    due.delete(OUTERMOST)
    const nested = byTurns([...due].map(([root, stacks]) => this.#after(root, stacks)))
    this.#asked = nested.slice(0, Math.min(count, Math.ceil((count * SPARE) / this.#rowsEach)))
    return [...outermost, ...this.#asked].map(({ id }) => id)
  }

  /** @param rows that were claimed, by stack; of nested ones no more than `limit` altogether */
  served(rows: ReadonlyMap<number, number>, limit: number): void {
    const given = this.#asked.map(({ id }) => rows.get(id) ?? 0)
    const all = given.reduce((sum, count) => sum + count, 0)
    const givers = given.filter((count) => count > 0).length
    if (givers > 0) this.#rowsEach = all / givers
    const end = all < limit ? given.length : given.findLastIndex((count) => count > 0) + 1
    for (const stack of this.#asked.slice(0, end)) this.#last.set(rootOf(stack), stack.id)
  }

  /** Something has changed. */
  spoil(): void {
    this.#untilSeconds = 0
  }

  /** As long as this look is good for, there is nothing more to be seen of these. */
  leave(isLeft: (stack: StackWork) => boolean): void {
    this.#work = this.#work.filter((stack) => !isLeft(stack))
  }

  #after(root: number, stacks: readonly StackWork[]): StackWork[] {
    const last = this.#last.get(root) ?? 0
    return [...stacks.filter(({ id }) => id > last), ...stacks.filter(({ id }) => id <= last)]
  }
}

const rootOf = ({ rootId }: StackWork): number => rootId ?? OUTERMOST

/** One of each list, then another of each, until none has any left. */
function byTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, nth) => lists.flatMap((list) => list.slice(nth, nth + 1))).flat()
}
