// Sets of characters: single ones, `[a-z]`, and the classes behind a backslash.
import { PatternError } from './pattern-error.js'

/** Whether one character belongs to a set. */
export type Test = (character: string) => boolean

const CLASSES = new Map<string, Test>([
  ['d', (one) => /\p{Nd}/u.test(one)],
  ['D', (one) => !/\p{Nd}/u.test(one)],
  ['w', isWord],
  ['W', (one) => !isWord(one)],
  ['s', (one) => /\s/.test(one)],
  ['S', (one) => !/\s/.test(one)],
])

const CONTROLS = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['f', '\f'],
  ['v', '\v'],
  ['a', '\u0007'],
  ['0', '\0'],
])

export function isWord(character: string): boolean {
  return /[\p{L}\p{N}_]/u.test(character)
}

export function characterClass(character: string, ignoreCase: boolean): Test {
  if (!ignoreCase) return (one) => one === character
  const lower = character.toLowerCase()
  return (one) => one.toLowerCase() === lower
}

/** What stands behind a backslash at `at`. */
export function escapedClass(
  characters: readonly string[],
  at: number,
  ignoreCase: boolean,
): { test: Test; end: number } {
  const named = CLASSES.get(characters[at] ?? '')
  if (named) return { test: named, end: at + 1 }
  const { character, end } = escapedCharacter(characters, at)
  return { test: characterClass(character, ignoreCase), end }
}

function escapedCharacter(characters: readonly string[], at: number): { character: string; end: number } {
  const letter = characters[at] ?? ''
  const digits = { x: 2, u: 4, U: 8 }[letter]
  if (digits !== undefined) {
    const hex = characters.slice(at + 1, at + 1 + digits).join('')
    const code = Number.parseInt(hex, 16)
    if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length !== digits || code > 0x10ffff)
      throw new PatternError(`\\${letter} needs ${digits} hexadecimal digits`)
    return { character: String.fromCodePoint(code), end: at + 1 + digits }
  }
  const control = CONTROLS.get(letter)
  if (control !== undefined) return { character: control, end: at + 1 }
  if (/[A-Za-z0-9]/.test(letter)) throw new PatternError(`\\${letter} has no meaning`)
  return { character: letter, end: at + 1 }
}

/** A set in square brackets, whose opening one stands before `at`. */
export function classAt(characters: readonly string[], at: number, ignoreCase: boolean): { test: Test; end: number } {
  const negative = characters[at] === '^'
  const tests: Test[] = []
  let next = negative ? at + 1 : at
  for (let first = true; first || characters[next] !== ']'; first = false) {
    if (next >= characters.length) throw new PatternError('a square bracket is not closed')
    const member = memberAt(characters, next, ignoreCase)
    tests.push(member.test)
    next = member.end
  }
  const some: Test = (one) => tests.some((test) => test(one))
  return { test: negative ? (one) => !some(one) : some, end: next + 1 }
}

function memberAt(characters: readonly string[], at: number, ignoreCase: boolean): { test: Test; end: number } {
  const named = characters[at] === '\\' ? CLASSES.get(characters[at + 1] ?? '') : undefined
  if (named) return { test: named, end: at + 2 }
  const low = endpointAt(characters, at)
  const isRange = characters[low.end] === '-' && characters[low.end + 1] !== ']' && low.end + 1 < characters.length
  if (!isRange) return { test: characterClass(low.character, ignoreCase), end: low.end }
  const high = endpointAt(characters, low.end + 1)
  const from = codeOf(low.character)
  const to = codeOf(high.character)
  if (from > to) throw new PatternError(`the range ${low.character}-${high.character} is the wrong way round`)
  const within: Test = (one) => codeOf(one) >= from && codeOf(one) <= to
  const test: Test = ignoreCase ? (one) => within(one.toLowerCase()) || within(one.toUpperCase()) : within
  return { test, end: high.end }
}

function endpointAt(characters: readonly string[], at: number): { character: string; end: number } {
  if (characters[at] !== '\\') return { character: characters[at] ?? '', end: at + 1 }
  // In a set, \b is the backspace.
  if (characters[at + 1] === 'b') return { character: '\b', end: at + 2 }
  return escapedCharacter(characters, at + 1)
}

const codeOf = (character: string): number => character.codePointAt(0) ?? 0
