// The `constraints` of a parameter: each kind is one entry of a table that checks the rule itself and the values under it.
import { equalJson, isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import { coerce, type ParameterType } from './coerce.js'
import { PatternError, Regex } from './regex/index.js'
import type { Scope } from './scope.js'
import { kindOf, pythonReal, show } from './text.js'
import { dateOf, rankOf, type Version } from './version.js'

interface Constraint {
  readonly since?: Version
  readonly types: readonly ParameterType[]
  /** What is wrong with the rule itself. */
  readonly malformed: (rule: Json) => string | undefined
  /** What the value violates, without quoting it. */
  readonly violated: (rule: Json, value: Json, type: ParameterType) => string | undefined
}

const CONSTRAINTS: { readonly [name: string]: Constraint } = {
  length: {
    types: ['string', 'json', 'comma_delimited_list'],
    malformed: malformedBounds,
    violated: (rule, value) => outside(rule, lengthOf(value), 'its length must be'),
  },
  range: {
    types: ['number'],
    malformed: malformedBounds,
    violated: (rule, value) => outside(rule, Number(value), 'it must be'),
  },
  modulo: {
    since: rankOf('2017-02-24'),
    types: ['number'],
    malformed: malformedModulo,
    violated: violatedModulo,
  },
  allowed_values: {
    types: ['string', 'number', 'boolean', 'comma_delimited_list', 'json'],
    malformed: (rule) => (Array.isArray(rule) ? undefined : `expected a list, not ${kindOf(rule)}`),
    violated: violatedValues,
  },
  allowed_pattern: {
    types: ['string'],
    malformed: malformedPattern,
    violated: (rule, value) => (matchesWhole(String(rule), String(value)) ? undefined : `it must match ${rule}`),
  },
  // What a custom constraint asks is known to a cloud's services only.
  custom_constraint: {
    types: ['string', 'number', 'boolean', 'comma_delimited_list', 'json'],
    malformed: (rule) => (typeof rule === 'string' ? undefined : 'expected a name'),
    violated: () => undefined,
  },
}

/** The constraints that a version of the language has for a type of parameter. */
export const constraintNames = (version: Version, type: ParameterType): string[] =>
  Object.keys(CONSTRAINTS).filter((name) => {
    const constraint = CONSTRAINTS[name]
    return constraint?.types.includes(type) && version >= (constraint.since ?? 0)
  })

/** Problems of the rules themselves; `scope` stands at `constraints`. Returns the rules that can be applied. */
export function readConstraints(scope: Scope, raw: Json, type: ParameterType): JsonObject[] {
  if (raw === null) return []
  if (!Array.isArray(raw)) {
    scope.problem(`constraints must be a list, not ${kindOf(raw)}`, 'begin each constraint with a dash')
    return []
  }
  return raw.filter((item, index): item is JsonObject => scope.at(index, () => isSound(scope, item, type)))
}

function isSound(scope: Scope, item: Json, type: ParameterType): boolean {
  if (!isJsonObject(item)) return scope.problem(`a constraint must be a map, not ${kindOf(item)}`) ?? false
  const [name, ...more] = Object.keys(item).filter((key) => key !== 'description')
  if (name === undefined) return scope.problem('a constraint needs a rule', 'for example range: { min: 1 }') ?? false
  if (more.length > 0) return scope.problem('a constraint has one rule only', 'begin the next one with a dash') ?? false
  const constraint = Object.hasOwn(CONSTRAINTS, name) ? CONSTRAINTS[name] : undefined
  return scope.at(name, () => {
    if (!constraint)
      return scope.problem(`unknown constraint ${name}`, didYouMean(name, Object.keys(CONSTRAINTS))) ?? false
    const { version } = scope.context
    if (version < (constraint.since ?? 0)) {
      return scope.problem(`version ${dateOf(version)} has no constraint ${name}`) ?? false
    }
    if (!constraint.types.includes(type)) return scope.problem(`${name} does not apply to type ${type}`) ?? false
    const malformed = constraint.malformed(item[name] ?? null)
    return malformed === undefined ? true : (scope.problem(malformed) ?? false)
  })
}

/** What `value` violates, in the template's own words where a constraint has a description. */
export function violations(rules: readonly JsonObject[], value: Json, type: ParameterType): string[] {
  return rules.flatMap((rule) => {
    const name = Object.keys(rule).find((key) => key !== 'description') ?? ''
    const violated = CONSTRAINTS[name]?.violated(rule[name] ?? null, value, type)
    if (violated === undefined) return []
    return [typeof rule.description === 'string' ? rule.description : violated]
  })
}

function malformedBounds(rule: Json): string | undefined {
  if (!isJsonObject(rule)) return `expected a map with min and max, not ${kindOf(rule)}`
  const wrong = Object.keys(rule).find((key) => key !== 'min' && key !== 'max')
  if (wrong !== undefined) return `expected the keys min and max, not ${wrong}`
  if (Object.keys(rule).length === 0) return 'expected min, max or both'
  return Object.values(rule).every((bound) => 'value' in coerce('number', bound))
    ? undefined
    : 'min and max must be numbers'
}

function outside(rule: Json, measure: number, what: string): string | undefined {
  if (!isJsonObject(rule)) return undefined
  const { min, max } = rule
  const low = min !== undefined && measure < Number(min)
  const high = max !== undefined && measure > Number(max)
  if (!low && !high) return undefined
  if (min !== undefined && max !== undefined) return `${what} between ${min} and ${max}`
  return min === undefined ? `${what} at most ${max}` : `${what} at least ${min}`
}

function lengthOf(value: Json): number {
  if (typeof value === 'string') return [...value].length
  return isJsonObject(value) ? Object.keys(value).length : Array.isArray(value) ? value.length : 0
}

function malformedModulo(rule: Json): string | undefined {
  if (!isJsonObject(rule)) return `expected a map with step and offset, not ${kindOf(rule)}`
  const { step, offset, ...more } = rule
  if (Object.keys(more).length > 0) return `expected the keys step and offset, not ${Object.keys(more)[0]}`
  if (!Number.isInteger(step) || !Number.isInteger(offset)) return 'step and offset must be whole numbers'
  if (step === 0) return 'step must not be 0'
  return Math.abs(Number(offset)) < Math.abs(Number(step)) ? undefined : 'offset must be smaller than step'
}

function violatedModulo(rule: Json, value: Json): string | undefined {
  if (!isJsonObject(rule)) return undefined
  const step = Number(rule.step)
  const offset = Number(rule.offset)
  // As in Python: the remainder has the sign of the step.
  const remainder = ((Number(value) % step) + step) % step
  return remainder === offset ? undefined : `it must be ${offset} more than a multiple of ${step}`
}

function violatedValues(rule: Json, value: Json, type: ParameterType): string | undefined {
  const allowed = Array.isArray(rule) ? rule : []
  const isAllowed = (candidate: Json) => allowed.some((item) => sameAs(item, candidate, type))
  const ok = type === 'comma_delimited_list' && Array.isArray(value) ? value.every(isAllowed) : isAllowed(value)
  return ok ? undefined : `it must be one of ${allowed.map(show).join(', ')}`
}

/** Rules are written as loosely as values: `1` allows the text "1" for a parameter of type string. */
function sameAs(item: Json, value: Json, type: ParameterType): boolean {
  const read = coerce(type === 'comma_delimited_list' ? 'string' : type, item)
  if (!('value' in read)) return false
  // `1.0` in a rule is the number 1 by now, and the text "1.0" in a value.
  const real = typeof item === 'number' && typeof value === 'string' && pythonReal(item) === value
  return real || equalJson(read.value, value)
}

function malformedPattern(rule: Json): string | undefined {
  if (typeof rule !== 'string') return `expected a regular expression, not ${kindOf(rule)}`
  try {
    new Regex(rule)
    return undefined
  } catch (error) {
    if (error instanceof PatternError) return `not a regular expression: ${error.message}`
    throw error
  }
}

/** A pattern must match the whole value. One that goes back and forth for too long is as good as no match. */
function matchesWhole(pattern: string, value: string): boolean {
  let steps = 0
  const count = () => {
    if (++steps > PATTERN_STEPS_MAX) throw new PatternError('it takes too long')
  }
  try {
    return new Regex(pattern).matchesWhole([...value], count)
  } catch (error) {
    if (error instanceof PatternError || error instanceof RangeError) return false
    throw error
  }
}

const PATTERN_STEPS_MAX = 1_000_000
