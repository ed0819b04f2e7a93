// A template given as a JavaScript object becomes plain JSON once, here: a copy that nobody can change later, free of
// what JSON cannot hold, of endless nesting, and of accessors.
import type { Json, JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import type { Limits } from './limits.js'
import { setField } from './value.js'

/** Copies `source` as JSON; what cannot be copied is reported to `problems` and is null in the copy. */
export function plainJson(source: unknown, limits: Limits, problems: Problem[], root: readonly string[] = []): Json {
  const copier = new Copier(limits, problems, [...root])
  try {
    return copier.copy(source, limits.depthMax)
  } catch (error) {
    // An accessor or a proxy of the caller's has thrown.
    copier.problem(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

class Copier {
  #nodes = 0
  /** Values copied under objects that have been seen before: an object used twice, at every level, is 2^levels of them. */
  #repeated = 0
  #repeating = 0
  readonly #seen = new Set<object>()
  #refused = false

  constructor(
    readonly limits: Limits,
    readonly problems: Problem[],
    readonly path: (string | number)[],
  ) {}

  copy(source: unknown, levelsLeft: number): Json {
    if (typeof source === 'string' || typeof source === 'boolean' || source === null) return source
    if (typeof source === 'number')
      return Number.isFinite(source) ? source : this.problem(`${source} is not a JSON number`)
    if (source === undefined) return this.problem('undefined has no place in a template')
    if (typeof source !== 'object') return this.problem(`a ${typeof source} has no place in a template`)
    if (levelsLeft === 0)
      return this.refuse(`nested more than ${this.limits.depthMax} levels deep`, 'does an object contain itself?')
    const again = this.again(source)
    if (again) this.#repeating++
    const copied = this.copyObject(source, levelsLeft - 1)
    if (again) this.#repeating--
    return copied
  }

  /** Small templates are not watched: it costs a tenth of the copying, and they cannot hurt. */
  again(source: object): boolean {
    if (this.#nodes < 10_000) return false
    if (this.#seen.has(source)) return true
    this.#seen.add(source)
    return false
  }

  copyObject(source: object, levelsLeft: number): Json {
    if (Array.isArray(source)) return this.list(source, levelsLeft)
    const kind = Object.getPrototypeOf(source)
    if (kind === Object.prototype || kind === null || kind?.constructor?.name === 'Object') {
      return this.map(source, levelsLeft)
    }
    return this.problem(`an object of class ${kind?.constructor?.name ?? 'unknown'} has no place in a template`)
  }

  list(source: readonly unknown[], levelsLeft: number): Json[] {
    const items: Json[] = []
    for (let index = 0; index < source.length && this.admit(); index++) {
      this.path.push(index)
      items.push(this.copy(source[index] ?? null, levelsLeft))
      this.path.pop()
    }
    return items
  }

  /** A field that is undefined is a field that is not there. */
  map(source: object, levelsLeft: number): JsonObject {
    const fields: JsonObject = {}
    for (const [key, value] of Object.entries(source)) {
      if (value === undefined) continue
      if (!this.admit()) break
      this.path.push(key)
      setField(fields, key, this.copy(value, levelsLeft))
      this.path.pop()
    }
    return fields
  }

  admit(): boolean {
    if (this.#repeating > 0) this.#repeated++
    if (++this.#nodes <= this.limits.nodesMax && this.#repeated <= this.limits.aliasNodesMax) return true
    this.refuse('too many values', 'is one object used in very many places?')
    return false
  }

  refuse(message: string, hint: string): null {
    if (!this.#refused) this.problems.push({ path: this.path.join('.'), message, hint })
    this.#refused = true
    this.#nodes = this.limits.nodesMax
    return null
  }

  problem(message: string): null {
    if (this.problems.length < 50) this.problems.push({ path: this.path.join('.'), message })
    return null
  }
}
