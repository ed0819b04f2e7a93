// Finding a pattern in a text, step by step: each step is announced, so that a pattern that would run for ever is stopped
// by whoever counts.
import { isWord, type Test } from './classes.js'
import { type Flags, type Pattern, type Place, readPattern } from './pattern.js'
import { PatternError } from './pattern-error.js'

/** One find. Positions count characters, not UTF-16 units. */
export interface Found {
  readonly start: number
  readonly end: number
  /** By number, the first group at index 0; undefined where a group took no part. */
  readonly groups: readonly (Span | undefined)[]
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** Told before every step; it may throw to stop the search. */
export type Step = () => void

export class Regex {
  readonly #match: Matcher
  readonly groupCount: number
  readonly names: ReadonlyMap<string, number>

  /** Throws PatternError. */
  constructor(
    readonly pattern: string,
    flags: Partial<Flags> = {},
  ) {
    const read = readPattern(pattern, { ignoreCase: false, multiLine: false, dotAll: false, ...flags })
    this.#match = matcherOf(read.root)
    this.groupCount = read.groups
    this.names = read.names
  }

  /** The first find at or behind `from`. */
  find(characters: readonly string[], step: Step, from = 0): Found | undefined {
    for (let start = from; start <= characters.length; start++) {
      const found = this.#at(characters, start, step, () => true)
      if (found) return found
    }
    return undefined
  }

  matchesWhole(characters: readonly string[], step: Step): boolean {
    return this.#at(characters, 0, step, (end) => end === characters.length) !== undefined
  }

  #at(characters: readonly string[], start: number, step: Step, accept: (end: number) => boolean): Found | undefined {
    const state: State = { characters, step, starts: [], ends: [], depth: 0 }
    let found = -1
    const accepted = this.#match(state, start, (end) => {
      if (!accept(end)) return false
      found = end
      return true
    })
    if (!accepted) return undefined
    const groups = Array.from({ length: this.groupCount }, (_, index) => spanOf(state, index + 1))
    return { start, end: found, groups }
  }
}

interface State {
  readonly characters: readonly string[]
  readonly step: Step
  readonly starts: (number | undefined)[]
  readonly ends: (number | undefined)[]
  depth: number
}

type Next = (at: number) => boolean
type Matcher = (state: State, at: number, next: Next) => boolean

/** Levels of the host's stack that one match may take, far below what it has. */
const DEPTH_MAX = 1_000

function spanOf({ starts, ends }: State, index: number): Span | undefined {
  const start = starts[index]
  const end = ends[index]
  return start === undefined || end === undefined ? undefined : { start, end }
}

function matcherOf(pattern: Pattern): Matcher {
  switch (pattern.kind) {
    case 'character':
      return run([pattern.test])
    case 'sequence':
      return sequence(matchersOf(pattern.parts))
    case 'choice': {
      const options = pattern.options.map(matcherOf)
      return (state, at, next) => options.some((option) => option(state, at, next))
    }
    case 'group':
      return group(pattern.index, matcherOf(pattern.inner))
    case 'repeat':
      return pattern.inner.kind === 'character'
        ? repeatCharacter(pattern.inner.test, pattern)
        : repeat(matcherOf(pattern.inner), pattern)
    case 'place':
      return (state, at, next) => isPlace(state.characters, at, pattern.place) && next(at)
    case 'look':
      return look(matcherOf(pattern.inner), pattern.behind, pattern.negative)
    case 'again':
      return again(pattern.index)
  }
}

/** Neighbouring characters are one matcher, so that long plain text takes no stack. */
function matchersOf(parts: readonly Pattern[]): Matcher[] {
  const matchers: Matcher[] = []
  let tests: Test[] = []
  const flush = () => {
    if (tests.length > 0) matchers.push(run(tests))
    tests = []
  }
  for (const part of parts) {
    if (part.kind === 'character') tests.push(part.test)
    else {
      flush()
      matchers.push(matcherOf(part))
    }
  }
  flush()
  return matchers
}

function run(tests: readonly Test[]): Matcher {
  return ({ characters, step }, at, next) => {
    for (const [offset, test] of tests.entries()) {
      step()
      const character = characters[at + offset]
      if (character === undefined || !test(character)) return false
    }
    return next(at + tests.length)
  }
}

function sequence(parts: readonly Matcher[]): Matcher {
  return parts.reduceRight<Matcher>(
    (rest, part) => (state, at, next) => part(state, at, (middle) => rest(state, middle, next)),
    (_, at, next) => next(at),
  )
}

function group(index: number, inner: Matcher): Matcher {
  return (state, at, next) => {
    const { starts, ends } = state
    const [startBefore, endBefore] = [starts[index], ends[index]]
    const matched = inner(state, at, (end) => {
      const [start, oldEnd] = [starts[index], ends[index]]
      starts[index] = at
      ends[index] = end
      if (next(end)) return true
      starts[index] = start
      ends[index] = oldEnd
      return false
    })
    if (matched) return true
    starts[index] = startBefore
    ends[index] = endBefore
    return false
  }
}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly greedy: boolean
}

/** The commonest repetition, of one character, needs no stack: it is counted and then given back one by one. */
function repeatCharacter(test: Test, { min, max, greedy }: Bounds): Matcher {
  const fits = (state: State, at: number) => {
    state.step()
    const character = state.characters[at]
    return character !== undefined && test(character)
  }
  return (state, at, next) => {
    let count = 0
    const wanted = greedy ? max : min
    while (count < wanted && fits(state, at + count)) count++
    if (greedy) {
      for (; count >= min; count--) if (next(at + count)) return true
      return false
    }
    if (count < min) return false
    for (;;) {
      if (next(at + count)) return true
      if (count >= max || !fits(state, at + count)) return false
      count++
    }
  }
}

function repeat(inner: Matcher, { min, max, greedy }: Bounds): Matcher {
  const attempt = (state: State, at: number, count: number, next: Next): boolean => {
    state.step()
    if (++state.depth > DEPTH_MAX) throw new PatternError('it repeats a group too often')
    const more = () =>
      // A repetition that takes nothing would go on for ever.
      count < max && inner(state, at, (end) => (end > at || count < min) && attempt(state, end, count + 1, next))
    const enough = () => count >= min && next(at)
    const matched = greedy ? more() || enough() : enough() || more()
    state.depth--
    return matched
  }
  return (state, at, next) => attempt(state, at, 0, next)
}

function look(inner: Matcher, behind: number | undefined, negative: boolean): Matcher {
  return (state, at, next) => {
    const start = at - (behind ?? 0)
    const seen = start >= 0 && inner(state, start, (end) => behind === undefined || end === at)
    return seen !== negative && next(at)
  }
}

/** The text that a group has taken, once more. */
function again(index: number): Matcher {
  return (state, at, next) => {
    const span = spanOf(state, index)
    if (!span) return false
    const { characters, step } = state
    for (let offset = 0; offset < span.end - span.start; offset++) {
      step()
      if (characters[at + offset] !== characters[span.start + offset]) return false
    }
    return next(at + span.end - span.start)
  }
}

function isPlace(characters: readonly string[], at: number, place: Place): boolean {
  const { length } = characters
  switch (place) {
    case 'start':
      return at === 0
    case 'lineStart':
      return at === 0 || characters[at - 1] === '\n'
    case 'end':
      return at === length || (at === length - 1 && characters[at] === '\n')
    case 'veryEnd':
      return at === length
    case 'lineEnd':
      return at === length || characters[at] === '\n'
    default: {
      const before = isWord(characters[at - 1] ?? '')
      const after = isWord(characters[at] ?? '')
      return (before !== after) === (place === 'boundary')
    }
  }
}
