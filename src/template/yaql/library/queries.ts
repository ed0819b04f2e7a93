// Queries: choosing, changing, ordering, grouping and adding up the items of a collection. What gives a sequence works on
// each item only when it is asked for.
import { type Item, isIterable, isList, Remembered, Sequence, truth } from '../items.js'
import { Mistake } from '../mistake.js'
import type { Run } from '../run.js'
import { any, declare, integer, iterable, type Lambda, type Library, lambda, optional, p } from '../signature.js'
import { greater } from './math.js'
import { add } from './operators.js'
import { addOrdering } from './ordering.js'

const NOTHING: unique symbol = Symbol('nothing')

function* where(items: Iterable<Item>, predicate: Lambda): Iterable<Item> {
  for (const item of items) if (truth(predicate(item))) yield item
}

function* select(items: Iterable<Item>, selector: Lambda): Iterable<Item> {
  for (const item of items) yield selector(item)
}

function* selectMany(items: Iterable<Item>, selector: Lambda, run: Run): Iterable<Item> {
  for (const item of items) {
    const inner = selector(item)
    if (isIterable(inner)) yield* run.bounded(inner)
    else yield inner
  }
}

function* skip(items: Iterable<Item>, count: number): Iterable<Item> {
  let left = count
  for (const item of items) if (left-- <= 0) yield item
}

/** Asks for no item beyond the last. */
export function* limit(items: Iterable<Item>, count: number): Iterable<Item> {
  const source = items[Symbol.iterator]()
  for (let left = count; left > 0; left--) {
    const { done, value } = source.next()
    if (done) return
    yield value
  }
}

function* takeWhile(items: Iterable<Item>, predicate: Lambda): Iterable<Item> {
  for (const item of items) {
    if (!truth(predicate(item))) return
    yield item
  }
}

function* skipWhile(items: Iterable<Item>, predicate: Lambda): Iterable<Item> {
  let skipping = true
  for (const item of items) {
    skipping &&= truth(predicate(item))
    if (!skipping) yield item
  }
}

function* distinct(run: Run, items: Iterable<Item>, selector: Lambda | null): Iterable<Item> {
  const seen = new Set<string>()
  for (const item of items) {
    const key = run.key(selector ? selector(item) : item)
    if (seen.has(key)) continue
    seen.add(key)
    yield item
  }
}

function* enumerate(items: Iterable<Item>, start: number): Iterable<Item> {
  let index = start
  for (const item of items) yield [index++, item]
}

function* join(one: Iterable<Item>, other: Iterable<Item>, predicate: Lambda, selector: Lambda): Iterable<Item> {
  const others = new Remembered(other)
  for (const item of one) for (const second of others) if (truth(predicate(item, second))) yield selector(item, second)
}

function aggregate(items: Iterable<Item>, act: (one: Item, other: Item) => Item, seed: Item | typeof NOTHING): Item {
  let total = seed
  for (const item of items) total = total === NOTHING ? item : act(total, item)
  if (total === NOTHING) throw new Mistake('the collection is empty, and no value to begin with was given', undefined)
  return total
}

function* accumulate(items: Iterable<Item>, selector: Lambda, seed: Item | typeof NOTHING): Iterable<Item> {
  let total = seed
  if (total !== NOTHING) yield total
  for (const item of items) {
    total = total === NOTHING ? item : selector(total, item)
    yield total
  }
  if (total === NOTHING) throw new Mistake('the collection is empty, and no value to begin with was given', undefined)
}

function plus(run: Run): (one: Item, other: Item) => Item {
  return (one, other) => {
    const sum = add(one, other, run)
    if (sum === undefined) throw new Mistake('the items cannot be added up', undefined)
    return sum
  }
}

function firstOf(items: Iterable<Item>, otherwise: Item | typeof NOTHING): Item {
  for (const item of items) return item
  if (otherwise === NOTHING) throw new Mistake('the collection is empty', undefined)
  return otherwise
}

function lastOf(items: Iterable<Item>, otherwise: Item | typeof NOTHING): Item {
  let last = otherwise
  for (const item of items) last = item
  if (last === NOTHING) throw new Mistake('the collection is empty', undefined)
  return last
}

function single(items: Iterable<Item>): Item {
  const [item, ...more] = [...items]
  if (item === undefined || more.length > 0)
    throw new Mistake(`the collection has ${more.length === 0 ? 'no item' : 'more than one item'}`, undefined)
  return item
}

function indexWhere(items: Iterable<Item>, fits: (item: Item) => boolean, last: boolean): Item {
  let found = -1
  let index = 0
  for (const item of items) {
    if (fits(item)) {
      if (!last) return index
      found = index
    }
    index++
  }
  return found
}

function defaultIfEmpty(items: Iterable<Item>, otherwise: Iterable<Item>): Item {
  const remembered = new Remembered(items)
  for (const _ of remembered) return remembered
  return new Sequence(otherwise)
}

export function addQueries(library: Library): void {
  const collection = p('collection', iterable)
  const predicate = p('predicate', lambda)
  const selector = p('selector', lambda)
  const maybe = optional('predicate', lambda, null)
  declare(library, 'method', 'where filter', [collection, predicate], (_, args) => new Sequence(where(...args)))
  declare(library, 'method', 'select map', [collection, selector], (_, args) => new Sequence(select(...args)))
  declare(
    library,
    'method',
    'selectMany',
    [collection, selector],
    (run, args) => new Sequence(selectMany(...args, run)),
  )
  declare(library, 'method', 'skip', [collection, p('count', integer)], (_, args) => new Sequence(skip(...args)))
  // The source may be endless: it is not the items left out that count.
  declare(library, 'method', 'limit take', [collection, p('count', integer)], (_, args) => new Sequence(limit(...args)))
  declare(library, 'method', 'takeWhile', [collection, predicate], (_, args) => new Sequence(takeWhile(...args)))
  declare(library, 'method', 'skipWhile', [collection, predicate], (_, args) => new Sequence(skipWhile(...args)))
  declare(
    library,
    'both',
    'distinct',
    [collection, optional('keySelector', lambda, null)],
    (run, args) => new Sequence(distinct(run, ...args)),
  )
  declare(
    library,
    'both',
    'enumerate',
    [collection, optional('start', integer, 0)],
    (_, args) => new Sequence(enumerate(...args)),
  )
  declare(library, 'both', 'any', [collection, maybe], (_, [items, fits]) => {
    for (const item of items) if (!fits || truth(fits(item))) return true
    return false
  })
  declare(library, 'both', 'all', [collection, maybe], (_, [items, fits]) => {
    for (const item of items) if (!truth(fits ? fits(item) : item)) return false
    return true
  })
  declare(library, 'method', 'count', [collection], (_, [items]) => [...items].length)
  declare(library, 'method', 'memorize', [collection], (_, [items]) =>
    isList(items as Item) ? [...items] : new Remembered(items),
  )
  const initial = optional('initial', any, NOTHING)
  declare(library, 'method', 'sum', [collection, initial], (run, [items, seed]) => aggregate(items, plus(run), seed))
  declare(library, 'method', 'max', [collection, initial], (_, [items, seed]) =>
    aggregate(items, (one, other) => (greater(other, one) ? other : one), seed),
  )
  declare(library, 'method', 'min', [collection, initial], (_, [items, seed]) =>
    aggregate(items, (one, other) => (greater(other, one) ? one : other), seed),
  )
  const seed = optional('seed', any, NOTHING)
  declare(library, 'method', 'aggregate reduce', [collection, selector, seed], (_, args) => aggregate(...args))
  declare(library, 'method', 'accumulate', [collection, selector, seed], (_, args) => new Sequence(accumulate(...args)))
  const otherwise = optional('default', any, NOTHING)
  declare(library, 'method', 'first', [collection, otherwise], (_, args) => firstOf(...args))
  declare(library, 'method', 'last', [collection, otherwise], (_, args) => lastOf(...args))
  declare(library, 'method', 'single', [collection], (_, [items]) => single(items))
  declare(library, 'method', 'defaultIfEmpty', [collection, p('default', iterable)], (_, args) =>
    defaultIfEmpty(...args),
  )
  declare(
    library,
    'method',
    'join',
    [collection, p('collection2', iterable), predicate, selector],
    (_, args) => new Sequence(join(...args)),
  )
  addIndexes(library)
  addOrdering(library)
}

function addIndexes(library: Library): void {
  const collection = p('collection', iterable)
  const predicate = p('predicate', lambda)
  for (const [name, last] of [['indexOf', false] as const, ['lastIndexOf', true] as const])
    declare(library, 'method', name, [collection, p('item', any)], (run, [items, wanted]) =>
      indexWhere(items, (item) => run.equal(item, wanted), last),
    )
  for (const [name, last] of [['indexWhere', false] as const, ['lastIndexWhere', true] as const])
    declare(library, 'method', name, [collection, predicate], (_, [items, fits]) =>
      indexWhere(items, (item) => truth(fits(item)), last),
    )
}
