// Values that are known only when the stack is brought about: references and calls of the language, as values of a program.
// Inside a text they become a token that says everything about them; `documentOf` reads it back, so a template literal is as
// good as a list_join. A token that was cut or changed is refused, never passed on.
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../../lib/json.js'

/** Which stack a reference belongs to. */
export interface Owner {
  readonly number: number
  /** For messages: where the stack is defined. */
  readonly place: string
}

/** What was done with a value that cannot be done. */
export class Misuse extends Error {
  override readonly name = 'Misuse'
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}

declare const kind: unique symbol

/** A value of the template language that will be a `T`. It may stand wherever a `T` may, and in template literals. */
export class Expression<out T> {
  declare readonly [kind]: T

  constructor(
    /** In HOT; may contain other expressions. */
    readonly written: unknown,
    readonly owner?: Owner,
  ) {}

  [Symbol.toPrimitive](hint: string): string {
    if (hint !== 'number') return tokenOf(this)
    throw new Misuse(`${describe(this)} is not known yet: no sum can be done with it`, 'use fn.yaql')
  }

  toString(): string {
    return tokenOf(this)
  }

  toJSON(): never {
    throw new Misuse(`${describe(this)} is not known yet: JSON.stringify cannot write it`, 'use fn.json')
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return describe(this)
  }
}

/** A value that a part can be taken of: an attribute or a parameter. */
export class Reference<out T> extends Expression<T> {
  /** The part that a path of keys and numbers leads to. */
  at(...path: readonly (string | number | Expression<string | number>)[]): Reference<never> {
    const [name, start] = callOf(this.written)
    return new Reference<never>({ [name]: [...start, ...path] }, this.owner)
  }
}

/** A truth over parameters, for `if` and for conditions of resources and outputs. */
export class Condition {
  constructor(
    /** A name, or a function of conditions. */
    readonly written: unknown,
    readonly owner?: Owner,
  ) {}

  toString(): never {
    throw new Misuse('a condition is no text', 'choose between two texts: fn.if(condition, one, other)')
  }
}

function callOf(written: unknown): [name: string, argument: readonly unknown[]] {
  const [entry] = Object.entries(Object(written))
  if (!entry) return ['get_param', []]
  return [entry[0], Array.isArray(entry[1]) ? entry[1] : [entry[1]]]
}

function describe({ written }: Expression<unknown>): string {
  const [name, argument] = callOf(written)
  const words = argument.map((word) => (typeof word === 'string' || typeof word === 'number' ? String(word) : '…'))
  return `${name}: [${words.join(', ')}]`
}

// Tokens

/** Private characters of Unicode, which no sensible text has. */
const OPEN = '\ue000'
const CLOSE = '\ue001'
const TOKEN = new RegExp(`${OPEN}([A-Za-z0-9_-]*)\\.([0-9a-f]{12})${CLOSE}`)
const CUT = new RegExp(`[${OPEN}${CLOSE}]`)

const sumOf = (code: string): string => createHash('sha256').update(code).digest('hex').slice(0, 12)

function tokenOf(expression: Expression<unknown>): string {
  const code = Buffer.from(JSON.stringify(packed(expression))).toString('base64url')
  return `${OPEN}${code}.${sumOf(code)}${CLOSE}`
}

/** An expression as JSON; those inside it are marked, so that no reference loses its stack. */
function packed(value: unknown): Json {
  if (value instanceof Expression || value instanceof Condition) {
    const { owner } = value
    return { [OPEN]: [packed(value.written), owner ? { number: owner.number, place: owner.place } : null] }
  }
  if (Array.isArray(value)) return value.map(packed)
  if (typeof value !== 'object' || value === null) return plainOf(value)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, packed(field)]))
}

function plainOf(value: unknown): Json {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new Misuse(`a ${typeof value} has no place in a template`)
}

function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked)
  if (typeof value !== 'object' || value === null) return value
  const marked: unknown = Reflect.get(value, OPEN)
  if (!Array.isArray(marked))
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, unpacked(field)]))
  const [written, owner]: unknown[] = marked
  return new Expression(unpacked(written), ownerOf(owner))
}

function ownerOf(value: unknown): Owner | undefined {
  const { number, place }: { number?: unknown; place?: unknown } = Object(value)
  return typeof number === 'number' && typeof place === 'string' ? { number, place } : undefined
}

// Documents

/** The value in HOT. Throws Misuse for what belongs to another stack and for damaged tokens; `path` is told by the caller. */
export function documentOf(value: unknown, owner: Owner, path: string[] = []): unknown {
  if (typeof value === 'string') return textOf(value, owner, path)
  if (value instanceof Expression || value instanceof Condition) {
    if (value.owner && value.owner.number !== owner.number) throw foreign(value.owner)
    return documentOf(value.written, owner, path)
  }
  if (Array.isArray(value)) return value.map((item, index) => within(path, String(index), item, owner))
  if (!isPlain(value)) return value
  if (Symbol.toPrimitive in value) {
    throw new Misuse('a resource is no value', 'write its reference (.ref) or one of its attributes (.attributes)')
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(
    fields.map(([key, field]) => {
      if (CUT.test(key)) throw new Misuse('a reference cannot be a key: keys must be known now')
      return [key, within(path, key, field, owner)]
    }),
  )
}

function within(path: string[], key: string, value: unknown, owner: Owner): unknown {
  path.push(key)
  const document = documentOf(value, owner, path)
  path.pop()
  return document
}

/** Others are left to whoever reads the template: it tells what has no place in one. */
const isPlain = (value: unknown): value is object => {
  const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  return prototype === Object.prototype || prototype === null
}

function foreign(owner: Owner): Misuse {
  const hint = 'hand it over as an output of the one and a parameter of the other'
  return new Misuse(`this belongs to another stack, which is defined at ${owner.place}`, hint)
}

/** A text with tokens is a call that joins its parts; one that is nothing but a token is the value itself. */
function textOf(text: string, owner: Owner, path: string[]): unknown {
  if (!CUT.test(text)) return text
  const parts: unknown[] = []
  let rest = text
  for (let match = TOKEN.exec(rest); match; match = TOKEN.exec(rest)) {
    const [token, code = '', sum = ''] = match
    if (sumOf(code) !== sum) break
    if (match.index > 0) parts.push(plainPart(rest.slice(0, match.index)))
    parts.push(documentOf(unpacked(JSON.parse(Buffer.from(code, 'base64url').toString())), owner, path))
    rest = rest.slice(match.index + token.length)
  }
  if (rest !== '') parts.push(plainPart(rest))
  return parts.length === 1 && parts[0] !== null && typeof parts[0] === 'object'
    ? parts[0]
    : ({ list_join: ['', parts] } as JsonObject)
}

function plainPart(text: string): string {
  if (!CUT.test(text)) return text
  const hint = 'its value is not known yet: use functions of the language (fn) instead of methods of texts'
  throw new Misuse('a reference inside this text was cut or changed', hint)
}
