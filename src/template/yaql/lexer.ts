// The words of a YAQL expression: literals, names, variables and operators, each with its position.
import { Mistake } from './mistake.js'

export type Token =
  | { readonly kind: 'number'; readonly at: number; readonly value: number; readonly real: boolean }
  | { readonly kind: 'text'; readonly at: number; readonly value: string }
  | { readonly kind: 'name'; readonly at: number; readonly value: string }
  | { readonly kind: 'variable'; readonly at: number; readonly value: string }
  | { readonly kind: 'symbol'; readonly at: number; readonly value: string }
  | { readonly kind: 'end'; readonly at: number; readonly value: '' }

const NUMBER = /\d+(\.\d+)?([eE][-+]?\d+)?(?![\p{L}\p{N}_])/uy
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy
const VARIABLE = /\$[\p{L}\p{N}_]*/uy
const SYMBOL = /=>|->|\?\.|=~|!~|>=|<=|!=|[-+*/<>=.,()[\]{}]/y
const SPACE = /\s*/y

/** Throws Mistake. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    at += matchAt(SPACE, text, at)?.length ?? 0
    if (at >= text.length) break
    const [token, length] = tokenAt(text, at)
    tokens.push(token)
    at += length
  }
  tokens.push({ kind: 'end', at, value: '' })
  return tokens
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

function tokenAt(text: string, at: number): [Token, number] {
  const first = text[at] ?? ''
  if (first === '"' || first === "'" || first === '`') return textAt(text, at, first)
  const variable = matchAt(VARIABLE, text, at)
  if (variable !== undefined) return [{ kind: 'variable', at, value: variable.slice(1) }, variable.length]
  const number = matchAt(NUMBER, text, at)
  if (number !== undefined) return [numberOf(number, at), number.length]
  const name = matchAt(NAME, text, at)
  if (name?.startsWith('__')) throw new Mistake(`a name must not begin with two underscores`, at)
  if (name !== undefined) return [{ kind: 'name', at, value: name }, name.length]
  const symbol = matchAt(SYMBOL, text, at)
  if (symbol !== undefined) return [{ kind: 'symbol', at, value: symbol }, symbol.length]
  throw new Mistake(`${JSON.stringify(first)} has no meaning here`, at)
}

function numberOf(text: string, at: number): Token {
  const value = Number(text)
  const real = /[.eE]/.test(text)
  if (!Number.isFinite(value) || (!real && !Number.isSafeInteger(value)))
    throw new Mistake('the number is too large', at)
  return { kind: 'number', at, value, real }
}

/** Quoted text with escapes; in back quotes everything but the back quote is taken as it is. */
function textAt(text: string, at: number, quote: string): [Token, number] {
  let end = at + 1
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1
  if (end >= text.length) throw new Mistake('a quote is not closed', at)
  const inner = text.slice(at + 1, end)
  const value = quote === '`' ? inner.replaceAll('\\`', '`') : inner.replace(ESCAPE, (whole) => unescaped(whole))
  return [{ kind: 'text', at, value }, end + 1 - at]
}

const ESCAPE = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/gsu
const ESCAPED = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['a', '\u0007'],
  ['0', '\0'],
  ['\n', ''],
])
/** An escape that means nothing stays as it is, as in Python. */
function unescaped(whole: string): string {
  const letter = whole.slice(1)
  if (letter.length > 2) {
    const code = Number.parseInt(letter.slice(1), 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  }
  return ESCAPED.get(letter) ?? ('\\\'"`'.includes(letter) ? letter : whole)
}
