// One evaluation: what it may cost, and the means that functions share.
import type { Work, WorkLimits } from '../work.js'
import { costOf, Dictionary, type Item, ItemSet, isList, keyOf, Real, Sequence, textOf } from './items.js'
import { Mistake } from './mistake.js'

const CALLS_MAX = 200

export class Run {
  #calls = 0

  constructor(readonly work: Work) {}

  get limits(): WorkLimits {
    return this.work.limits
  }

  readonly step = (): void => this.work.step(1)

  readonly key = (item: Item): string => {
    this.work.step(costOf(item))
    return keyOf(item)
  }

  equal(one: Item, other: Item): boolean {
    return one === other || this.key(one) === this.key(other)
  }

  text(item: Item): string {
    this.work.step(costOf(item))
    return this.made(textOf(item))
  }

  /** Announces a text that was made. */
  made(text: string): string {
    this.work.spend(text.length)
    return text
  }

  /** Refuses a text before it is made. */
  willMake(length: number): void {
    this.work.spend(length)
  }

  dictionary(entries: Iterable<readonly [Item, Item]>): Dictionary {
    const made = new Dictionary(this.key, entries)
    this.memory(64 + 48 * made.size)
    return made
  }

  set(items: Iterable<Item>): ItemSet {
    const made = new ItemSet(this.key, items)
    this.memory(216 + 16 * made.size)
    return made
  }

  list(items: Iterable<Item>): readonly Item[] {
    const made: Item[] = []
    for (const item of items) {
      this.step()
      made.push(item)
    }
    this.memory(56 + 8 * made.length)
    return made
  }

  memory(bytes: number): void {
    if (bytes <= this.limits.yaqlMemoryMax) return
    throw new Mistake(`a value takes more than ${this.limits.yaqlMemoryMax} bytes of memory`, undefined)
  }

  /** The items, as long as there are not too many. */
  bounded(items: Iterable<Item>): Iterable<Item> {
    const { yaqlItemsMax } = this.limits
    if (isList(items as Item) || items instanceof ItemSet) {
      const length = items instanceof ItemSet ? items.size : (items as readonly Item[]).length
      if (length > yaqlItemsMax) throw tooMany(yaqlItemsMax)
      this.work.step(length)
      return items
    }
    return new Sequence(this.#counted(items))
  }

  *#counted(items: Iterable<Item>): Iterable<Item> {
    let count = 0
    for (const item of items) {
      if (++count > this.limits.yaqlItemsMax) throw tooMany(this.limits.yaqlItemsMax)
      this.step()
      yield item
    }
  }

  /** Calls inside calls take the host's stack. */
  nested<T>(act: () => T): T {
    if (++this.#calls > CALLS_MAX)
      throw new Mistake(`functions are called more than ${CALLS_MAX} levels deep`, undefined)
    try {
      return act()
    } finally {
      this.#calls--
    }
  }
}

function tooMany(max: number): Mistake {
  return new Mistake(`a collection has more than ${max} items`, undefined)
}

/** A number as Python would hold it: `real` tells 3.0 from 3. Throws when it cannot be held exactly. */
export function number(value: number, real: boolean): Item {
  if (!Number.isFinite(value) || (!real && !Number.isSafeInteger(value)))
    throw new Mistake('the result is a number that is too large', undefined)
  if (real) return Number.isInteger(value) ? new Real(value) : value
  return value + 0
}
