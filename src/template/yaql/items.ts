// The values that expressions work with: JSON, and what YAQL has besides (dictionaries with any keys, sets, sequences that
// are made as they are read, whole numbers that are real).
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { Regex } from '../regex/index.js'
import { pythonReal, pythonText } from '../text.js'
import { setField } from '../value.js'
import { Moment, momentText, Span, spanText } from './dates.js'
import { Mistake } from './mistake.js'
import type { Names } from './names.js'

export type Item =
  | null
  | boolean
  | number
  | string
  | readonly Item[]
  | Real
  | Dictionary
  | ItemSet
  | Sequence
  | Regex
  | Names
  | Moment
  | Span

/** A number that is not an integer although its value is whole: 3.0, which divides differently from 3. */
export class Real {
  constructor(readonly value: number) {}
}

/** Equal items have equal keys. */
export type Key = (item: Item) => string

/** Keys may be any value that can be compared. */
export class Dictionary {
  readonly #entries = new Map<string, readonly [Item, Item]>()

  constructor(
    readonly key: Key,
    entries: Iterable<readonly [Item, Item]> = [],
  ) {
    for (const [name, value] of entries) this.#entries.set(key(name), [name, value])
  }

  get size(): number {
    return this.#entries.size
  }
  has(name: Item): boolean {
    return this.#entries.has(this.key(name))
  }
  get(name: Item): Item | undefined {
    return this.#entries.get(this.key(name))?.[1]
  }
  entries(): IterableIterator<readonly [Item, Item]> {
    return this.#entries.values()
  }
}

export class ItemSet {
  readonly #items = new Map<string, Item>()

  constructor(
    readonly key: Key,
    items: Iterable<Item> = [],
  ) {
    for (const item of items) {
      const known = key(item)
      if (!this.#items.has(known)) this.#items.set(known, item)
    }
  }

  get size(): number {
    return this.#items.size
  }
  has(item: Item): boolean {
    return this.#items.has(this.key(item))
  }
  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items.values()
  }
}

/** Items that are made when they are asked for, once: whoever reads further goes on where the last reader stopped. */
export class Sequence {
  readonly #source: Iterator<Item>

  constructor(source: Iterable<Item>) {
    this.#source = source[Symbol.iterator]()
  }

  /** Leaving a loop early leaves the rest to the next reader. */
  [Symbol.iterator](): Iterator<Item> {
    return { next: () => this.#source.next() }
  }
}

/** A sequence that remembers, so that it can be read any number of times. */
export class Remembered extends Sequence {
  readonly #read: Item[] = []
  readonly #rest: Iterator<Item>

  constructor(source: Iterable<Item>) {
    super([])
    this.#rest = source[Symbol.iterator]()
  }

  override *[Symbol.iterator](): Iterator<Item> {
    for (let index = 0; ; index++) {
      if (index === this.#read.length) {
        const { done, value } = this.#rest.next()
        if (done) return
        this.#read.push(value)
      }
      yield this.#read[index] ?? null
    }
  }
}

export const isList = (item: Item): item is readonly Item[] => Array.isArray(item)
export const isSequence = (item: Item): item is Sequence => item instanceof Sequence
export const isIterable = (item: Item): item is readonly Item[] | ItemSet | Sequence =>
  isList(item) || item instanceof ItemSet || isSequence(item)
export const isNumber = (item: Item): item is number | Real => typeof item === 'number' || item instanceof Real
export const isInteger = (item: Item): item is number => typeof item === 'number' && Number.isInteger(item)

/** Python's truth: nothing, zero and whatever is empty are false. */
export function truth(item: Item): boolean {
  if (item instanceof Real) return item.value !== 0
  if (item instanceof Span) return item.micros !== 0n
  if (item instanceof Dictionary || item instanceof ItemSet) return item.size > 0
  return isList(item) ? item.length > 0 : Boolean(item)
}

/** What it costs to look through an item: a list that holds one list twice, at every level, is 2^levels of them. */
export function costOf(item: Item): number {
  if (typeof item === 'string') return 1 + item.length / 16
  if (item === null || typeof item !== 'object' || item instanceof Real) return 1
  const known = costs.get(item)
  if (known !== undefined) return known
  const children = isList(item) || item instanceof ItemSet ? item : item instanceof Dictionary ? item.entries() : []
  let cost = 1
  for (const child of children) cost += costOf(child)
  costs.set(item, cost)
  return cost
}

const costs = new WeakMap<object, number>()

/** Equal items have equal keys. Whoever asks has looked at the cost. */
export function keyOf(item: Item): string {
  if (isNumber(item)) return `n${item instanceof Real ? item.value : item}`
  // As in Python, a truth is the number 1 or 0.
  if (typeof item === 'boolean') return `n${Number(item)}`
  if (item === null) return 'null'
  if (typeof item === 'string') return JSON.stringify(item)
  if (isList(item)) return `[${item.map(keyOf).join()}]`
  if (item instanceof ItemSet) return `<${[...item].map(keyOf).sort().join()}>`
  if (item instanceof Dictionary) {
    const fields = [...item.entries()].map(([key, value]) => `${keyOf(key)}:${keyOf(value)}`)
    return `{${fields.sort().join()}}`
  }
  if (item instanceof Moment) return `d${item.micros}`
  if (item instanceof Span) return `s${item.micros}`
  throw new Mistake(`${describe(item)} cannot be compared`, undefined)
}

/** An item in words, for messages. */
export function describe(item: Item): string {
  if (item === null) return 'null'
  if (typeof item === 'string') return 'a text'
  if (typeof item === 'boolean') return 'a boolean'
  if (isNumber(item)) return 'a number'
  if (isList(item)) return 'a list'
  if (item instanceof Dictionary) return 'a dictionary'
  if (item instanceof ItemSet) return 'a set'
  if (isSequence(item)) return 'a sequence'
  if (item instanceof Moment) return 'a date'
  if (item instanceof Span) return 'a span of time'
  return 'pattern' in item ? 'a regular expression' : 'a context'
}

export function itemOf(json: Json, key: Key): Item {
  if (Array.isArray(json)) return json.map((one) => itemOf(one, key))
  if (!isJsonObject(json)) return json
  return new Dictionary(
    key,
    Object.entries(json).map(([name, value]) => [name, itemOf(value, key)]),
  )
}

/** JSON again; `admit` bounds each collection. Throws Mistake for what JSON cannot say. */
export function jsonOf(item: Item, admit: (items: Iterable<Item>) => Iterable<Item>, levelsLeft = 100): Json {
  if (levelsLeft === 0) throw new Mistake('the result is nested more than 100 levels deep', 0)
  if (item === null || typeof item !== 'object') return item
  if (item instanceof Real) return item.value
  if (isIterable(item)) return [...admit(item)].map((one) => jsonOf(one, admit, levelsLeft - 1))
  if (!(item instanceof Dictionary)) throw new Mistake(`the result is ${describe(item)}, which is no value`, 0)
  const fields: JsonObject = {}
  for (const pair of admit([...item.entries()])) {
    const [key = null, value = null] = isList(pair) ? pair : []
    setField(fields, fieldName(key), jsonOf(value, admit, levelsLeft - 1))
  }
  return fields
}

function fieldName(key: Item): string {
  if (key !== null && typeof key === 'object' && !(key instanceof Real))
    throw new Mistake(`the result has ${describe(key)} as the key of a dictionary`, 0)
  return textOf(key)
}

/** What `str` makes of an item. */
export function textOf(item: Item): string {
  if (typeof item === 'string') return item
  if (item === null || typeof item === 'boolean') return String(item)
  return python(item)
}

/** Python's spelling of a value inside another. */
function python(item: Item): string {
  if (item === null) return 'None'
  if (typeof item === 'boolean') return item ? 'True' : 'False'
  if (typeof item === 'string') return pythonQuoted(item)
  if (typeof item === 'number') return pythonText(item)
  if (item instanceof Real) return pythonReal(item.value)
  if (isList(item)) return item.length === 1 ? `(${python(item[0] ?? null)},)` : `(${item.map(python).join(', ')})`
  if (item instanceof ItemSet) return `{${[...item].map(python).join(', ')}}`
  if (item instanceof Dictionary)
    return `{${[...item.entries()].map(([key, value]) => `${python(key)}: ${python(value)}`).join(', ')}}`
  if (item instanceof Moment) return momentText(item)
  if (item instanceof Span) return spanText(item)
  throw new Mistake(`${describe(item)} cannot be written as text`, undefined)
}

function pythonQuoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

/** The characters of a text; a character outside the basic plane is one. */
export const charactersOf = (text: string): string[] => [...text]
