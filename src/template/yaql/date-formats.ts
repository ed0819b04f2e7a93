// Dates as text: read and written by Python's directives (`%Y-%m-%d`), and read as ISO 8601 where no format is given.
import {
  DAY,
  digits,
  fieldsOf,
  type Moment,
  type MomentFields,
  momentOf,
  offsetText,
  SECOND,
  weekdayOf,
} from './dates.js'
import { Mistake } from './mistake.js'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')

/** `moment` written by `format`. Throws Mistake for a directive that is not known. */
export function written(moment: Moment, format: string): string {
  const fields = fieldsOf(moment)
  return format.replace(/%(.?)/gsu, (_, directive: string) => {
    const write = WRITERS[directive]
    if (write) return write(fields, moment)
    throw new Mistake(`there is no directive %${directive} for dates`, undefined)
  })
}

type Writer = (fields: MomentFields, moment: Moment) => string

const WRITERS: { readonly [directive: string]: Writer } = {
  Y: ({ year }) => String(year),
  y: ({ year }) => digits(year % 100),
  m: ({ month }) => digits(month),
  d: ({ day }) => digits(day),
  H: ({ hour }) => digits(hour),
  I: ({ hour }) => digits(hour % 12 || 12),
  M: ({ minute }) => digits(minute),
  S: ({ second }) => digits(second),
  f: ({ microsecond }) => digits(microsecond, 6),
  p: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  j: (fields, moment) => digits(dayOfYear(fields, moment), 3),
  B: ({ month }) => MONTHS[month - 1] ?? '',
  b: ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3),
  A: (_, moment) => DAYS[weekdayOf(moment)] ?? '',
  a: (_, moment) => (DAYS[weekdayOf(moment)] ?? '').slice(0, 3),
  w: (_, moment) => String((weekdayOf(moment) + 1) % 7),
  z: (_, { offset }) => offsetText(offset, ''),
  Z: (_, { offset }) => (offset === 0n ? 'UTC' : ''),
  F: ({ year, month, day }) => `${year}-${digits(month)}-${digits(day)}`,
  T: ({ hour, minute, second }) => `${digits(hour)}:${digits(minute)}:${digits(second)}`,
  '%': () => '%',
}

function dayOfYear({ year }: MomentFields, { micros, offset }: Moment): number {
  const first = momentOf({ year, month: 1, day: 1, hour: 0, minute: 0, second: 0, microsecond: 0 }, 0n)
  return Number((micros + offset - first.micros) / DAY) + 1
}

// Reading

const NAMED_MONTHS = MONTHS.map((name) => `${name}|${name.slice(0, 3)}`).join('|')
const NAMED_DAYS = DAYS.map((name) => `${name}|${name.slice(0, 3)}`).join('|')
const READERS: { readonly [directive: string]: string } = {
  Y: String.raw`(?<Y>\d{4})`,
  y: String.raw`(?<y>\d{2})`,
  m: '(?<m>1[0-2]|0?[1-9])',
  d: String.raw`(?<d>3[01]|[12]\d|0?[1-9])`,
  H: String.raw`(?<H>2[0-3]|[01]\d|\d)`,
  I: '(?<I>1[0-2]|0?[1-9])',
  M: String.raw`(?<M>[0-5]\d|\d)`,
  S: String.raw`(?<S>[0-5]\d|\d)`,
  f: String.raw`(?<f>\d{1,6})`,
  p: '(?<p>am|pm)',
  B: `(?<b>${NAMED_MONTHS})`,
  b: `(?<b>${NAMED_MONTHS})`,
  A: `(?:${NAMED_DAYS})`,
  a: `(?:${NAMED_DAYS})`,
  z: String.raw`(?<z>Z|[-+]\d{2}:?\d{2})`,
  '%': '%',
}
const ISO =
  /^\s*(?<Y>\d{4})(?<s>-?)(?<m>\d{2})\k<s>(?<d>\d{2})(?:[T ](?<H>\d{2}):?(?<M>\d{2})(?::?(?<S>\d{2})(?:[.,](?<f>\d{1,6})\d*)?)?\s*(?<z>Z|UTC|[-+]\d{2}(?::?\d{2})?)?)?\s*$/i

/** The moment that `text` says, in UTC where it does not say its offset. Throws Mistake. */
export function readMoment(text: string, format: string | null): Moment {
  const found = (format ? patternOf(format) : ISO).exec(text)?.groups
  if (found) return momentOf(fieldsIn(found), offsetIn(found.z))
  const hint = format ? `it does not fit ${format}` : 'write it as 2015-09-29T10:20:30+02:00, or give a format'
  throw new Mistake(`the text is no date: ${hint}`, undefined)
}

function patternOf(format: string): RegExp {
  const pattern = format.replace(/%(.?)|\s+|[\\^$.*+?()[\]{}|/-]/gsu, (part, directive?: string) => {
    if (directive === undefined) return /^\s/.test(part) ? String.raw`\s+` : `\\${part}`
    const reader = READERS[directive]
    if (reader !== undefined) return reader
    throw new Mistake(`no date can be read by the directive %${directive}`, undefined)
  })
  try {
    return new RegExp(`^${pattern}$`, 'i')
  } catch {
    throw new Mistake('the format says one part of the date twice', undefined)
  }
}

type Groups = { readonly [name: string]: string | undefined }

function fieldsIn({ Y, y, m, b, d, H, I, M, S, f = '', p }: Groups): MomentFields {
  const short = Number(y)
  const noon = p?.toLowerCase() === 'pm' ? 12 : 0
  const named = MONTHS.findIndex(
    (name) => b !== undefined && name.toLowerCase().startsWith(b.slice(0, 3).toLowerCase()),
  )
  return {
    year: y === undefined ? Number(Y ?? 1900) : short + (short >= 69 ? 1900 : 2000),
    month: b === undefined ? Number(m ?? 1) : named + 1,
    day: Number(d ?? 1),
    hour: I === undefined ? Number(H ?? 0) : (Number(I) % 12) + noon,
    minute: Number(M ?? 0),
    second: Number(S ?? 0),
    microsecond: Number(f.padEnd(6, '0')),
  }
}

function offsetIn(written: string | undefined): bigint {
  const [, sign, hours, minutes = '0'] = /^([-+])(\d{2}):?(\d{2})?$/.exec(written ?? '') ?? []
  if (hours === undefined) return 0n
  const seconds = BigInt(Number(hours) * 3600 + Number(minutes) * 60)
  return (sign === '-' ? -seconds : seconds) * SECOND
}
