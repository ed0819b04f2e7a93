// Where an expression of a template is resolved: it knows the path it stands at, so that each problem has its place, and
// counts the calls that must wait for other resources, so that a value is known to be plain without looking through it.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'
import type { Conditions } from './conditions.js'
import type { Place } from './definition.js'
import { EvaluationError } from './evaluation-error.js'
import type { TemplateFunction } from './function.js'
import type { Language } from './language.js'
import { kindOf } from './text.js'
import { makeCall, mapChildren, OMITTED, quote, setField, type Value } from './value.js'
import type { Version } from './version.js'
import type { Work } from './work.js'

/** The parts of a resource that can be seen from inside the template that stands for it. */
export interface Facade {
  readonly metadata: Json
  readonly deletion_policy: string
  readonly update_policy: JsonObject
}

/** What one template's expressions share. */
export interface Context {
  readonly version: Version
  /** Which functions there are, and what is said of words that are nearly one. */
  readonly language: Language
  /** The section Mappings of the CloudFormation formats. */
  readonly mappings?: JsonObject
  /** The value of a parameter or pseudo parameter; undefined when there is none of that name. */
  readonly parameter: (name: string) => Json | undefined
  readonly parameterNames: () => Iterable<string>
  /** Parameters whose values must not be seen. */
  readonly isHidden: (name: string) => boolean
  readonly files: { readonly [name: string]: string }
  /** Of the resource that this template stands for, if it does for one. */
  readonly facade?: Facade
  readonly resource: (name: string) => 'present' | 'absent' | 'disabled'
  readonly resourceNames: () => Iterable<string>
  readonly conditions: Conditions
  readonly work: Work
  /** From a path in the shape of HOT to the one that was written. */
  readonly writtenPath: (path: string) => string
  /** The place of a path that was written. */
  readonly placeOf: (path: string) => Place | undefined
  /** How Python writes the whole number with a point that stands at a path that was written. */
  readonly realAt: (path: string) => string | undefined
  /** The same of parameters. */
  readonly realParameters: Map<string, string>
  readonly problems: Problem[]
  /** What is read all the same, as in Heat, but surely not meant. */
  readonly warnings: Problem[]
}

/** After this many problems the rest is not told: they mostly have one cause. */
const PROBLEMS_MAX = 1000

export class Scope {
  /** Calls emitted so far that must wait for other resources. */
  symbols = 0
  /** Uses of parameters so far whose values are not known yet. */
  opens = 0
  /** Resources referred to so far. */
  readonly references = new Set<string>()
  problemCount = 0
  /** Uses of hidden parameters so far: whatever is resolved meanwhile is secret. */
  hiddenUses = 0
  /** In a condition only some functions may be used, and none of them waits. */
  inCondition = false

  constructor(
    readonly context: Context,
    readonly path: (string | number)[],
  ) {}

  /** Gives up on a value for a reason that has been told elsewhere. */
  abandon(): null {
    this.problemCount++
    return null
  }

  problem(message: string, hint?: string, kind?: Problem['kind']): null {
    this.problemCount++
    this.#tell(this.context.problems, message, { ...(hint !== undefined && { hint }), ...(kind && { kind }) })
    return null
  }

  /** Heat takes what stands here, so it is taken; but nobody means it. */
  warn(message: string, hint?: string): void {
    this.#tell(this.context.warnings, message, { ...(hint !== undefined && { hint }), severity: 'warning' })
  }

  #tell(told: Problem[], message: string, more: Partial<Problem>): void {
    if (told.length >= PROBLEMS_MAX) return
    const path = this.context.writtenPath(this.path.join('.'))
    told.push({ ...this.context.placeOf(path), path, message, ...more })
  }

  /**
   * What becomes part of a text: a whole number that was written with a point keeps it, as in Heat.
   * @param structured also inside of data that becomes JSON
   */
  textual(raw: Json, structured = false): Json {
    if (typeof raw === 'number') return Number.isInteger(raw) ? (this.realHere() ?? raw) : raw
    if (typeof raw !== 'object' || raw === null) return raw
    const key = isJsonObject(raw) ? onlyKey(raw) : undefined
    const argument = isJsonObject(raw) && key !== undefined && this.#table().has(key) ? (raw[key] ?? null) : undefined
    if (key === undefined || argument === undefined) return (structured && this.#realData(raw)) || raw
    if (key === 'get_param' || key === 'Ref') return this.#realParameter(argument, structured) ?? raw
    if ((key !== 'if' && key !== 'Fn::If') || !Array.isArray(argument)) return raw
    const part = (branch: Json, at: number) => (at === 0 ? branch : this.at(at, () => this.textual(branch, structured)))
    return { [key]: this.at(key, () => argument.map(part)) }
  }

  /** How Python writes what stands here, if a whole number with a point is in it. */
  realHere(): string | undefined {
    return this.context.realAt(this.context.writtenPath(this.path.join('.')))
  }

  /** Of a map or a list in which nothing is to be resolved: its JSON. */
  #realData(raw: Json): string | undefined {
    const text = this.realHere()
    return text !== undefined && this.#isData(raw) ? text : undefined
  }

  #isData(raw: Json): boolean {
    if (typeof raw !== 'object' || raw === null) return true
    const key = isJsonObject(raw) ? onlyKey(raw) : undefined
    const said = isJsonObject(raw) && key !== undefined ? (raw[key] ?? null) : null
    if (key !== undefined && (this.#table().has(key) || this.context.language.slip(key, said, this.inCondition)))
      return false
    return Object.values(raw).every((part) => this.#isData(part ?? null))
  }

  #realParameter(name: Json, structured: boolean): string | undefined {
    const { realParameters, parameter } = this.context
    const text = typeof name === 'string' ? realParameters.get(name) : undefined
    return text !== undefined && (structured || typeof parameter(String(name)) === 'number') ? text : undefined
  }

  /** The same of each item or field of `raw`; `this` stands at it. */
  textualParts(raw: Json, structured = false): Json {
    return mapChildren(raw, (part, key) => this.at(key, () => this.textual(part, structured)))
  }

  /** Does something one step further down the path. */
  at<T>(key: string | number, act: () => T): T {
    const depth = this.path.length
    this.path.push(key)
    try {
      return act()
    } finally {
      this.path.length = depth
    }
  }

  /** The value of an expression: plain JSON, or symbolic if `symbols` has grown. */
  resolve(raw: Json): Value {
    if (Array.isArray(raw)) return this.#list(raw)
    if (!isJsonObject(raw)) return raw
    const key = onlyKey(raw)
    if (key === undefined) return this.#map(raw)
    const argument = raw[key] ?? null
    const found = this.#table().get(key)
    if (found) return this.#call(found, argument)
    if (this.#isMistaken(key, argument)) return null
    return this.#map(raw)
  }

  /** As `resolve`, safe to stand in a stored value: plain data is quoted. */
  resolveQuoted(raw: Json): Value {
    const { symbols } = this
    const value = this.resolve(raw)
    return this.symbols === symbols && value !== OMITTED ? quote(value) : value
  }

  /** As `resolve` for what must be known now: a value that waits for other resources is a problem. */
  resolveNow(raw: Json): Json {
    const { symbols, opens } = this
    const value = this.resolve(raw)
    if (this.symbols === symbols) return value
    this.symbols = symbols
    if (this.opens > opens) return this.abandon()
    return this.problem('this must be known before anything is created', 'get_attr and get_resource cannot stand here')
  }

  /** The truth of a condition: a name, a boolean, or an expression of condition functions. */
  condition(raw: Json): boolean {
    if (typeof raw === 'boolean') return raw
    if (typeof raw === 'string') return this.context.conditions.named(raw, this)
    const outer = this.inCondition
    this.inCondition = true
    const { problemCount, symbols, opens } = this
    const value = this.resolve(raw)
    this.inCondition = outer
    if (typeof value === 'boolean') return value
    // What is not known yet is taken for something else than it is compared with.
    if (this.opens > opens) {
      this.symbols = symbols
      return false
    }
    if (this.problemCount === problemCount) this.#noCondition(raw, value)
    return false
  }

  #noCondition(raw: Json, value: Value): void {
    const key = isJsonObject(raw) ? onlyKey(raw) : undefined
    const { conditions } = this.context.language.functions
    if (key === undefined || conditions.has(key))
      return void this.problem(`a condition must be true or false, not ${kindOf(value)}`)
    const hint = didYouMean(key, conditions.keys()) ?? `there are ${[...conditions.keys()].join(', ')}`
    this.at(key, () => this.problem(`${key} is no function of conditions`, hint))
  }

  /** Whether `raw`, which stands where a map of names is expected, is surely a function instead. */
  isCall(raw: JsonObject): boolean {
    const key = onlyKey(raw)
    return (
      key !== undefined &&
      (this.#table()
        .get(key)
        ?.resembles(raw[key] ?? null) ??
        false)
    )
  }

  #table(): ReadonlyMap<string, TemplateFunction> {
    const { values, conditions } = this.context.language.functions
    return this.inCondition ? conditions : values
  }

  #call(found: TemplateFunction, argument: Json): Value {
    const { opens } = this
    const told = this.context.problems.length
    const value = this.#apply(found, argument)
    if (value !== null || this.opens === opens || this.context.problems.length > told) return value
    // It gave up on something that is not known yet: so is what it gives.
    this.symbols++
    return makeCall(found.name)
  }

  #apply(found: TemplateFunction, argument: Json): Value {
    const { problemCount } = this
    const depth = this.path.length
    this.path.push(found.name)
    try {
      return found.resolve(this, argument)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      // Where a part of the argument has a problem already, that is the one to mend.
      return this.problemCount > problemCount ? null : this.problem(error.reason)
    } finally {
      this.path.length = depth
    }
  }

  #list(raw: readonly Json[]): Value {
    const items: Value[] = []
    const before = this.symbols
    for (let index = 0; index < raw.length; index++) {
      const { symbols } = this
      this.path.push(index)
      const item = this.resolve(raw[index] ?? null)
      this.path.pop()
      if (item === OMITTED) continue
      // The first call makes this list symbolic: what stands before it is quoted now, what follows one by one.
      if (this.symbols > symbols && symbols === before) quoteAll(items)
      items.push(this.symbols === symbols && symbols > before ? quote(item) : item)
    }
    return items
  }

  #map(raw: JsonObject): Value {
    const fields: JsonObject = {}
    const before = this.symbols
    for (const key of Object.keys(raw)) {
      const { symbols } = this
      this.path.push(key)
      const field = this.resolve(raw[key] ?? null)
      this.path.pop()
      if (field === OMITTED) continue
      if (this.symbols > symbols && symbols === before) {
        for (const [name, plain] of Object.entries(fields)) setField(fields, name, quote(plain))
      }
      setField(fields, key, this.symbols === symbols && symbols > before ? quote(field) : field)
    }
    return fields
  }

  /** A one-key map whose key is nearly a function, or a function of another version, is a slip, not data. */
  #isMistaken(key: string, argument: Json): boolean {
    const slip = this.context.language.slip(key, argument, this.inCondition)
    if (!slip) return false
    this.at(key, () => this.problem(slip.message, slip.hint))
    return true
  }
}

function quoteAll(items: Value[]): void {
  for (const [index, plain] of items.entries()) items[index] = quote(plain)
}

function onlyKey(raw: JsonObject): string | undefined {
  let only: string | undefined
  for (const key in raw) {
    if (only !== undefined) return undefined
    only = key
  }
  return only
}
