// Functions that make sequences, put several together, or cut one into parts.
import { type Item, isList, Sequence, truth } from '../items.js'
import { Mistake } from '../mistake.js'
import { number, type Run } from '../run.js'
import {
  any,
  declare,
  flag,
  integer,
  iterable,
  keywords,
  type Lambda,
  type Library,
  lambda,
  optional,
  p,
  rest,
} from '../signature.js'
import { itemsOf } from './collections.js'
import { limit } from './queries.js'

function* range(start: number, stop: number, step: number): Iterable<Item> {
  if (step === 0) throw new Mistake('the step of a range is 0', undefined)
  for (let at = start; step > 0 ? at < stop : at > stop; at += step) yield at
}

function* counting(start: number, step: number): Iterable<Item> {
  for (let at = start; ; at += step) yield number(at, false)
}

function* repeated(value: Item, times: number): Iterable<Item> {
  for (let left = times; left !== 0; left--) yield value
}

function* cycled(items: Iterable<Item>): Iterable<Item> {
  const all = [...items]
  while (all.length > 0) yield* all
}

function* zipped(collections: readonly Iterable<Item>[]): Iterable<Item> {
  const sources = collections.map((items) => items[Symbol.iterator]())
  for (;;) {
    const row: Item[] = []
    for (const source of sources) {
      const { done, value } = source.next()
      if (done) return
      row.push(value)
    }
    if (row.length === 0) return
    yield row
  }
}

function* zippedLongest(collections: readonly Iterable<Item>[], otherwise: Item): Iterable<Item> {
  const sources = collections.map((items) => items[Symbol.iterator]())
  for (;;) {
    const answers = sources.map((source) => source.next())
    if (answers.every(({ done }) => done)) return
    yield answers.map(({ done, value }) => (done ? otherwise : value))
  }
}

function* grouped(
  run: Run,
  items: Iterable<Item>,
  keyFor: Lambda,
  valueFor: Lambda | null,
  aggregator: Lambda | null,
): Iterable<Item> {
  const groups = new Map<string, { readonly key: Item; readonly values: Item[] }>()
  for (const item of items) {
    const key = keyFor(item)
    const known = run.key(key)
    const group = groups.get(known) ?? { key, values: [] }
    groups.set(known, group)
    group.values.push(valueFor ? valueFor(item) : item)
  }
  const all = [...groups.values()].map(({ key, values }): Group => [key, values])
  yield* aggregator ? aggregated(run, all, aggregator) : all
}

type Group = [key: Item, values: Item[]]

/**
 * An aggregator takes the values of a group. In YAQL before 1.1.1 it took the key and the values, and gave both; one that
 * fails for the values alone is taken for such a one, as the language's own implementation does.
 */
function* aggregated(run: Run, groups: readonly Group[], aggregator: Lambda): Iterable<Item> {
  let older: Mistake | undefined
  let maybe = true
  for (const [key, values] of groups) {
    if (!older) {
      try {
        const result = aggregator(values)
        const asOlder = values.length === 2 && isList(result) && result.length === 2
        maybe &&= asOlder && run.equal(result[0] ?? null, values[0] ?? null)
        yield [key, result]
        continue
      } catch (error) {
        if (!(error instanceof Mistake) || !maybe) throw error
        older = error
      }
    }
    yield pairOf(key, values, aggregator, older)
  }
}

function pairOf(key: Item, values: Item[], aggregator: Lambda, otherwise: Mistake): Item {
  try {
    const pair = aggregator([key, values])
    if (isList(pair) && pair.length === 2) return pair
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
  }
  throw otherwise
}

function* sliced(run: Run, items: Iterable<Item>, length: number): Iterable<Item> {
  if (length < 1) throw new Mistake('the length of a slice must be 1 or more', undefined)
  const source = new Sequence(items)
  for (;;) {
    const part = run.list(limit(source, length))
    if (part.length === 0) return
    yield part
  }
}

/** `starts`: whether a part ends before an item; what `drops` is left out. */
function* cut(items: Iterable<Item>, fits: Lambda, drops: boolean): Iterable<Item> {
  let part: Item[] = []
  let before: boolean | undefined
  for (const item of items) {
    const holds = truth(fits(item))
    if (drops ? holds : before !== undefined && before !== holds) {
      yield part
      part = []
    }
    if (!(drops && holds)) part.push(item)
    before = holds
  }
  if (part.length > 0) yield part
}

function* generate(
  run: Run,
  initial: Item,
  predicate: Lambda,
  producer: Lambda,
  selector: Lambda | null,
  decycle: boolean,
): Iterable<Item> {
  const seen = new Set<string>()
  for (let item = initial; truth(predicate(item)); item = producer(item)) {
    if (decycle && seen.has(run.key(item))) return
    if (decycle) seen.add(run.key(item))
    yield selector ? selector(item) : item
  }
}

interface Walk {
  readonly producer: Lambda
  readonly selector: Lambda | null
  readonly decycle: boolean
  readonly depthFirst: boolean
}

function* generateMany(run: Run, initial: Item, { producer, selector, decycle, depthFirst }: Walk): Iterable<Item> {
  const seen = new Set<string>()
  let queue: Item[] = [initial]
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
    run.step()
    if (decycle && seen.has(run.key(item))) continue
    if (decycle) seen.add(run.key(item))
    yield selector ? selector(item) : item
    const produced = [...itemsOf(producer(item), run)]
    queue = depthFirst ? [...produced, ...queue] : [...queue, ...produced]
    run.memory(56 + 8 * queue.length)
  }
}

export function addShaping(library: Library): void {
  const collection = p('collection', iterable)
  declare(library, 'function', 'range', [p('stop', integer)], (_, [stop]) => new Sequence(range(0, stop, 1)))
  declare(
    library,
    'function',
    'range',
    [p('start', integer), p('stop', integer), optional('step', integer, 1)],
    (_, args) => new Sequence(range(...args)),
  )
  declare(
    library,
    'function',
    'sequence',
    [optional('start', integer, 0), optional('step', integer, 1)],
    (_, args) => new Sequence(counting(...args)),
  )
  declare(
    library,
    'method',
    'repeat',
    [p('value', any), optional('times', integer, -1)],
    (_, args) => new Sequence(repeated(...args)),
  )
  declare(library, 'method', 'cycle', [collection], (_, args) => new Sequence(cycled(...args)))
  declare(library, 'method', 'reverse', [collection], (_, [items]) => [...items].reverse())
  declare(library, 'method', 'zip', [rest('collections', iterable)], (_, [all]) => new Sequence(zipped(all)))
  declare(
    library,
    'method',
    'zipLongest',
    [rest('collections', iterable), keywords],
    (_, [all, named]) => new Sequence(zippedLongest(all, named.get('default') ?? null)),
  )
  const key = p('keySelector', lambda)
  const value = optional('valueSelector', lambda, null)
  declare(
    library,
    'method',
    'groupBy',
    [collection, key, value, optional('aggregator', lambda, null)],
    (run, args) => new Sequence(grouped(run, ...args)),
  )
  declare(
    library,
    'method',
    'slice',
    [collection, p('length', integer)],
    (run, args) => new Sequence(sliced(run, ...args)),
  )
  const predicate = p('predicate', lambda)
  declare(library, 'method', 'splitWhere', [collection, predicate], (_, args) => new Sequence(cut(...args, true)))
  declare(library, 'method', 'sliceWhere', [collection, predicate], (_, args) => new Sequence(cut(...args, false)))
  declare(library, 'method', 'splitAt', [collection, p('index', integer)], (_, [items, index]) => {
    const all = [...items]
    return [all.slice(0, index), all.slice(index)]
  })
  const producer = p('producer', lambda)
  const selector = optional('selector', lambda, null)
  const decycle = optional('decycle', flag, false)
  declare(
    library,
    'function',
    'generate',
    [p('initial', any), predicate, producer, selector, decycle],
    (run, args) => new Sequence(generate(run, ...args)),
  )
  declare(
    library,
    'function',
    'generateMany',
    [p('initial', any), producer, selector, decycle, optional('depthFirst', flag, false)],
    (run, [initial, next, of, once, depthFirst]) =>
      new Sequence(generateMany(run, initial, { producer: next, selector: of, decycle: once, depthFirst })),
  )
}
