// Stacks whose turns fail, for whatever reason: each is put aside for a while, longer every time, and then tried by itself, while
// all others go on at full speed. When its cause is gone it goes on as if nothing had been. A new command begins anew.
import type { World } from '../lib/world.js'
import type { StackWork } from '../store/claim.js'
import { byHalves, type Turn } from './apart.js'

/** What failed. */
export type TurnKind = 'settle' | 'claim' | 'advance' | 'sweep'

/** Makes a turn about many stacks so that none is held up by another. */
export interface Apart {
  apart(kind: TurnKind, stackIds: readonly number[], turn: Turn): Promise<void>
}

export interface Failure {
  readonly stackId: number
  readonly turn: TurnKind
  readonly error: unknown
  /** The one that it failed in; undefined while that has not been seen. */
  readonly traversal: number | undefined
  /** In a row, this one among them. */
  readonly failures: number
  /** Since the first of them. */
  readonly failingSeconds: number
  /** Until it is tried again. */
  readonly restSeconds: number
}

/** Who is told of it. Neither may throw but for what the database as a whole is to blame for. */
export interface Told {
  failed(failure: Failure): Promise<void>
  /** Its turns had failed so many times. */
  mended(stackId: number, failures: number): Promise<void>
}

interface Failing {
  readonly turn: TurnKind
  readonly failures: number
  readonly sinceSeconds: number
  readonly untilSeconds: number
  traversal: number | undefined
}

const REST_SECONDS = 1
const REST_SECONDS_MAX = 60

/** @param failures in a row */
const restAfter = (failures: number): number => Math.min(REST_SECONDS_MAX, REST_SECONDS * 2 ** (failures - 1))

/** How long a stack has failed, at its so manieth failure in a row, but for what the attempts themselves took. */
export const failingSecondsAt = (failures: number): number =>
  failures <= 1 ? 0 : restAfter(failures - 1) + failingSecondsAt(failures - 1)

/** About how long it is until a stack is tried again, so many seconds after its so manieth failure in a row. */
export function untilTriedAgain(failures: number, seconds: number): number {
  const rest = restAfter(failures)
  if (seconds < rest) return rest - seconds
  if (rest < REST_SECONDS_MAX) return untilTriedAgain(failures + 1, seconds - rest)
  return REST_SECONDS_MAX - (seconds % REST_SECONDS_MAX)
}

export class Aside implements Apart {
  readonly #world: World
  readonly #told: Told
  readonly #failing = new Map<number, Failing>()

  constructor(world: World, told: Told) {
    this.#world = world
    this.#told = told
  }

  /** How many stacks fail. */
  get size(): number {
    return this.#failing.size
  }

  /** Whether nothing is to be tried with it now. */
  has(stackId: number): boolean {
    const failing = this.#failing.get(stackId)
    return failing !== undefined && failing.untilSeconds > this.#world.elapsedSeconds()
  }

  /** Until the first of them is tried again. */
  get restSeconds(): number {
    const until = [...this.#failing.values()].map(({ untilSeconds }) => untilSeconds - this.#world.elapsedSeconds())
    return Math.min(Number.POSITIVE_INFINITY, ...until.filter((seconds) => seconds > 0))
  }

  /** Makes the turn about all of them together, but about each that has failed lately by itself, and about none that is put aside. */
  async apart(kind: TurnKind, stackIds: readonly number[], turn: Turn): Promise<void> {
    const failed = (stackId: number, error: unknown) => this.#fail(kind, stackId, error)
    if (this.#failing.size === 0) return byHalves(stackIds, turn, failed)
    const suspects = stackIds.filter((id) => this.#failing.has(id) && !this.has(id))
    const others = stackIds.filter((id) => !this.#failing.has(id))
    await byHalves(others, turn, failed)
    for (const id of suspects) {
      const alone: Turn = (ids) => turn(ids).then(() => this.#succeed(kind, id))
      await byHalves([id], alone, failed)
    }
  }

  /** What is at rest, or was given a new command, has nothing to do with what failed before. @param work all that is in progress */
  compare(work: readonly StackWork[]): void {
    if (this.#failing.size === 0) return
    const traversals = new Map(work.map(({ id, traversal }) => [id, traversal]))
    for (const [id, failing] of this.#failing) {
      const traversal = traversals.get(id)
      failing.traversal ??= traversal
      if (traversal === undefined || traversal !== failing.traversal) this.#failing.delete(id)
    }
  }

  async #succeed(kind: TurnKind, stackId: number): Promise<void> {
    const failing = this.#failing.get(stackId)
    if (failing?.turn !== kind) return
    this.#failing.delete(stackId)
    await this.#told.mended(stackId, failing.failures)
  }

  async #fail(turn: TurnKind, stackId: number, error: unknown): Promise<void> {
    const now = this.#world.elapsedSeconds()
    const before = this.#failing.get(stackId)
    const failures = (before?.failures ?? 0) + 1
    const sinceSeconds = before?.sinceSeconds ?? now
    const restSeconds = restAfter(failures)
    const traversal = before?.traversal
    this.#failing.set(stackId, { turn, failures, sinceSeconds, untilSeconds: now + restSeconds, traversal })
    await this.#told.failed({
      ...{ stackId, turn, error, traversal, failures, restSeconds },
      failingSeconds: now - sinceSeconds,
    })
  }
}
