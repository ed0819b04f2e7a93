// Where an expression of a template is resolved: it knows the path it stands at, so that each problem has its place, and
// counts the calls that must wait for other resources, so that a value is known to be plain without looking through it.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { editDistance } from '../lib/suggest.js'
import type { Conditions } from './conditions.js'
import type { Place } from './definition.js'
import { EvaluationError } from './evaluation-error.js'
import type { TemplateFunction } from './function.js'
import { functionNames, functionsOf, nearestFunction } from './functions/table.js'
import { kindOf } from './text.js'
import { OMITTED, quote, setField, type Value } from './value.js'
import { dateOf, type Version } from './version.js'
import type { Work } from './work.js'

/** What one template's expressions share. */
export interface Context {
  readonly version: Version
  /** The value of a parameter or pseudo parameter; undefined when there is none of that name. */
  readonly parameter: (name: string) => Json | undefined
  readonly parameterNames: () => Iterable<string>
  readonly files: { readonly [name: string]: string }
  readonly resource: (name: string) => 'present' | 'absent' | 'disabled'
  readonly resourceNames: () => Iterable<string>
  readonly conditions: Conditions
  readonly work: Work
  readonly placeOf: (path: string) => Place | undefined
  readonly problems: Problem[]
}

/** After this many problems the rest is not told: they mostly have one cause. */
const PROBLEMS_MAX = 1000

export class Scope {
  /** Calls emitted so far that must wait for other resources. */
  symbols = 0
  /** Resources referred to so far. */
  readonly references = new Set<string>()
  problemCount = 0
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

  problem(message: string, hint?: string): null {
    this.problemCount++
    const { problems, placeOf } = this.context
    if (problems.length >= PROBLEMS_MAX) return null
    const path = this.path.join('.')
    problems.push({ ...placeOf(path), path, message, ...(hint === undefined ? {} : { hint }) })
    return null
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
    const { symbols } = this
    const value = this.resolve(raw)
    if (this.symbols === symbols) return value
    this.symbols = symbols
    return this.problem('this must be known before anything is created', 'get_attr and get_resource cannot stand here')
  }

  /** The truth of a condition: a name, a boolean, or an expression of condition functions. */
  condition(raw: Json): boolean {
    if (typeof raw === 'boolean') return raw
    if (typeof raw === 'string') return this.context.conditions.named(raw, this)
    const outer = this.inCondition
    this.inCondition = true
    const { problemCount } = this
    const value = this.resolve(raw)
    this.inCondition = outer
    if (typeof value === 'boolean') return value
    if (this.problemCount === problemCount) this.problem(`a condition must be true or false, not ${kindOf(value)}`)
    return false
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
    const { values, conditions } = functionsOf(this.context.version)
    return this.inCondition ? conditions : values
  }

  #call(found: TemplateFunction, argument: Json): Value {
    const depth = this.path.length
    this.path.push(found.name)
    try {
      return found.resolve(this, argument)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      this.problem(error.reason)
      return null
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
    const foreign = foreignFunction(key, argument)
    if (foreign !== undefined) {
      this.at(key, () => this.problem(`${key} is a function of CloudFormation templates`, foreign))
      return true
    }
    const suspect = nearestFunction(key, editDistance)
    if (!suspect?.resembles(argument)) return false
    const { version } = this.context
    this.at(key, () => {
      if (suspect.name !== key) return this.problem(`unknown function ${key}`, `did you mean ${suspect.name}?`)
      if (this.inCondition) return this.problem(`${key} cannot be used in a condition`, this.#usable())
      return this.problem(
        `version ${dateOf(version)} of the language has no function ${key}`,
        availability(suspect, version),
      )
    })
    return true
  }

  #usable(): string {
    return `conditions may use ${functionNames(this.#table()).join(', ')}`
  }
}

/** What to use instead of a CloudFormation function, which this language does not have. */
function foreignFunction(key: string, argument: Json): string | undefined {
  if (key === 'Ref' && typeof argument === 'string') return 'use get_param or get_resource'
  if (!key.startsWith('Fn::')) return undefined
  const own = FOREIGN.get(key.slice(4))
  return own === undefined ? 'use a function whose name is in small letters, such as get_attr' : `use ${own}`
}

const FOREIGN = new Map([
  ['GetAtt', 'get_attr'],
  ['Join', 'list_join'],
  ['Split', 'str_split'],
  ['Replace', 'str_replace'],
  ['If', 'if'],
  ['Select', 'get_param or get_attr with a path'],
])

function quoteAll(items: Value[]): void {
  for (const [index, plain] of items.entries()) items[index] = quote(plain)
}

function availability(found: TemplateFunction, version: Version): string {
  if (version < found.since) return `it came with version ${dateOf(found.since)}`
  return `it was removed in version ${dateOf(found.until ?? version)}`
}

function onlyKey(raw: JsonObject): string | undefined {
  let only: string | undefined
  for (const key in raw) {
    if (only !== undefined) return undefined
    only = key
  }
  return only
}
