// Functions over texts.
import { charactersOf, type Dictionary, type Item, isInteger, isNumber } from '../items.js'
import { Mistake } from '../mistake.js'
import type { Run } from '../run.js'
import {
  any,
  declare,
  dictionary,
  flag,
  integer,
  iterable,
  keywords,
  type Library,
  numeric,
  optional,
  p,
  rest,
  text,
  textOrNull,
} from '../signature.js'
import { plain } from './operators.js'

const SPACES = /\s/

function trimmed(within: string, chars: string | null, left = true, right = true): string {
  const goes = (character: string) => (chars === null ? SPACES.test(character) : chars.includes(character))
  const characters = charactersOf(within)
  let start = 0
  let end = characters.length
  while (left && start < end && goes(characters[start] ?? '')) start++
  while (right && end > start && goes(characters[end - 1] ?? '')) end--
  return characters.slice(start, end).join('')
}

function split(run: Run, within: string, separator: string | null, maxSplits: number): Item {
  run.willMake(within.length)
  if (separator === '') throw new Mistake('the separator is empty', undefined)
  const most = maxSplits < 0 ? Number.POSITIVE_INFINITY : maxSplits
  if (separator === null) return run.list(splitSpaces(within.trim(), most))
  const parts = within.split(separator)
  return run.list(parts.length - 1 <= most ? parts : [...parts.slice(0, most), parts.slice(most).join(separator)])
}

function splitSpaces(within: string, most: number): string[] {
  const parts: string[] = []
  let left = within
  while (left !== '') {
    const gap = parts.length < most ? /\s+/.exec(left) : null
    parts.push(gap ? left.slice(0, gap.index) : left)
    left = gap ? left.slice(gap.index + gap[0].length) : ''
  }
  return parts
}

const reversed = (within: string): string => charactersOf(within).reverse().join('')

/** From the right: the same on the text read backwards. */
function rightSplit(run: Run, within: string, separator: string | null, maxSplits: number): Item {
  const backwards = split(run, reversed(within), separator === null ? null : reversed(separator), maxSplits)
  const parts = Array.isArray(backwards) ? backwards : []
  return parts.map((part) => reversed(String(part))).reverse()
}

function join(run: Run, items: Iterable<Item>, separator: string): Item {
  const parts: string[] = []
  for (const item of items) {
    run.willMake(separator.length)
    parts.push(run.text(item))
  }
  return parts.join(separator)
}

function replace(run: Run, within: string, old: string, by: string, count: number): string {
  const most = count < 0 ? Number.POSITIVE_INFINITY : count
  const parts = within.split(old)
  const kept = Math.min(parts.length - 1, most)
  run.willMake(within.length + kept * by.length)
  const head = parts.slice(0, kept + 1).join(by)
  const tail = parts.slice(kept + 1)
  return tail.length === 0 ? head : [head, ...tail].join(old)
}

function replaceAll(run: Run, within: string, replacements: Dictionary, count: number): Item {
  let made = within
  for (const [old, by] of replacements.entries()) made = replace(run, made, run.text(old), run.text(by), count)
  return made
}

/** `{0}`, `{}`, `{name}`, and `{{` for a brace. */
function format(run: Run, pattern: string, items: readonly Item[], named: ReadonlyMap<string, Item>): Item {
  let next = 0
  const made = pattern.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole, field) => {
    if (whole === '{{' || whole === '}}') return whole.charAt(0)
    if (typeof field !== 'string') throw new Mistake('a brace in the format has no partner', undefined)
    const item = /^\d*$/.test(field) ? items[field === '' ? next++ : Number(field)] : named.get(field)
    if (item === undefined) throw new Mistake(`the format asks for {${field}}, which is not given`, undefined)
    return item === null ? 'None' : typeof item === 'boolean' ? (item ? 'True' : 'False') : run.text(item)
  })
  return run.made(made)
}

function substring(within: string, from: number, length: number): string {
  const characters = charactersOf(within)
  const start = from < 0 ? from + characters.length : from
  const end = start + (length < 0 ? characters.length : length)
  return characters.slice(start, end).join('')
}

function indexOf(within: string, sub: string, from: number, length: number | undefined, last: boolean): Item {
  const characters = charactersOf(within)
  const counted = from < 0 ? Math.max(0, from + characters.length) : from
  const end = length === undefined || length < 0 ? characters.length : counted + length
  const part = characters.slice(counted, end).join('')
  const at = last ? part.lastIndexOf(sub) : part.indexOf(sub)
  if (at < 0 || counted > characters.length) return -1
  return counted + charactersOf(part.slice(0, at)).length
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
const WHITE = ' \t\n\r\v\f'
const CLASSES: readonly (readonly [string, string])[] = [
  ['digits', DIGITS],
  ['hexdigits', `${DIGITS}abcdefABCDEF`],
  ['asciiLowercase', LETTERS],
  ['asciiUppercase', LETTERS.toUpperCase()],
  ['asciiLetters', LETTERS + LETTERS.toUpperCase()],
  ['letters', LETTERS + LETTERS.toUpperCase()],
  ['octdigits', DIGITS.slice(0, 8)],
  ['punctuation', PUNCTUATION],
  ['printable', DIGITS + LETTERS + LETTERS.toUpperCase() + PUNCTUATION + WHITE],
  ['lowercase', LETTERS],
  ['uppercase', LETTERS.toUpperCase()],
  ['whitespace', WHITE],
]

function characters(named: ReadonlyMap<string, Item>): string[] {
  const unknown = [...named.keys()].find((name) => !CLASSES.some(([known]) => known === name))
  if (unknown !== undefined) throw new Mistake(`characters has no class ${unknown}`, undefined)
  return [...new Set(CLASSES.flatMap(([name, all]) => (named.get(name) === true ? [...all] : [])))]
}

export function addText(library: Library): void {
  const separator = optional('separator', textOrNull, null)
  const maxSplits = optional('maxSplits', integer, -1)
  const chars = optional('chars', textOrNull, null)
  const count = optional('count', integer, -1)
  const string = p('string', text)
  declare(library, 'both', 'len', [string], (_, [within]) => charactersOf(within).length)
  declare(library, 'method', 'toUpper', [string], (run, [within]) => run.made(within.toUpperCase()))
  declare(library, 'method', 'toLower', [string], (run, [within]) => run.made(within.toLowerCase()))
  declare(library, 'function', 'concat', [rest('args', text)], (run, [parts]) => run.made(parts.join('')))
  declare(library, 'function', 'str', [p('value', any)], (run, [item]) => run.text(item))
  declare(library, 'function', 'isString', [p('arg', any)], (_, [item]) => typeof item === 'string')
  declare(library, 'method', 'split', [string, separator, maxSplits], (run, args) => split(run, ...args))
  declare(library, 'method', 'rightSplit', [string, separator, maxSplits], (run, args) => rightSplit(run, ...args))
  declare(library, 'method', 'join', [p('sequence', iterable), p('separator', text)], (run, args) => join(run, ...args))
  declare(library, 'method', 'join', [p('separator', text), p('sequence', iterable)], (run, [between, items]) =>
    join(run, items, between),
  )
  declare(library, 'method', 'trim', [string, chars], (_, [within, set]) => trimmed(within, set))
  declare(library, 'method', 'trimLeft', [string, chars], (_, [within, set]) => trimmed(within, set, true, false))
  declare(library, 'method', 'trimRight', [string, chars], (_, [within, set]) => trimmed(within, set, false, true))
  const maybe = p('string', textOrNull)
  declare(library, 'both', 'norm', [maybe, chars], (_, [within, set]) => (within && trimmed(within, set)) || null)
  declare(
    library,
    'both',
    'isEmpty',
    [maybe, optional('trimSpaces', flag, true), chars],
    (_, [within, trims, set]) => within === null || (trims ? trimmed(within, set) : within) === '',
  )
  declare(library, 'method', 'replace', [string, p('old', text), p('new', text), count], (run, args) =>
    replace(run, ...args),
  )
  declare(library, 'method', 'replace', [string, p('replacements', dictionary), count], (run, args) =>
    replaceAll(run, ...args),
  )
  declare(library, 'both', 'format', [string, rest('args', any), keywords], (run, args) => format(run, ...args))
  declare(library, 'method', 'substring', [string, p('start', integer), optional('length', integer, -1)], (_, args) =>
    substring(...args),
  )
  const place = [string, p('sub', text), optional('start', integer, 0), optional('length', integer, undefined)] as const
  declare<[string, string, number, number | undefined]>(library, 'method', 'indexOf', place, (_, args) =>
    indexOf(...args, false),
  )
  declare<[string, string, number, number | undefined]>(library, 'method', 'lastIndexOf', place, (_, args) =>
    indexOf(...args, true),
  )
  declare(library, 'method', 'toCharArray', [string], (run, [within]) => run.list(charactersOf(within)))
  declare(library, 'function', 'characters', [keywords], (_, [named]) => characters(named))
  declare(library, 'method', 'startsWith', [string, rest('prefixes', text)], (_, [within, prefixes]) =>
    prefixes.some((prefix) => within.startsWith(prefix)),
  )
  declare(library, 'method', 'endsWith', [string, rest('suffixes', text)], (_, [within, suffixes]) =>
    suffixes.some((suffix) => within.endsWith(suffix)),
  )
  declare(library, 'function', 'hex', [p('num', numeric)], (_, [item]) => {
    if (!isNumber(item) || !isInteger(item)) throw new Mistake('hex takes a whole number', undefined)
    return `${plain(item) < 0 ? '-' : ''}0x${Math.abs(plain(item)).toString(16)}`
  })
}
