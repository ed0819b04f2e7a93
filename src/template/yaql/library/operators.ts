// The operators: what they mean for each kind of operand.

import { Regex } from '../../regex/index.js'
import { Span } from '../dates.js'
import {
  Dictionary,
  describe,
  type Item,
  ItemSet,
  isInteger,
  isIterable,
  isList,
  isNumber,
  Real,
  Sequence,
} from '../items.js'
import { Mistake } from '../mistake.js'
import { number, type Run } from '../run.js'
import { dateArithmetic, orderOfDates } from './dates.js'
import { compileRegex, searchIn } from './regex.js'

type Operator = (left: Item, right: Item, run: Run) => Item | undefined

const OPERATORS: { readonly [operator: string]: Operator } = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  mod: modulo,
  '=': (left, right, run) => run.equal(left, right),
  '!=': (left, right, run) => !run.equal(left, right),
  '<': (left, right) => compared(left, right, (order) => order < 0),
  '<=': (left, right) => compared(left, right, (order) => order <= 0),
  '>': (left, right) => compared(left, right, (order) => order > 0),
  '>=': (left, right) => compared(left, right, (order) => order >= 0),
  in: isIn,
  '=~': matches,
  '!~': (left, right, run) => {
    const found = matches(left, right, run)
    return found === undefined ? undefined : !found
  },
}

export function binary(operator: string, left: Item, right: Item, run: Run): Item {
  const result = OPERATORS[operator]?.(left, right, run) ?? dateArithmetic(operator, left, right)
  if (result !== undefined) return result
  throw new Mistake(`${operator} does not work between ${describe(left)} and ${describe(right)}`, undefined)
}

export function negative(operator: string, operand: Item): Item {
  if (operand instanceof Span) return operator === '+' ? operand : new Span(-operand.micros)
  if (!isNumber(operand)) throw new Mistake(`${operator} does not work on ${describe(operand)}`, undefined)
  return operator === '+' ? operand : number(0 - plain(operand), isReal(operand))
}

// Numbers

export const plain = (item: number | Real): number => (item instanceof Real ? item.value : item)
export const isReal = (item: number | Real): boolean => item instanceof Real || !Number.isInteger(item)

function arithmetic(left: Item, right: Item, act: (one: number, other: number) => number): Item | undefined {
  if (!isNumber(left) || !isNumber(right)) return undefined
  return number(act(plain(left), plain(right)), isReal(left) || isReal(right))
}

export function add(left: Item, right: Item, run: Run): Item | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    run.willMake(left.length + right.length)
    return left + right
  }
  if (isList(left) && isList(right)) return run.list([...left, ...right])
  if (left instanceof ItemSet && right instanceof ItemSet) return run.set([...left, ...right])
  if (isIterable(left) && isIterable(right)) return new Sequence(chain([run.bounded(left), run.bounded(right)]))
  if (left instanceof Dictionary && right instanceof Dictionary)
    return run.dictionary([...left.entries(), ...right.entries()])
  return arithmetic(left, right, (one, other) => one + other)
}

export function* chain(collections: Iterable<Iterable<Item>>): Iterable<Item> {
  for (const items of collections) yield* items
}

function subtract(left: Item, right: Item, run: Run): Item | undefined {
  if (left instanceof ItemSet && right instanceof ItemSet) return run.set([...left].filter((item) => !right.has(item)))
  return arithmetic(left, right, (one, other) => one - other)
}

function multiply(left: Item, right: Item, run: Run): Item | undefined {
  if (isInteger(left) && (typeof right === 'string' || isList(right))) return times(right, left, run)
  if (isInteger(right) && (typeof left === 'string' || isList(left))) return times(left, right, run)
  return arithmetic(left, right, (one, other) => one * other)
}

function times(part: string | readonly Item[], count: number, run: Run): Item {
  const length = part.length * Math.max(0, count)
  run.memory(typeof part === 'string' ? 49 + length : 56 + 8 * length)
  if (typeof part === 'string') return run.made(part.repeat(Math.max(0, count)))
  return Array.from({ length }, (_, index) => part[index % part.length] ?? null)
}

/** Whole numbers give a whole number, rounded down. */
function divide(left: Item, right: Item): Item | undefined {
  refuseZero(right)
  return arithmetic(left, right, (one, other) =>
    isInteger(left) && isInteger(right) ? Math.floor(one / other) : one / other,
  )
}

/** The result has the sign of the divisor. */
function modulo(left: Item, right: Item): Item | undefined {
  refuseZero(right)
  return arithmetic(left, right, (one, other) => {
    const remainder = one % other
    return remainder !== 0 && remainder < 0 !== other < 0 ? remainder + other : remainder
  })
}

export function refuseZero(divisor: Item): void {
  if (isNumber(divisor) && plain(divisor) === 0) throw new Mistake('a number is divided by zero', undefined)
}

// Order

/** Null comes before everything. Undefined when the two cannot be ordered. */
export function compared(left: Item, right: Item, fits: (order: number) => boolean): boolean | undefined {
  if (left === null || right === null) return fits(Number(left !== null) - Number(right !== null))
  if (isNumber(left) && isNumber(right)) return fits(plain(left) - plain(right))
  if (typeof left === 'string' && typeof right === 'string') return fits(compareTexts(left, right))
  if (left instanceof ItemSet && right instanceof ItemSet) return fits(orderOfSets(left, right))
  const order = orderOfDates(left, right)
  return order === undefined ? undefined : fits(order)
}

/** By characters, not by UTF-16 units. */
function compareTexts(left: string, right: string): number {
  if (left === right) return 0
  const [one, other] = [[...left], [...right]]
  const at = one.findIndex((character, index) => character !== other[index])
  if (at < 0) return -1
  return (one[at]?.codePointAt(0) ?? 0) - (other[at]?.codePointAt(0) ?? -1)
}

/** A part is less than the whole; sets that are neither are not in any order. */
function orderOfSets(left: ItemSet, right: ItemSet): number {
  const within = [...left].every((item) => right.has(item))
  const around = [...right].every((item) => left.has(item))
  if (within && around) return 0
  return within ? -1 : around ? 1 : Number.NaN
}

function isIn(left: Item, right: Item, run: Run): Item | undefined {
  if (typeof right === 'string') return typeof left === 'string' ? right.includes(left) : undefined
  if (right instanceof Dictionary)
    throw new Mistake('in does not look into a dictionary; write dictionary.containsKey(key)', undefined)
  return isIterable(right) ? contains(run.bounded(right), left, run) : undefined
}

export function contains(items: Iterable<Item>, wanted: Item, run: Run): boolean {
  for (const item of items) if (run.equal(item, wanted)) return true
  return false
}

function matches(left: Item, right: Item, run: Run): boolean | undefined {
  if (typeof left !== 'string') return undefined
  const regex = typeof right === 'string' ? compileRegex(right) : right
  return regex instanceof Regex ? searchIn(regex, left, run) !== undefined : undefined
}
