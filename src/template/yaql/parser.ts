// From words to a tree, by the strength of the operators. The tree is shallow by rule: whoever walks it may recurse.
import { type Token, tokensOf } from './lexer.js'
import { Mistake } from './mistake.js'

interface Base {
  /** Offset in the expression. */
  readonly at: number
  /** Levels of nodes below, this one included. */
  readonly depth: number
}

export type Tree = Base &
  (
    | { readonly kind: 'constant'; readonly value: null | boolean | string }
    | { readonly kind: 'number'; readonly value: number; readonly real: boolean }
    | { readonly kind: 'variable'; readonly name: string }
    | { readonly kind: 'list'; readonly items: readonly Tree[] }
    | { readonly kind: 'dictionary'; readonly pairs: readonly (readonly [Tree, Tree])[] }
    | {
        readonly kind: 'call'
        readonly receiver?: Tree
        readonly safe: boolean
        readonly name: string
        readonly args: readonly Argument[]
      }
    | { readonly kind: 'member'; readonly receiver: Tree; readonly safe: boolean; readonly name: string }
    | { readonly kind: 'index'; readonly target: Tree; readonly args: readonly Tree[] }
    | { readonly kind: 'unary'; readonly operator: string; readonly operand: Tree }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Tree; readonly right: Tree }
  )

/** `value`, `key => value`, or nothing between two commas. */
export interface Argument {
  readonly key?: Tree
  readonly value?: Tree
  readonly at: number
}

const DEPTH_MAX = 200
const LENGTH_MAX = 100_000

/** Strongest last. `->` groups to the right, the others to the left. */
const BINARY: readonly (readonly string[])[] = [
  ['->'],
  ['or'],
  ['and'],
  [], // not
  ['>', '<', '>=', '<=', '!=', '=', 'in'],
  ['+', '-'],
  ['*', '/', 'mod'],
  ['=~', '!~'],
]
const NOT_LEVEL = 3
const WORD_OPERATORS = new Set(['or', 'and', 'in', 'mod', 'not'])
const CONSTANTS = new Map<string, null | boolean>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** Throws Mistake. */
export function parse(text: string): Tree {
  if (text.length > LENGTH_MAX) throw new Mistake(`the expression is longer than ${LENGTH_MAX} characters`, 0)
  return new Parser(tokensOf(text)).expression()
}

class Parser {
  #index = 0
  #nesting = 0

  constructor(readonly tokens: readonly Token[]) {}

  expression(): Tree {
    const tree = this.#level(0)
    if (this.#token.kind !== 'end') throw this.#unexpected('the end of the expression')
    return tree
  }

  get #token(): Token {
    return this.tokens[this.#index] ?? { kind: 'end', at: 0, value: '' }
  }

  #is(symbol: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.value === symbol
  }

  #take(symbol: string): boolean {
    if (!this.#is(symbol)) return false
    this.#index++
    return true
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(`${symbol}`)
  }

  #unexpected(expected: string): Mistake {
    const { kind, value, at } = this.#token
    return new Mistake(
      `expected ${expected}, not ${kind === 'end' ? 'the end of the expression' : JSON.stringify(value)}`,
      at,
    )
  }

  #operatorOf(level: number): string | undefined {
    const { kind, value } = this.#token
    const mayBe = kind === 'symbol' || (kind === 'name' && WORD_OPERATORS.has(value))
    return mayBe && BINARY[level]?.includes(String(value)) ? String(value) : undefined
  }

  #level(level: number): Tree {
    if (level >= BINARY.length) return this.#unary()
    if (level === NOT_LEVEL) return this.#not()
    let left = this.#level(level + 1)
    for (let operator = this.#operatorOf(level); operator !== undefined; operator = this.#operatorOf(level)) {
      const { at } = this.#token
      this.#index++
      const right = this.#nested(() => this.#level(operator === '->' ? level : level + 1))
      left = node({ kind: 'binary', operator, left, right }, at, [left, right])
    }
    return left
  }

  #not(): Tree {
    const { kind, value, at } = this.#token
    if (kind !== 'name' || value !== 'not') return this.#level(NOT_LEVEL + 1)
    this.#index++
    const operand = this.#nested(() => this.#not())
    return node({ kind: 'unary', operator: 'not', operand }, at, [operand])
  }

  #nested(read: () => Tree): Tree {
    if (++this.#nesting > DEPTH_MAX) throw tooDeep(this.#token.at)
    const tree = read()
    this.#nesting--
    return tree
  }

  #unary(): Tree {
    const { at } = this.#token
    // `not` may also stand behind another operator: `1 = not true`.
    if (this.#token.kind === 'name' && this.#token.value === 'not') return this.#not()
    const operator = this.#take('-') ? '-' : this.#take('+') ? '+' : undefined
    if (operator === undefined) return this.#postfix()
    const operand = this.#nested(() => this.#unary())
    return node({ kind: 'unary', operator, operand }, at, [operand])
  }

  #postfix(): Tree {
    let tree = this.#primary()
    for (;;) {
      const { at } = this.#token
      if (this.#take('.')) tree = this.#member(tree, false)
      else if (this.#take('?.')) tree = this.#member(tree, true)
      else if (this.#take('[')) {
        const args = this.#items(']', 'default')
        tree = node({ kind: 'index', target: tree, args }, at, [tree, ...args])
      } else return tree
    }
  }

  #member(receiver: Tree, safe: boolean): Tree {
    const { kind, value, at } = this.#token
    if (kind !== 'name') throw this.#unexpected('a name behind the dot')
    this.#index++
    if (this.#take('(')) return this.#call(String(value), at, receiver, safe)
    return node({ kind: 'member', receiver, safe, name: String(value) }, at, [receiver])
  }

  #primary(): Tree {
    const token = this.#token
    const { at } = token
    if (this.#take('(')) {
      const inner = this.#nested(() => this.#level(0))
      this.#expect(')')
      return inner
    }
    if (this.#take('[')) {
      const items = this.#items(']')
      return node({ kind: 'list', items }, at, items)
    }
    if (this.#take('{')) return this.#dictionary(at)
    this.#index++
    switch (token.kind) {
      case 'number':
        return node({ kind: 'number', value: token.value, real: token.real }, at, [])
      case 'text':
        return node({ kind: 'constant', value: token.value }, at, [])
      case 'variable':
        return node({ kind: 'variable', name: token.value }, at, [])
      case 'name':
        return this.#named(token.value, at)
      default:
        this.#index--
        throw this.#unexpected('a value')
    }
  }

  #named(name: string, at: number): Tree {
    const constant = CONSTANTS.get(name)
    if (constant !== undefined) return node({ kind: 'constant', value: constant }, at, [])
    if (WORD_OPERATORS.has(name)) throw new Mistake(`expected a value before ${name}`, at)
    if (this.#take('(')) return this.#call(name, at, undefined, false)
    // A name that is nothing else stands for itself, as text.
    return node({ kind: 'constant', value: name }, at, [])
  }

  /** An item behind the first may be called by the `name` that it has. */
  #items(end: string, name?: string): Tree[] {
    const items: Tree[] = []
    while (!this.#take(end)) {
      if (items.length > 0) this.#expect(',')
      const item = this.#nested(() => this.#level(0))
      const named = items.length > 0 && item.kind === 'constant' && item.value === name && this.#take('=>')
      items.push(named ? this.#nested(() => this.#level(0)) : item)
    }
    return items
  }

  #dictionary(at: number): Tree {
    const pairs: [Tree, Tree][] = []
    while (!this.#take('}')) {
      if (pairs.length > 0) this.#expect(',')
      const key = this.#nested(() => this.#level(0))
      this.#expect('=>')
      pairs.push([key, this.#nested(() => this.#level(0))])
    }
    return node({ kind: 'dictionary', pairs }, at, pairs.flat())
  }

  #call(name: string, at: number, receiver: Tree | undefined, safe: boolean): Tree {
    const args: Argument[] = []
    if (!this.#take(')')) {
      do args.push(this.#argument())
      while (this.#take(','))
      this.#expect(')')
    }
    const below = args.flatMap(({ key, value }) => [...(key ? [key] : []), ...(value ? [value] : [])])
    const called = { kind: 'call' as const, safe, name, args, ...(receiver && { receiver }) }
    return node(called, at, receiver ? [receiver, ...below] : below)
  }

  #argument(): Argument {
    const { at } = this.#token
    if (this.#is(',') || this.#is(')')) return { at }
    const value = this.#nested(() => this.#level(0))
    if (!this.#take('=>')) return { value, at }
    return { key: value, value: this.#nested(() => this.#level(0)), at }
  }
}

type Without<T> = T extends Base ? Omit<T, keyof Base> : never

function node(tree: Without<Tree>, at: number, below: readonly Tree[]): Tree {
  const depth = 1 + below.reduce((most, child) => Math.max(most, child.depth), 0)
  if (depth > DEPTH_MAX) throw tooDeep(at)
  return { ...tree, at, depth }
}

const tooDeep = (at: number): Mistake => new Mistake(`the expression is nested more than ${DEPTH_MAX} levels deep`, at)
