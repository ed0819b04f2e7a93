// In some worlds the turns of one stack fail for a while, from some moment on: every other stack must come to rest all the same.
import { Chance } from './chance.js'
import { poisonKinds } from './poison.js'
import type { Simulation } from './simulation.js'

const RATE = 0.05

export const isPoisoned = (seed: number): boolean => seed % 9 === 4

export class RandomPoison {
  /** Of its own, so that worlds without poison are what they were; undefined in those. */
  readonly #chance: Chance | undefined
  #stackId: number | undefined

  constructor(
    readonly simulation: Simulation,
    seed: number,
  ) {
    this.#chance = isPoisoned(seed) ? new Chance(seed + 3) : undefined
  }

  get given(): boolean {
    return this.#stackId !== undefined
  }

  /** Once in a world, a stack that is at work. */
  async sometimes(): Promise<void> {
    const { simulation } = this
    if (!this.#chance || this.given || !simulation.mayPoison || !this.#chance.happens(RATE)) return
    const working = simulation.rows.stacks.filter(({ status }) => status === 'IN_PROGRESS')
    if (working.length === 0) return
    const stack = this.#chance.pick(working)
    this.#stackId = stack.id
    await simulation.poison({ stackId: stack.id, kind: this.#chance.pick(poisonKinds) })
  }

  get othersRest(): boolean {
    return this.#stackId === undefined || this.simulation.othersRest(this.#stackId)
  }

  async end(): Promise<void> {
    if (!this.given) return
    await this.simulation.mend()
    this.#stackId = undefined
  }
}
