// The measure of what functions produce. A few lines of template can describe terabytes (each str_replace doubling the
// last), so every function says how much it is about to make, before it makes it.
import { isJsonObject, type Json } from '../lib/json.js'
import { EvaluationError } from './evaluation-error.js'

export class Work {
  #produced = 0

  constructor(readonly producedMax: number) {}

  /** Announces `size` more characters or values. Throws an EvaluationError beyond the limit. */
  spend(size: number): void {
    this.#produced += size
    if (this.#produced > this.producedMax) {
      throw new EvaluationError(`the functions of the template produce more than ${this.producedMax} characters`)
    }
  }

  restart(): void {
    this.#produced = 0
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
