// How library functions are declared: each parameter has a kind, which tells whether an argument fits and hands it over as
// the type that the function wants. Several functions share a name; the first that fits is called.

import { Regex } from '../regex/index.js'
import {
  Dictionary,
  describe,
  type Item,
  ItemSet,
  isInteger,
  isIterable,
  isList,
  isNumber,
  type Real,
  Sequence,
} from './items.js'
import type { Names } from './names.js'
import type { Run } from './run.js'

/** An expression handed to a function unevaluated; called with what becomes `$1`, `$2` and so on. */
export interface Lambda {
  (...args: Item[]): Item
  /** Evaluates it where other names hold. */
  within(names: Names): Item
  readonly names: Names
}

/** One argument as it was written: evaluated when a kind asks for it, at most once. */
export interface Given {
  readonly item: () => Item
  readonly lambda: () => Lambda
}

export interface Rule {
  readonly source: Given
  readonly destination: Given
}

/** The arguments of a call; a receiver is the first of the positional ones. */
export interface Call {
  readonly positional: readonly (Given | undefined)[]
  readonly keywords: ReadonlyMap<string, Given>
  /** All arguments that were written `key => value`, for functions that take rules. */
  readonly rules: readonly Rule[]
  readonly names: Names
}

export const MISFIT: unique symbol = Symbol('misfit')
type Taken<T> = T | typeof MISFIT

export interface Kind<T> {
  readonly what: string
  readonly take: (given: Given, run: Run) => Taken<T>
}

export const kind = <T extends Item>(what: string, is: (item: Item) => item is T): Kind<T> => ({
  what,
  take: (given) => {
    const item = given.item()
    return is(item) ? item : MISFIT
  },
})

const isText = (item: Item): item is string => typeof item === 'string'
const orNull =
  <T extends Item>(is: (item: Item) => item is T) =>
  (item: Item): item is T | null =>
    item === null || is(item)

export const any: Kind<Item> = { what: 'any', take: (given) => given.item() }
export const text = kind('text', isText)
export const textOrNull = kind('text', orNull(isText))
export const integer = kind('integer', isInteger)
export const numeric = kind<number | Real>('number', isNumber)
export const numericOrNull = kind<number | Real | null>('number', orNull(isNumber))
export const flag = kind('boolean', (item): item is boolean => typeof item === 'boolean')
export const list = kind('list', isList)
export const dictionary = kind('dictionary', (item): item is Dictionary => item instanceof Dictionary)
export const set = kind('set', (item): item is ItemSet => item instanceof ItemSet)
export const sequence = kind('sequence', (item): item is Sequence => item instanceof Sequence)
export const regex = kind('regular expression', (item): item is Regex => item instanceof Regex)
/** A list, a set or a sequence, bounded in length. */
export const iterable: Kind<Iterable<Item>> = {
  what: 'collection',
  take: (given, run) => {
    const item = given.item()
    return isIterable(item) ? run.bounded(item) : MISFIT
  },
}
export const lambda: Kind<Lambda> = { what: 'expression', take: (given) => given.lambda() }

interface Parameter<T> {
  readonly name: string
  readonly what: string
  readonly collects?: 'items' | 'keywords' | 'rules'
  readonly take: (taking: Taking, run: Run) => Taken<T>
}

/** How far the arguments of a call have been handed out. */
interface Taking {
  readonly call: Call
  next: number
  readonly used: Set<string>
}

/** A parameter that must be given. */
export const p = <T>(name: string, of: Kind<T>): Parameter<T> => ({
  name,
  what: of.what,
  take: (taking, run) => {
    const given = takeGiven(taking, name)
    return given ? of.take(given, run) : MISFIT
  },
})

/** A parameter that may be left out. */
export const optional = <T, D>(name: string, of: Kind<T>, otherwise: D): Parameter<T | D> => ({
  name,
  what: of.what,
  take: (taking, run) => {
    const given = takeGiven(taking, name)
    return given ? of.take(given, run) : otherwise
  },
})

function takeGiven(taking: Taking, name: string): Given | undefined {
  const { call } = taking
  if (taking.next < call.positional.length) return call.positional[taking.next++]
  taking.used.add(name)
  return call.keywords.get(name)
}

/** All further positional arguments. */
export const rest = <T>(name: string, of: Kind<T>): Parameter<readonly T[]> => ({
  name,
  what: of.what,
  collects: 'items',
  take: (taking, run) => {
    const items: T[] = []
    while (taking.next < taking.call.positional.length) {
      const given = taking.call.positional[taking.next++]
      const taken = given ? of.take(given, run) : MISFIT
      if (taken === MISFIT) return MISFIT
      items.push(taken)
    }
    return items
  },
})

/** All further keyword arguments, evaluated. */
export const keywords: Parameter<ReadonlyMap<string, Item>> = {
  name: 'keywords',
  what: 'any',
  collects: 'keywords',
  take: ({ call, used }) => {
    const others = [...call.keywords].filter(([name]) => !used.has(name))
    for (const [name] of others) used.add(name)
    return new Map(others.map(([name, given]) => [name, given.item()]))
  },
}

/** `condition => value`, any number of times. */
export const rules: Parameter<readonly Rule[]> = {
  name: 'rules',
  what: 'key => value',
  collects: 'rules',
  take: ({ call, used }) => {
    for (const name of call.keywords.keys()) used.add(name)
    return call.rules
  },
}

type Parameters<T extends readonly unknown[]> = { readonly [K in keyof T]: Parameter<T[K]> }

export interface Overload {
  readonly shape: 'function' | 'method' | 'both'
  /** Takes `key => value` as rules; the key is an expression. */
  readonly takesRules: boolean
  /** For messages: `where(collection, predicate)`. */
  readonly signature: string
  /** The call made ready, or undefined when the arguments do not fit. */
  readonly bind: (call: Call, run: Run) => (() => Item) | undefined
}

export type Library = Map<string, Overload[]>

/** Adds a function under each of `names`. The first parameter of a method is its receiver. */
export function declare<T extends readonly unknown[]>(
  library: Library,
  shape: Overload['shape'],
  names: string,
  parameters: Parameters<T>,
  apply: (run: Run, args: T, names: Names) => Item,
): void {
  const all: readonly Parameter<unknown>[] = parameters
  const bind: Overload['bind'] = (call, run) => {
    const values = bindAll(all, call, run)
    return values && (() => apply(run, values as readonly unknown[] as T, call.names))
  }
  const takesRules = all.some(({ collects }) => collects === 'rules')
  for (const name of names.split(' ')) {
    const signature = `${name}(${all.map((one) => one.name).join(', ')})`
    library.set(name, [...(library.get(name) ?? []), { shape, takesRules, signature, bind }])
  }
}

function bindAll(parameters: readonly Parameter<unknown>[], call: Call, run: Run): unknown[] | undefined {
  const taking: Taking = { call, next: 0, used: new Set() }
  const collects = parameters.some((one) => one.collects === 'items')
  // Counted before anything is evaluated: arguments of another overload's shape may not make sense as values.
  if (!collects && call.positional.length > parameters.length) return undefined
  const values: unknown[] = []
  for (const parameter of parameters) {
    const taken = parameter.take(taking, run)
    if (taken === MISFIT) return undefined
    values.push(taken)
  }
  const unused = [...call.keywords.keys()].some((name) => !taking.used.has(name))
  return unused || taking.next < call.positional.length ? undefined : values
}

/** What a call was made with, for messages. */
export function describeGivens(call: Call): string {
  const positional = call.positional.map((given) => (given ? describeGiven(given) : 'nothing'))
  return [...positional, ...[...call.keywords.keys()].map((name) => `${name} =>`)].join(', ')
}

/** An argument that is an expression over `$` may have no value of its own. */
function describeGiven(given: Given): string {
  try {
    return describe(given.item())
  } catch {
    return 'an expression'
  }
}
