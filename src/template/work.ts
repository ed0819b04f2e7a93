// The measure of what functions produce. A few lines of template can describe terabytes (each str_replace doubling the
// last), so every function says how much it is about to make, before it makes it.
import { isJsonObject, type Json } from '../lib/json.js'
import { EvaluationError } from './evaluation-error.js'
import type { Limits } from './limits.js'

export type WorkLimits = Pick<Limits, 'producedMax' | 'stepsMax' | 'yaqlItemsMax' | 'yaqlMemoryMax'>

export class Work {
  #produced = 0
  #steps = 0

  constructor(readonly limits: WorkLimits) {}

  /** Announces `size` more characters or values. Throws an EvaluationError beyond the limit. */
  spend(size: number): void {
    this.#produced += size
    if (this.#produced > this.limits.producedMax) {
      throw new EvaluationError(`the functions of the template produce more than ${this.limits.producedMax} characters`)
    }
  }

  /** Announces `count` more steps of an expression or a regular expression. Throws an EvaluationError beyond the limit. */
  step(count: number): void {
    this.#steps += count
    if (this.#steps > this.limits.stepsMax) {
      throw new EvaluationError(`the expressions of the template take more than ${this.limits.stepsMax} steps`)
    }
  }

  restart(): void {
    this.#produced = 0
    this.#steps = 0
  }
}

/** Roughly the characters of a value's JSON text. */
export function sizeOf(value: Json): number {
  if (typeof value === 'string') return value.length + 2
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 2)
  if (!isJsonObject(value)) return 5
  let size = 2
  for (const key of Object.keys(value)) size += key.length + 4 + sizeOf(value[key] ?? null)
  return size
}
