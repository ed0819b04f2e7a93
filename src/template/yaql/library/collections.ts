// Lists and sets: making them, and changing some of their items.
import { describe, type Item, ItemSet, isIterable, isList, isSequence, Sequence } from '../items.js'
import { Mistake } from '../mistake.js'
import type { Run } from '../run.js'
import { any, declare, integer, iterable, type Library, list, optional, p, rest, sequence, set } from '../signature.js'
import { chain, contains } from './operators.js'

/** `list` and `set` take sequences apart, but not lists. */
function* flattened(run: Run, items: Iterable<Item>): Iterable<Item> {
  for (const item of items) {
    run.step()
    if (isSequence(item)) yield* flattened(run, run.bounded(item))
    else yield item
  }
}

/** All items, at whatever level of lists, sets and sequences they stand. */
function* flat(run: Run, items: Iterable<Item>): Iterable<Item> {
  for (const item of items) {
    run.step()
    if (isIterable(item)) yield* flat(run, run.bounded(item))
    else yield item
  }
}

function* deleted(items: Iterable<Item>, position: number, count: number): Iterable<Item> {
  let index = 0
  for (const item of items) {
    const goes = count < 0 ? index >= position : index >= position && index < position + count
    if (!goes) yield item
    index++
  }
}

/** Puts `values` where the items were that go. */
function* replaced(items: Iterable<Item>, position: number, values: Iterable<Item>, count: number): Iterable<Item> {
  let index = 0
  let done = false
  for (const item of items) {
    const goes = index >= position && (count < 0 || index < position + count)
    if (!goes) yield item
    else if (!done) {
      yield* values
      done = true
    }
    index++
  }
}

function* inserted(items: Iterable<Item>, position: number, values: Iterable<Item>): Iterable<Item> {
  let index = 0
  if (position < 0) yield* values
  for (const item of items) {
    if (index === position) yield* values
    yield item
    index++
  }
  if (position >= index) yield* values
}

function insertIntoList(items: readonly Item[], position: number, value: Item): Item {
  const copy = [...items]
  copy.splice(position < 0 ? Math.max(0, items.length + position) : position, 0, value)
  return copy
}

export function addCollections(library: Library): void {
  const collection = p('collection', iterable)
  const position = p('position', integer)
  const count = optional('count', integer, 1)
  declare(library, 'function', 'list', [rest('args', any)], (run, [items]) => run.list(flattened(run, items)))
  declare(library, 'method', 'flatten', [collection], (run, [items]) => new Sequence(flat(run, items)))
  declare(library, 'method', 'toList', [collection], (run, [items]) => run.list(items))
  declare(library, 'function', 'isList', [p('arg', any)], (_, [item]) => isList(item))
  declare(library, 'both', 'len', [p('sequence', list)], (_, [items]) => items.length)
  declare(library, 'both', 'len', [p('set', set)], (_, [items]) => items.size)
  declare(library, 'both', 'len', [p('collection', sequence)], (run, [items]) => [...run.bounded(items)].length)
  declare(library, 'method', 'contains', [collection, p('value', any)], (run, [items, item]) =>
    contains(items, item, run),
  )
  declare(library, 'method', 'delete', [collection, position, count], (_, args) => new Sequence(deleted(...args)))
  declare(
    library,
    'method',
    'replace',
    [collection, position, p('value', any), count],
    (_, [items, at, item, most]) => new Sequence(replaced(items, at, [item], most)),
  )
  declare(
    library,
    'method',
    'replaceMany',
    [collection, position, p('values', iterable), count],
    (_, args) => new Sequence(replaced(...args)),
  )
  declare(library, 'method', 'insert', [p('collection', list), position, p('value', any)], (_, args) =>
    insertIntoList(...args),
  )
  declare(
    library,
    'method',
    'insert',
    [collection, position, p('value', any)],
    (_, [items, at, item]) => new Sequence(inserted(items, at, [item])),
  )
  declare(
    library,
    'method',
    'insertMany',
    [collection, position, p('values', iterable)],
    (_, args) => new Sequence(inserted(...args)),
  )
  declare(
    library,
    'both',
    'append',
    [collection, rest('args', any)],
    (_, [items, more]) => new Sequence(chain([items, more])),
  )
  declare(
    library,
    'both',
    'concat',
    [rest('collections', iterable)],
    (_, [collections]) => new Sequence(chain(collections)),
  )
}

export function addSets(library: Library): void {
  const left = p('left', set)
  const right = p('right', set)
  const from = (one: ItemSet, fits: (item: Item) => boolean): Item[] => [...one].filter(fits)
  declare(library, 'function', 'set', [rest('args', any)], (run, [items]) => run.set(flattened(run, items)))
  declare(library, 'method', 'toSet', [p('collection', iterable)], (run, [items]) => run.set(items))
  declare(library, 'function', 'isSet', [p('arg', any)], (_, [item]) => item instanceof ItemSet)
  declare(library, 'method', 'union', [left, right], (run, [one, other]) => run.set([...one, ...other]))
  declare(library, 'method', 'intersect', [left, right], (run, [one, other]) =>
    run.set(from(one, (item) => other.has(item))),
  )
  declare(library, 'method', 'difference', [left, right], (run, [one, other]) =>
    run.set(from(one, (item) => !other.has(item))),
  )
  declare(library, 'method', 'symmetricDifference', [left, right], (run, [one, other]) =>
    run.set([...from(one, (item) => !other.has(item)), ...from(other, (item) => !one.has(item))]),
  )
  declare(library, 'method', 'add', [p('set', set), rest('values', any)], (run, [one, items]) =>
    run.set([...one, ...items]),
  )
  declare(library, 'method', 'remove', [p('set', set), rest('values', any)], (run, [one, items]) => {
    const gone = run.set(items)
    return run.set(from(one, (item) => !gone.has(item)))
  })
}

/** The items of something that must be a collection. */
export function itemsOf(item: Item, run: Run): Iterable<Item> {
  if (isIterable(item)) return run.bounded(item)
  throw new Mistake(`expected a collection, not ${describe(item)}`, undefined)
}
