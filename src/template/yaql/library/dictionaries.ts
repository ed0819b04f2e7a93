// Dictionaries.
import { Dictionary, describe, type Item, isList, Sequence } from '../items.js'
import { Mistake } from '../mistake.js'
import type { Run } from '../run.js'
import {
  any,
  declare,
  dictionary,
  integer,
  iterable,
  type Lambda,
  type Library,
  lambda,
  optional,
  p,
  rest,
  rules,
} from '../signature.js'
import { itemsOf } from './collections.js'

function pairOf(item: Item, run: Run): [Item, Item] {
  const [key, value, ...more] = [...itemsOf(item, run)]
  if (key === undefined || value === undefined || more.length > 0)
    throw new Mistake('dict takes pairs of a key and a value', undefined)
  return [key, value]
}

function* pairsOf(items: Iterable<Item>, run: Run): Iterable<readonly [Item, Item]> {
  for (const item of items) yield pairOf(item, run)
}

function* selectPairs(items: Iterable<Item>, key: Lambda, value: Lambda | null): Iterable<readonly [Item, Item]> {
  for (const item of items) yield [key(item), value ? value(item) : item]
}

function without(run: Run, from: Dictionary, keys: Iterable<Item>): Dictionary {
  const gone = run.set(keys)
  return run.dictionary([...from.entries()].filter(([key]) => !gone.has(key)))
}

interface Mergers {
  readonly lists: (one: readonly Item[], other: readonly Item[]) => Item
  readonly items: (one: Item, other: Item) => Item
}

/** Levels are counted down to 1; 0 means all of them. */
function merged(run: Run, one: Dictionary, other: Dictionary, mergers: Mergers, levels: number): Dictionary {
  run.step()
  const entries = [...one.entries()].map(([key, value]): [Item, Item] => {
    const second = other.get(key)
    return [key, second === undefined ? value : mergedValue(run, value, second, mergers, levels)]
  })
  return run.dictionary([...entries, ...[...other.entries()].filter(([key]) => !one.has(key))])
}

function mergedValue(run: Run, one: Item, other: Item, mergers: Mergers, levels: number): Item {
  if (levels === 1) return mergers.items(one, other)
  if (other instanceof Dictionary) {
    if (!(one instanceof Dictionary))
      throw new Mistake(`${describe(one)} cannot be merged with a dictionary`, undefined)
    return run.nested(() => merged(run, one, other, mergers, levels === 0 ? 0 : levels - 1))
  }
  if (!isList(other)) return mergers.items(one, other)
  if (!isList(one)) throw new Mistake(`${describe(one)} cannot be merged with a list`, undefined)
  return mergers.lists(one, other)
}

export function addDictionaries(library: Library): void {
  const dict = p('dict', dictionary)
  declare(library, 'function', 'dict', [rules], (run, [pairs]) =>
    run.dictionary(pairs.map(({ source, destination }) => [source.item(), destination.item()])),
  )
  declare(library, 'function', 'dict', [p('items', iterable)], (run, [items]) => run.dictionary(pairsOf(items, run)))
  declare(
    library,
    'method',
    'toDict',
    [p('collection', iterable), p('keySelector', lambda), optional('valueSelector', lambda, null)],
    (run, [items, key, value]) => run.dictionary(selectPairs(items, key, value)),
  )
  declare(library, 'function', 'isDict', [p('arg', any)], (_, [item]) => item instanceof Dictionary)
  declare(library, 'both', 'len', [dict], (_, [of]) => of.size)
  declare(library, 'method', 'get', [dict, p('key', any), optional('default', any, null)], (_, [of, key, otherwise]) =>
    of.has(key) ? (of.get(key) ?? null) : otherwise,
  )
  declare(library, 'method', 'keys', [dict], (_, [of]) => new Sequence([...of.entries()].map(([key]) => key)))
  declare(library, 'method', 'values', [dict], (_, [of]) => new Sequence([...of.entries()].map(([, value]) => value)))
  declare(library, 'method', 'items', [dict], (_, [of]) => new Sequence([...of.entries()]))
  declare(library, 'method', 'containsKey', [dict, p('key', any)], (_, [of, key]) => of.has(key))
  declare(library, 'method', 'containsValue', [dict, p('value', any)], (run, [of, wanted]) =>
    [...of.entries()].some(([, value]) => run.equal(value, wanted)),
  )
  declare(library, 'method', 'set', [dict, p('key', any), p('value', any)], (run, [of, key, value]) =>
    run.dictionary([...of.entries(), [key, value]]),
  )
  declare(library, 'method', 'set', [dict, p('replacements', dictionary)], (run, [of, others]) =>
    run.dictionary([...of.entries(), ...others.entries()]),
  )
  declare(library, 'method', 'set', [dict, rules], (run, [of, pairs]) =>
    run.dictionary([
      ...of.entries(),
      ...pairs.map(({ source, destination }): [Item, Item] => [source.item(), destination.item()]),
    ]),
  )
  declare(library, 'method', 'delete', [dict, rest('keys', any)], (run, [of, keys]) => without(run, of, keys))
  declare(library, 'method', 'deleteAll', [dict, p('keys', iterable)], (run, [of, keys]) => without(run, of, keys))
  declare(
    library,
    'method',
    'mergeWith',
    [
      dict,
      p('another', dictionary),
      optional('listMerger', lambda, null),
      optional('itemMerger', lambda, null),
      optional('maxLevels', integer, 0),
    ],
    (run, [one, other, lists, items, levels]) => {
      const together = (first: readonly Item[], second: readonly Item[]) => run.list(run.set([...first, ...second]))
      return merged(run, one, other, { lists: lists ?? together, items: items ?? ((_, second) => second) }, levels)
    },
  )
}
