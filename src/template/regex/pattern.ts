// Regular expressions in Python's spelling, read into a tree. Templates are written for Python; and the host's own engine
// cannot be stopped once a pattern sends it back and forth for ever, so ours counts its steps (match.ts).
import { characterClass, classAt, escapedClass, type Test } from './classes.js'
import { PatternError } from './pattern-error.js'

export type Pattern =
  | { readonly kind: 'character'; readonly test: Test }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  | { readonly kind: 'group'; readonly index: number; readonly inner: Pattern }
  | {
      readonly kind: 'repeat'
      readonly inner: Pattern
      readonly min: number
      readonly max: number
      readonly greedy: boolean
    }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'look'; readonly inner: Pattern; readonly behind: number | undefined; readonly negative: boolean }
  | { readonly kind: 'again'; readonly index: number }

export type Place = 'start' | 'end' | 'lineStart' | 'lineEnd' | 'boundary' | 'inside' | 'veryEnd'

export interface Flags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
}

export interface ReadPattern {
  readonly root: Pattern
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

const NESTING_MAX = 100
const LENGTH_MAX = 10_000

/** Throws PatternError. */
export function readPattern(text: string, flags: Flags): ReadPattern {
  if (text.length > LENGTH_MAX) throw new PatternError(`it is longer than ${LENGTH_MAX} characters`)
  return new Reader([...text], flags).pattern()
}

class Reader {
  #at = 0
  #groups = 0
  #depth = 0
  #flags: Flags
  readonly #names = new Map<string, number>()

  constructor(
    readonly characters: readonly string[],
    flags: Flags,
  ) {
    this.#flags = flags
  }

  pattern(): ReadPattern {
    this.#globalFlags()
    const root = this.#choice()
    if (this.#at < this.characters.length) throw new PatternError('a closing bracket has no opening one')
    return { root, groups: this.#groups, names: this.#names }
  }

  get #next(): string {
    return this.characters[this.#at] ?? ''
  }

  #take(expected: string): boolean {
    if (
      !this.characters
        .slice(this.#at, this.#at + expected.length)
        .join('')
        .startsWith(expected)
    )
      return false
    this.#at += expected.length
    return true
  }

  /** `(?i)` and its like at the very beginning. */
  #globalFlags(): void {
    const found = /^\(\?([aiLmsux]+)\)/.exec(this.characters.join(''))
    if (!found?.[1]) return
    if (found[1].includes('x')) throw new PatternError('the flag x is not supported')
    this.#flags = withFlags(this.#flags, found[1])
    this.#at = found[0].length
  }

  #choice(): Pattern {
    if (++this.#depth > NESTING_MAX) throw new PatternError(`its brackets are nested more than ${NESTING_MAX} deep`)
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    this.#depth--
    return options.length === 1 && options[0] ? options[0] : { kind: 'choice', options }
  }

  #sequence(): Pattern {
    const parts: Pattern[] = []
    while (this.#at < this.characters.length && this.#next !== '|' && this.#next !== ')') {
      const part = this.#atom()
      if (part) parts.push(this.#repeated(part))
    }
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'sequence', parts }
  }

  #repeated(inner: Pattern): Pattern {
    const bounds = this.#bounds()
    if (!bounds) return inner
    const greedy = !this.#take('?')
    if (this.#bounds()) throw new PatternError('a repetition is repeated')
    return { kind: 'repeat', inner, ...bounds, greedy }
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { min: 0, max: 1 }
    const counts = this.#next === '{' ? /^\{(\d*)(,?)(\d*)\}/.exec(this.#rest(24)) : undefined
    if (!counts || (counts[1] === '' && counts[3] === '' && counts[2] === '')) return undefined
    this.#at += counts[0].length
    const min = Number(counts[1] || 0)
    const max = counts[2] === '' ? min : counts[3] === '' ? Number.POSITIVE_INFINITY : Number(counts[3])
    if (max < min) throw new PatternError('the most of a repetition is less than the least')
    return { min, max }
  }

  #rest(length: number): string {
    return this.characters.slice(this.#at, this.#at + length).join('')
  }

  #atom(): Pattern | undefined {
    const character = this.#next
    this.#at++
    switch (character) {
      case '(':
        return this.#bracket()
      case '[': {
        const { test, end } = classAt(this.characters, this.#at, this.#flags.ignoreCase)
        this.#at = end
        return { kind: 'character', test }
      }
      case '.':
        return { kind: 'character', test: this.#flags.dotAll ? () => true : (one) => one !== '\n' }
      case '^':
        return { kind: 'place', place: this.#flags.multiLine ? 'lineStart' : 'start' }
      case '$':
        return { kind: 'place', place: this.#flags.multiLine ? 'lineEnd' : 'end' }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw new PatternError(`nothing stands before ${character} that could be repeated`)
      default:
        return { kind: 'character', test: characterClass(character, this.#flags.ignoreCase) }
    }
  }

  #escape(): Pattern {
    const character = this.#next
    if (character === '') throw new PatternError('it ends with a backslash')
    const place = PLACES.get(character)
    if (place) {
      this.#at++
      return { kind: 'place', place }
    }
    const number = /^[1-9]\d?/.exec(this.#rest(2))?.[0]
    if (number !== undefined) {
      this.#at += number.length
      return this.#again(Number(number))
    }
    const { test, end } = escapedClass(this.characters, this.#at, this.#flags.ignoreCase)
    this.#at = end
    return { kind: 'character', test }
  }

  #again(index: number): Pattern {
    if (index > this.#groups) throw new PatternError(`there is no group ${index}`)
    return { kind: 'again', index }
  }

  #bracket(): Pattern | undefined {
    if (!this.#take('?')) return this.#group(undefined)
    if (this.#take(':')) return this.#closed(this.#choice())
    if (this.#take('=')) return this.#look(false, false)
    if (this.#take('!')) return this.#look(false, true)
    if (this.#take('<=')) return this.#look(true, false)
    if (this.#take('<!')) return this.#look(true, true)
    if (this.#take('#')) return this.#comment()
    if (this.#take('P=')) {
      const name = this.#name(')')
      return this.#again(this.#names.get(name) ?? refuseName(name))
    }
    if (this.#take('P<') || this.#take('<')) return this.#group(this.#name('>'))
    throw new PatternError(`(?${this.#next} is not supported`)
  }

  #comment(): undefined {
    while (this.#at < this.characters.length && this.#next !== ')') this.#at++
    if (!this.#take(')')) throw new PatternError('a bracket is not closed')
  }

  #name(end: string): string {
    const name = /^[A-Za-z_]\w*/.exec(this.#rest(100))?.[0]
    if (name === undefined) throw new PatternError('a group has no name')
    this.#at += name.length
    if (!this.#take(end)) throw new PatternError(`the name of a group ends with ${end}`)
    return name
  }

  #group(name: string | undefined): Pattern {
    const index = ++this.#groups
    if (name !== undefined && this.#names.has(name)) throw new PatternError(`two groups are named ${name}`)
    if (name !== undefined) this.#names.set(name, index)
    return { kind: 'group', index, inner: this.#closed(this.#choice()) }
  }

  #look(isBehind: boolean, negative: boolean): Pattern {
    const inner = this.#closed(this.#choice())
    const behind = isBehind ? widthOf(inner) : undefined
    if (isBehind && behind === undefined) throw new PatternError('what is looked back for must have a fixed length')
    return { kind: 'look', inner, behind, negative }
  }

  #closed(inner: Pattern): Pattern {
    if (!this.#take(')')) throw new PatternError('a bracket is not closed')
    return inner
  }
}

const PLACES = new Map<string, Place>([
  ['A', 'start'],
  ['Z', 'veryEnd'],
  ['b', 'boundary'],
  ['B', 'inside'],
])

function withFlags(flags: Flags, letters: string): Flags {
  return {
    ignoreCase: flags.ignoreCase || letters.includes('i'),
    multiLine: flags.multiLine || letters.includes('m'),
    dotAll: flags.dotAll || letters.includes('s'),
  }
}

function refuseName(name: string): never {
  throw new PatternError(`there is no group ${name}`)
}

/** How many characters a pattern takes, if that is always the same. */
function widthOf(pattern: Pattern): number | undefined {
  switch (pattern.kind) {
    case 'character':
      return 1
    case 'place':
    case 'look':
      return 0
    case 'again':
      return undefined
    case 'group':
      return widthOf(pattern.inner)
    case 'sequence':
      return pattern.parts.reduce<number | undefined>((sum, part) => add(sum, widthOf(part)), 0)
    case 'choice': {
      const [first, ...others] = pattern.options.map(widthOf)
      return others.every((width) => width === first) ? first : undefined
    }
    case 'repeat': {
      const width = widthOf(pattern.inner)
      return pattern.min === pattern.max && width !== undefined ? width * pattern.min : undefined
    }
  }
}

function add(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other
}
