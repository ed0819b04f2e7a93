// Functions of dates and spans of time. The present is not among them: a template must mean the same each time it is read.
import { readMoment, written } from '../date-formats.js'
import { DAY, dayOf, fieldsOf, Moment, type MomentFields, momentOf, SECOND, Span, weekdayOf } from '../dates.js'
import type { Item, Real } from '../items.js'
import { Mistake } from '../mistake.js'
import { number } from '../run.js'
import { any, declare, integer, kind, type Library, numeric, optional, p, text, textOrNull } from '../signature.js'
import { plain } from './operators.js'

const moment = kind('date', (item): item is Moment => item instanceof Moment)
const span = kind('span of time', (item): item is Span => item instanceof Span)
const NONE = new Span(0n)

export function addDates(library: Library): void {
  const at = optional('offset', span, NONE)
  const day = [p('year', integer), p('month', integer), p('day', integer)] as const
  declare(library, 'function', 'datetime', [...day, ...CLOCK, at], (_, args) => {
    const [year, month, ofMonth, hours, minutes, seconds, micros, offset] = args
    const fields = { year, month, day: ofMonth, hour: hours, minute: minutes, second: seconds, microsecond: micros }
    return momentOf(fields, offset.micros)
  })
  declare(library, 'function', 'datetime', [p('timestamp', numeric), at], (_, [timestamp, offset]) => {
    return new Moment(microsOf(plain(timestamp) * 1e6), offset.micros)
  })
  declare(library, 'function', 'datetime', [p('string', text), optional('format', textOrNull, null)], (_, args) =>
    readMoment(...args),
  )
  const lengths = UNITS.map(([name]) => optional(name, integer, 0))
  declare(library, 'function', 'timespan', lengths, (_, args) => {
    return new Span(UNITS.reduce((sum, [, micros], index) => sum + BigInt(args[index] ?? 0) * micros, 0n))
  })
  declare(library, 'function', 'utctz', [], () => NONE)
  declare(library, 'function', 'isDatetime', [p('value', any)], (_, [item]) => item instanceof Moment)
  declare(library, 'function', 'isTimespan', [p('value', any)], (_, [item]) => item instanceof Span)
  declare(library, 'method', 'format', [p('dt', moment), p('format', text)], (run, [dt, format]) =>
    run.made(written(dt, format)),
  )
  declare(library, 'method', 'replace', [p('dt', moment), ...CHANGES, optional('offset', span, null)], (_, args) => {
    const [dt, ...changes] = args
    return replaced(dt, changes)
  })
}

const CLOCK = [
  optional('hour', integer, 0),
  optional('minute', integer, 0),
  optional('second', integer, 0),
  optional('microsecond', integer, 0),
] as const

const UNITS: readonly (readonly [string, bigint])[] = [
  ['days', DAY],
  ['hours', 3600n * SECOND],
  ['minutes', 60n * SECOND],
  ['seconds', SECOND],
  ['milliseconds', 1000n],
  ['microseconds', 1n],
]
const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'] as const
const CHANGES = FIELDS.map((name) => optional(name, integer, null))

function replaced(dt: Moment, changes: readonly (number | Span | null)[]): Moment {
  const given = FIELDS.flatMap((name, index) => {
    const change = changes[index]
    return typeof change === 'number' ? [[name, change] as const] : []
  })
  const fields: MomentFields = { ...fieldsOf(dt), ...Object.fromEntries(given) }
  const offset = changes.at(-1)
  return momentOf(fields, offset instanceof Span ? offset.micros : dt.offset)
}

/** Rounded to the nearest, halves to the even one. */
function microsOf(value: number): bigint {
  if (!Number.isFinite(value)) throw new Mistake('the span of time is too long', undefined)
  const rounded = Math.round(value)
  return BigInt(Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded)
}

// What stands behind a dot

/** A part of a date or of a span, as `$.year`; undefined when there is no such part. */
export function partOf(owner: Moment | Span, name: string): Item | undefined {
  if (owner instanceof Span) {
    if (name === 'microseconds') return number(Number(owner.micros), false)
    const unit = UNITS.find(([unitName]) => unitName === name)?.[1]
    return unit === undefined ? undefined : number(Number(owner.micros) / Number(unit), true)
  }
  const field = FIELDS.find((known) => known === name)
  return field ? fieldsOf(owner)[field] : DERIVED[name]?.(owner)
}

const DERIVED: { readonly [name: string]: (moment: Moment) => Item } = {
  date: dayOf,
  time: (dt) => new Span(dt.micros - dayOf(dt).micros),
  weekday: weekdayOf,
  offset: ({ offset }) => new Span(offset),
  // The clock of UTC, at the place of the moment: so it is in the language's own library.
  utc: ({ micros, offset }) => new Moment(micros - offset, offset),
  timestamp: ({ micros, offset }) => number(Number(micros - offset) / 1e6, true),
}

// Operators

/** Undefined where the operator has no meaning for the two. */
export function dateArithmetic(operator: string, left: Item, right: Item): Item | undefined {
  if (operator === '+') return sum(left, right) ?? sum(right, left)
  if (operator === '-') return difference(left, right)
  if (operator === '*') return times(left, right) ?? times(right, left)
  return operator === '/' ? quotient(left, right) : undefined
}

function sum(left: Item, right: Item): Item | undefined {
  if (!(right instanceof Span)) return undefined
  if (left instanceof Moment) return new Moment(left.micros + right.micros, left.offset)
  return left instanceof Span ? new Span(left.micros + right.micros) : undefined
}

function difference(left: Item, right: Item): Item | undefined {
  if (right instanceof Span) return sum(left, new Span(-right.micros))
  return left instanceof Moment && right instanceof Moment ? new Span(left.micros - right.micros) : undefined
}

const isNumeric = (item: Item): item is number | Real =>
  typeof item === 'number' || (typeof item === 'object' && item !== null && 'value' in item)

function times(left: Item, right: Item): Item | undefined {
  if (!(left instanceof Span) || !isNumeric(right)) return undefined
  if (typeof right === 'number' && Number.isInteger(right)) return new Span(left.micros * BigInt(right))
  return new Span(microsOf(Number(left.micros) * plain(right)))
}

function quotient(left: Item, right: Item): Item | undefined {
  if (!(left instanceof Span)) return undefined
  const divisor = right instanceof Span ? Number(right.micros) : isNumeric(right) ? plain(right) : undefined
  if (divisor === undefined) return undefined
  if (divisor === 0) throw new Mistake('a span of time is divided by zero', undefined)
  const value = Number(left.micros) / divisor
  return right instanceof Span ? number(value, true) : new Span(microsOf(value))
}

/** Less than 0 when `left` is earlier or shorter; undefined for other things. */
export function orderOfDates(left: Item, right: Item): number | undefined {
  const both =
    (left instanceof Moment && right instanceof Moment) || (left instanceof Span && right instanceof Span)
      ? left.micros - right.micros
      : undefined
  return both === undefined ? undefined : both < 0n ? -1 : Number(both > 0n)
}
