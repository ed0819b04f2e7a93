// Functions over numbers.
import { type Item, isInteger, isNumber, Real } from '../items.js'
import { Mistake } from '../mistake.js'
import { number } from '../run.js'
import {
  any,
  declare,
  integer,
  keywords,
  type Library,
  numeric,
  numericOrNull,
  optional,
  p,
  rest,
} from '../signature.js'
import { compared, isReal, plain, refuseZero } from './operators.js'

function toInteger(item: Item): Item {
  if (item === null) return 0
  if (typeof item === 'boolean') return Number(item)
  if (isNumber(item)) return number(Math.trunc(plain(item)), false)
  if (typeof item === 'string' && /^\s*[-+]?\d+\s*$/.test(item)) return number(Number(item), false)
  throw new Mistake('int takes a number, or a text of digits', undefined)
}

function toReal(item: Item): Item {
  if (item === null) return new Real(0)
  if (typeof item === 'boolean') return new Real(Number(item))
  if (isNumber(item)) return number(plain(item), true)
  if (typeof item === 'string' && /^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*$/.test(item))
    return number(Number(item), true)
  throw new Mistake('float takes a number, or a text that is one', undefined)
}

/** As Python rounds: a half goes to the even neighbour. */
function round(item: number | Real, digits: number): Item {
  if (Math.abs(digits) > 20) return item
  const scale = 10 ** digits
  const scaled = plain(item) * scale
  const floor = Math.floor(scaled)
  const half = scaled - floor === 0.5
  const rounded = half ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(scaled)
  return number(Number.isFinite(scaled) ? rounded / scale : plain(item), isReal(item))
}

function power(base: number | Real, exponent: number | Real, modulus: number | Real | null): Item {
  const real = isReal(base) || isReal(exponent) || plain(exponent) < 0
  if (modulus === null) return number(plain(base) ** plain(exponent), real)
  if (!isInteger(base) || !isInteger(exponent) || !isInteger(modulus) || exponent < 0)
    throw new Mistake('pow with a modulus takes whole numbers', undefined)
  refuseZero(modulus)
  return number(Number(powerOf(BigInt(base), BigInt(exponent), BigInt(modulus))), false)
}

function powerOf(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  const remainder = result % modulus
  return remainder !== 0n && remainder < 0n !== modulus < 0n ? remainder + modulus : remainder
}

/** Bits beyond the 32 that JavaScript's own operators have. */
function bits(one: number, other: number, act: (one: bigint, other: bigint) => bigint): Item {
  return number(Number(act(BigInt(one), BigInt(other))), false)
}

function shift(value: number, by: number, act: (one: bigint, other: bigint) => bigint): Item {
  if (by < 0 || by > 1_000) throw new Mistake('bits are shifted by 0 to 1000 places', undefined)
  return bits(value, by, act)
}

export function greater(one: Item, other: Item): boolean {
  const order = compared(one, other, (sign) => sign > 0)
  if (order === undefined) throw new Mistake('only numbers, or only texts, can be compared', undefined)
  return order
}

const BITWISE: readonly [string, (one: bigint, other: bigint) => bigint][] = [
  ['bitwiseAnd', (one, other) => one & other],
  ['bitwiseOr', (one, other) => one | other],
  ['bitwiseXor', (one, other) => one ^ other],
]

export function addMath(library: Library): void {
  declare(library, 'function', 'abs', [p('op', numeric)], (_, [item]) => number(Math.abs(plain(item)), isReal(item)))
  declare(library, 'function', 'int', [p('value', any)], (_, [item]) => toInteger(item))
  declare(library, 'function', 'float', [p('value', any)], (_, [item]) => toReal(item))
  declare(library, 'function', 'round', [p('number', numeric), optional('ndigits', integer, 0)], (_, args) =>
    round(...args),
  )
  declare(library, 'function', 'sign', [p('num', numeric)], (_, [item]) => Math.sign(plain(item)) + 0)
  declare(
    library,
    'function',
    'pow',
    [p('a', numeric), p('b', numeric), optional('c', numericOrNull, null)],
    (_, args) => power(...args),
  )
  declare(library, 'function', 'max', [p('a', any), p('b', any)], (_, [a, b]) => (greater(b, a) ? b : a))
  declare(library, 'function', 'min', [p('a', any), p('b', any)], (_, [a, b]) => (greater(b, a) ? a : b))
  for (const [name, act] of BITWISE)
    declare(library, 'function', name, [p('left', integer), p('right', integer)], (_, [a, b]) => bits(a, b, act))
  declare(library, 'function', 'bitwiseNot', [p('arg', integer)], (_, [item]) => -item - 1)
  declare(library, 'function', 'shiftBitsLeft', [p('value', integer), p('bitsNumber', integer)], (_, [value, by]) =>
    shift(value, by, (one, other) => one << other),
  )
  declare(library, 'function', 'shiftBitsRight', [p('value', integer), p('bitsNumber', integer)], (_, [value, by]) =>
    shift(value, by, (one, other) => one >> other),
  )
  declare(library, 'function', 'isInteger', [p('value', any)], (_, [item]) => isInteger(item))
  declare(library, 'function', 'isNumber', [p('value', any)], (_, [item]) => isNumber(item))
  const anything = [rest('args', any), keywords] as const
  for (const name of ['random', 'now', 'localtz'])
    declare(library, 'function', name, [...anything], () => {
      throw new Mistake(`${name} is not available: a template must mean the same each time it is read`, undefined)
    })
}
