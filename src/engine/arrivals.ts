// Who is to be told how often, gathered over all that settles together so that each row is written once.
import type { Arrival } from '../store/settle.js'

export class Arrivals {
  readonly #byRow = new Map<string, { -readonly [Key in keyof Arrival]: Arrival[Key] }>()

  /** One of those for whom these rows wait in this phase has settled. */
  add(stackId: number, ids: readonly number[], phase: Arrival['phase']): void {
    for (const id of ids) {
      const key = `${stackId}/${id}/${phase}`
      const known = this.#byRow.get(key)
      if (known) known.count++
      else this.#byRow.set(key, { stackId, id, phase, count: 1 })
    }
  }

  list(): Arrival[] {
    return [...this.#byRow.values()]
  }
}
