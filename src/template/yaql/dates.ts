// Dates and spans of time in expressions: instants with the offset of the place they are told in, to the microsecond, as in
// Python. Whatever asks for the present is refused elsewhere.
import { Mistake } from './mistake.js'

export const SECOND = 1_000_000n
export const DAY = 86_400n * SECOND
const SPAN_MAX = 1_000_000_000n * DAY

/** `micros`: microseconds since 1970 in UTC; `offset`: microseconds that clocks there are ahead of UTC. */
export class Moment {
  constructor(
    readonly micros: bigint,
    readonly offset: bigint,
  ) {
    const year = fieldsOf(this).year
    if (!(year >= 1 && year <= 9999)) throw new Mistake('a date lies between the years 1 and 9999', undefined)
    if (offset <= -DAY || offset >= DAY) throw new Mistake('the offset of a date is less than a day', undefined)
  }
}

/** A length of time in microseconds; it may be negative. */
export class Span {
  constructor(readonly micros: bigint) {
    if (micros <= -SPAN_MAX || micros >= SPAN_MAX) throw new Mistake('the span of time is too long', undefined)
  }
}

export interface MomentFields {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly microsecond: number
}

/** What a calendar and a clock show at the place of the moment. */
export function fieldsOf({ micros, offset }: Pick<Moment, 'micros' | 'offset'>): MomentFields {
  const wall = micros + offset
  const date = new Date(Number(floorDivide(wall, 1000n)))
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    microsecond: Number(modulo(wall, SECOND)),
  }
}

/** The moment at which a calendar and a clock show this. Throws Mistake for a day or an hour that there is not. */
export function momentOf(fields: MomentFields, offset: bigint): Moment {
  const { year, month, day, hour, minute, second, microsecond } = fields
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const exists = microsecond >= 0 && microsecond < 1_000_000 && [hour, minute, second].every((part) => part >= 0)
  const wall = BigInt(exists ? date.getTime() || 0 : 0) * 1000n + BigInt(exists ? microsecond : 0)
  const shown = fieldsOf({ micros: wall, offset: 0n })
  if (!exists || NAMES.some((name) => shown[name] !== fields[name])) {
    throw new Mistake(`there is no date ${year}-${month}-${day} ${hour}:${minute}:${second}`, undefined)
  }
  return new Moment(wall - offset, offset)
}

const NAMES = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'] as const

/** Monday is 0. */
export const weekdayOf = (moment: Moment): number =>
  Number(modulo(floorDivide(moment.micros + moment.offset, DAY) + 3n, 7n))

/** Midnight of the same day at the same place. */
export const dayOf = ({ micros, offset }: Moment): Moment =>
  new Moment(floorDivide(micros + offset, DAY) * DAY - offset, offset)

/** As Python's `str` writes it: `2015-09-29 10:20:30.500000+02:00`. */
export function momentText(moment: Moment): string {
  const { year, month, day, hour, minute, second, microsecond } = fieldsOf(moment)
  const date = `${digits(year, 4)}-${digits(month)}-${digits(day)}`
  return `${date} ${digits(hour)}:${digits(minute)}:${digits(second)}${fraction(microsecond)}${offsetText(moment.offset, ':')}`
}

/** As Python's `str` writes it: `1 day, 2:03:04`. */
export function spanText({ micros }: Span): string {
  const days = floorDivide(micros, DAY)
  const { hour, minute, second, microsecond } = fieldsOf({ micros: modulo(micros, DAY), offset: 0n })
  const clock = `${hour}:${digits(minute)}:${digits(second)}${fraction(microsecond)}`
  return days === 0n ? clock : `${days} day${days === 1n || days === -1n ? '' : 's'}, ${clock}`
}

export const digits = (number: number, length = 2): string => String(number).padStart(length, '0')

const fraction = (microsecond: number): string => (microsecond === 0 ? '' : `.${digits(microsecond, 6)}`)

export function offsetText(offset: bigint, separator: string): string {
  const ahead = Number((offset < 0n ? -offset : offset) / SECOND)
  const parts = [Math.floor(ahead / 3600), Math.floor(ahead / 60) % 60, ...(ahead % 60 === 0 ? [] : [ahead % 60])]
  return (offset < 0n ? '-' : '+') + parts.map((part) => digits(part)).join(separator)
}

function floorDivide(one: bigint, other: bigint): bigint {
  const quotient = one / other
  return one % other < 0n ? quotient - 1n : quotient
}

const modulo = (one: bigint, other: bigint): bigint => ((one % other) + other) % other
