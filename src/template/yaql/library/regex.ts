// Regular expressions: regex(pattern), and what can be done with one.
import { type Found, PatternError, Regex } from '../../regex/index.js'
import { charactersOf, type Item, Sequence } from '../items.js'
import { Mistake } from '../mistake.js'
import { Names } from '../names.js'
import type { Run } from '../run.js'
import {
  any,
  declare,
  flag,
  integer,
  type Lambda,
  type Library,
  lambda,
  optional,
  p,
  regex,
  text,
} from '../signature.js'

export function compileRegex(pattern: string, flags = {}): Regex {
  return guarded(() => new Regex(pattern, flags))
}

export function searchIn(wanted: Regex, within: string, run: Run, from = 0): Found | undefined {
  return guarded(() => wanted.find(charactersOf(within), run.step, from))
}

function guarded<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof PatternError)
      throw new Mistake(`the regular expression cannot be used: ${error.message}`, undefined)
    throw error
  }
}

/** A text with its finds, in characters. */
interface Search {
  readonly characters: readonly string[]
  readonly finds: Iterable<Found>
}

function searchAll(wanted: Regex, within: string, run: Run, max: number): Search {
  const characters = charactersOf(within)
  run.willMake(characters.length)
  return { characters, finds: findsOf(wanted, characters, run, max) }
}

function* findsOf(wanted: Regex, characters: readonly string[], run: Run, max: number): Iterable<Found> {
  let from = 0
  for (let count = 0; count < max && from <= characters.length; count++) {
    const found = guarded(() => wanted.find(characters, run.step, from))
    if (!found) return
    yield found
    from = found.end > found.start ? found.end : found.end + 1
  }
}

const slice = (characters: readonly string[], span: { start: number; end: number } | undefined): string | null =>
  span ? characters.slice(span.start, span.end).join('') : null

/** `$` is the whole find, `$2` the first group; named groups have their names. */
function namesOf(found: Found, wanted: Regex, characters: readonly string[], around: Names, run: Run): Names {
  const record = (span: { start: number; end: number } | undefined): Item =>
    run.dictionary([
      ['value', slice(characters, span)],
      ['start', span?.start ?? -1],
      ['end', span?.end ?? -1],
    ])
  const names = new Names(around).set('1', record(found))
  for (const [index, span] of found.groups.entries()) names.set(String(index + 2), record(span))
  for (const [name, index] of wanted.names) names.set(name, record(found.groups[index - 1]))
  return names
}

function selected(found: Found, wanted: Regex, characters: readonly string[], selector: Lambda | null, run: Run): Item {
  if (!selector) return slice(characters, found)
  return selector.within(namesOf(found, wanted, characters, selector.names, run))
}

function split(wanted: Regex, within: string, maxSplit: number, run: Run): Item {
  const { characters, finds } = searchAll(wanted, within, run, maxSplit > 0 ? maxSplit : Number.POSITIVE_INFINITY)
  const parts: Item[] = []
  let from = 0
  for (const found of finds) {
    parts.push(slice(characters, { start: from, end: found.start }))
    for (const group of found.groups) parts.push(slice(characters, group))
    from = found.end
  }
  return run.list([...parts, slice(characters, { start: from, end: characters.length })])
}

function replace(
  wanted: Regex,
  within: string,
  count: number,
  run: Run,
  made: (found: Found, of: readonly string[]) => string,
) {
  const { characters, finds } = searchAll(wanted, within, run, count > 0 ? count : Number.POSITIVE_INFINITY)
  const parts: string[] = []
  let from = 0
  for (const found of finds) {
    parts.push(slice(characters, { start: from, end: found.start }) ?? '', run.made(made(found, characters)))
    from = found.end
  }
  return parts.join('') + characters.slice(from).join('')
}

/** `\1` and `\g<name>` in a replacement stand for groups. */
function expanded(replacement: string, found: Found, wanted: Regex, characters: readonly string[]): string {
  return replacement.replace(/\\(?:g<(\w+)>|(\d{1,2})|(.))/gs, (whole, name, number, letter) => {
    if (typeof letter === 'string') return { n: '\n', t: '\t', r: '\r', '\\': '\\' }[letter] ?? whole
    const index = Number(number ?? (/^\d+$/.test(name) ? name : (wanted.names.get(name) ?? Number.NaN)))
    if (!(index <= wanted.groupCount))
      throw new Mistake(`the regular expression has no group ${name ?? number}`, undefined)
    return slice(characters, index === 0 ? found : found.groups[index - 1]) ?? ''
  })
}

function replaceBy(run: Run, wanted: Regex, within: string, by: Lambda, count: number): Item {
  return replace(wanted, within, count, run, (found, characters) => {
    const item = by.within(namesOf(found, wanted, characters, by.names, run))
    if (typeof item !== 'string') throw new Mistake('a replacement must be a text', undefined)
    return item
  })
}

function* selectAll(run: Run, wanted: Regex, within: string, selector: Lambda | null): Iterable<Item> {
  const { characters, finds } = searchAll(wanted, within, run, Number.POSITIVE_INFINITY)
  for (const found of finds) yield selected(found, wanted, characters, selector, run)
}

export function addRegex(library: Library): void {
  declare(
    library,
    'function',
    'regex',
    [
      p('pattern', text),
      optional('ignoreCase', flag, false),
      optional('multiLine', flag, false),
      optional('dotAll', flag, false),
    ],
    (_, [pattern, ignoreCase, multiLine, dotAll]) => compileRegex(pattern, { ignoreCase, multiLine, dotAll }),
  )
  declare(
    library,
    'method',
    'matches',
    [p('regexp', regex), p('string', text)],
    (run, [wanted, within]) => searchIn(wanted, within, run) !== undefined,
  )
  declare(
    library,
    'method',
    'matches',
    [p('string', text), p('regexp', text)],
    (run, [within, wanted]) => searchIn(compileRegex(wanted), within, run) !== undefined,
  )
  declare(
    library,
    'method',
    'search',
    [p('regexp', regex), p('string', text), optional('selector', lambda, null)],
    (run, [wanted, within, selector]) => {
      const found = searchIn(wanted, within, run)
      return found ? selected(found, wanted, charactersOf(within), selector, run) : null
    },
  )
  declare(
    library,
    'method',
    'searchAll',
    [p('regexp', regex), p('string', text), optional('selector', lambda, null)],
    (run, [wanted, within, selector]) => new Sequence(selectAll(run, wanted, within, selector)),
  )
  const maxSplit = optional('maxSplit', integer, 0)
  const count = optional('count', integer, 0)
  declare(library, 'method', 'split', [p('regexp', regex), p('string', text), maxSplit], (run, [wanted, within, max]) =>
    split(wanted, within, max, run),
  )
  declare(library, 'method', 'split', [p('string', text), p('regexp', regex), maxSplit], (run, [within, wanted, max]) =>
    split(wanted, within, max, run),
  )
  const replaceAll = (run: Run, wanted: Regex, within: string, repl: string, most: number): Item =>
    replace(wanted, within, most, run, (found, characters) => expanded(repl, found, wanted, characters))
  declare(library, 'method', 'replace', [p('regexp', regex), p('string', text), p('repl', text), count], (run, args) =>
    replaceAll(run, ...args),
  )
  declare(
    library,
    'method',
    'replace',
    [p('string', text), p('regexp', regex), p('repl', text), count],
    (run, [within, wanted, repl, most]) => replaceAll(run, wanted, within, repl, most),
  )
  declare(
    library,
    'method',
    'replaceBy',
    [p('regexp', regex), p('string', text), p('repl', lambda), count],
    (run, args) => replaceBy(run, ...args),
  )
  declare(
    library,
    'method',
    'replaceBy',
    [p('string', text), p('regexp', regex), p('repl', lambda), count],
    (run, [within, wanted, by, most]) => replaceBy(run, wanted, within, by, most),
  )
  declare(library, 'function', 'escapeRegex', [p('string', text)], (run, [within]) =>
    run.made(within.replace(/[^\p{L}\p{N}_]/gu, '\\$&')),
  )
  declare(library, 'function', 'isRegex', [p('value', any)], (_, [item]) => item instanceof Regex)
}
