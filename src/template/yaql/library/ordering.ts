// orderBy and thenBy: a collection that is put into order when it is read.
import { type Item, Sequence } from '../items.js'
import { declare, iterable, type Kind, type Lambda, type Library, lambda, MISFIT, p } from '../signature.js'
import { greater } from './math.js'

interface Criterion {
  readonly selector: Lambda
  readonly descending: boolean
}

/** A sequence that still knows what it is ordered by, so that thenBy can add to it. */
class Ordered extends Sequence {
  constructor(
    readonly items: Iterable<Item>,
    readonly criteria: readonly Criterion[],
  ) {
    super(inOrder(items, criteria))
  }
}

function* inOrder(items: Iterable<Item>, criteria: readonly Criterion[]): Iterable<Item> {
  const keyed = [...items].map((item) => ({ item, keys: criteria.map(({ selector }) => selector(item)) }))
  keyed.sort((one, other) => {
    for (const [index, { descending }] of criteria.entries()) {
      const [a = null, b = null] = [one.keys[index], other.keys[index]]
      const order = greater(b, a) ? -1 : greater(a, b) ? 1 : 0
      if (order !== 0) return descending ? -order : order
    }
    return 0
  })
  for (const { item } of keyed) yield item
}

const ordered: Kind<Ordered> = {
  what: 'ordered collection',
  take: (given) => {
    const item = given.item()
    return item instanceof Ordered ? item : MISFIT
  },
}

export function addOrdering(library: Library): void {
  for (const [name, descending] of [['orderBy', false] as const, ['orderByDescending', true] as const])
    declare(
      library,
      'method',
      name,
      [p('collection', iterable), p('selector', lambda)],
      (_, [items, selector]) => new Ordered(items, [{ selector, descending }]),
    )
  for (const [name, descending] of [['thenBy', false] as const, ['thenByDescending', true] as const])
    declare(
      library,
      'method',
      name,
      [p('collection', ordered), p('selector', lambda)],
      (_, [before, selector]) => new Ordered(before.items, [...before.criteria, { selector, descending }]),
    )
}
