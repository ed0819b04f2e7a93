// What names mean at one place of an expression: variables and functions, each place knowing those around it.
import type { Item } from './items.js'

/** A function made by `def`. */
export type Defined = (args: readonly Item[], named: ReadonlyMap<string, Item>) => Item

export class Names {
  readonly #variables = new Map<string, Item>()
  readonly #functions = new Map<string, Defined>()

  constructor(readonly around: Names | undefined = undefined) {}

  /** `$` is `$1`. A variable that nobody has set is null. */
  variable(name: string): Item {
    const wanted = name === '' ? '1' : name
    for (let names: Names | undefined = this; names; names = names.around) {
      const value = names.#variables.get(wanted)
      if (value !== undefined) return value
    }
    return null
  }

  definedFunction(name: string): Defined | undefined {
    for (let names: Names | undefined = this; names; names = names.around) {
      const found = names.#functions.get(name)
      if (found) return found
    }
    return undefined
  }

  set(name: string, value: Item): this {
    this.#variables.set(name.replace(/^\$/, '') || '1', value)
    return this
  }

  define(name: string, found: Defined): this {
    this.#functions.set(name, found)
    return this
  }

  /** The names inside a lambda that is called with `items`. */
  with(items: readonly Item[]): Names {
    if (items.length === 0) return this
    const inner = new Names(this)
    for (const [index, item] of items.entries()) inner.set(String(index + 1), item)
    return inner
  }
}
