// Names, branches and truth: let, def, switch, coalesce and their kin.
import { type Item, isIterable, isSequence, Remembered, Sequence, truth } from '../items.js'
import { Mistake } from '../mistake.js'
import { Names } from '../names.js'
import type { Run } from '../run.js'
import {
  any,
  declare,
  integer,
  iterable,
  keywords,
  type Lambda,
  type Library,
  lambda,
  optional,
  p,
  rest,
  rules,
  text,
} from '../signature.js'

function withNumbers(names: Names, items: readonly Item[]): Names {
  const inner = new Names(names)
  for (const [index, item] of items.entries()) inner.set(String(index + 1), item)
  return inner
}

function unpack(items: Iterable<Item>, wanted: readonly string[], names: Names): Names {
  const values = [...items]
  if (wanted.length === 0) return withNumbers(names, values)
  if (wanted.length !== values.length)
    throw new Mistake(`${values.length} items cannot be unpacked to ${wanted.length} names`, undefined)
  const inner = new Names(names)
  for (const [index, name] of wanted.entries()) inner.set(name, values[index] ?? null)
  return inner
}

/** The function knows itself, so it may call itself. */
function define(run: Run, name: string, body: Lambda, names: Names): Names {
  const inner = new Names(names)
  return inner.define(name, (items, named) => {
    run.step()
    const given = new Names(inner)
    for (const [variable, item] of named) given.set(variable, item)
    return body.within(given.with(items))
  })
}

function* casesThatHold(cases: readonly Lambda[]): Iterable<Item> {
  for (const [index, holds] of cases.entries()) if (truth(holds())) yield index
}

function* eachTruth(cases: readonly Lambda[]): Iterable<Item> {
  for (const holds of cases) yield truth(holds())
}

function coalesce(candidates: readonly Lambda[]): Item {
  for (const candidate of candidates) {
    const item = candidate()
    if (item !== null) return item
  }
  return null
}

export function addSystem(library: Library): void {
  declare(library, 'function', 'with', [rest('args', any)], (_, [items], names) => withNumbers(names, items))
  declare(library, 'function', 'let', [rest('args', any), keywords], (_, [items, named], names) => {
    const inner = withNumbers(names, items)
    for (const [name, item] of named) inner.set(name, item)
    return inner
  })
  declare(library, 'function', 'def', [p('name', text), p('func', lambda)], (run, [name, body], names) =>
    define(run, name, body, names),
  )
  declare(library, 'method', 'unpack', [p('sequence', iterable), rest('args', text)], (_, [items, wanted], names) =>
    unpack(items, wanted, names),
  )
  declare(
    library,
    'method',
    'assert',
    [p('obj', any), p('condition', lambda), optional('message', text, 'Assertion failed')],
    (run, [item, condition, message]) => {
      const kept = isSequence(item) ? new Remembered(run.bounded(item)) : item
      if (!truth(condition(kept))) throw new Mistake(message, undefined)
      return kept
    },
  )
}

export function addBranches(library: Library): void {
  declare(library, 'function', 'switch', [rules], (_, [cases]) => {
    const holds = cases.find(({ source }) => truth(source.item()))
    return holds ? holds.destination.item() : null
  })
  declare(library, 'function', 'selectCase', [rest('args', lambda)], (_, [cases]) => {
    const found = cases.findIndex((holds) => truth(holds()))
    return found < 0 ? cases.length : found
  })
  declare(
    library,
    'function',
    'selectAllCases',
    [rest('args', lambda)],
    (_, [cases]) => new Sequence(casesThatHold(cases)),
  )
  declare(library, 'function', 'examine', [rest('args', lambda)], (_, [cases]) => new Sequence(eachTruth(cases)))
  declare(library, 'method', 'switchCase', [p('case', integer), rest('args', lambda)], (_, [at, cases]) => {
    const chosen = at >= 0 && at < cases.length ? cases[at] : cases.at(-1)
    return chosen ? chosen() : null
  })
  declare(library, 'function', 'coalesce', [rest('args', lambda)], (_, [candidates]) => coalesce(candidates))
  declare(library, 'function', 'bool', [p('value', any)], (_, [item]) => truth(item))
  declare(library, 'function', 'isBoolean', [p('value', any)], (_, [item]) => typeof item === 'boolean')
  declare(library, 'function', 'isIterable', [p('value', any)], (_, [item]) => isIterable(item))
}
