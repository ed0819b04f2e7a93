// What a function of the template language is. Each has two halves: `resolve`, which folds what is known while the template
// is read, and an operation, which finishes the work at run time for arguments that had to wait for other resources.
import type { Json } from '../lib/json.js'
import { EvaluationError } from './evaluation-error.js'
import type { Scope } from './scope.js'
import { callOf, makeCall, type Value } from './value.js'
import { rankOf, type Version, type VersionDate } from './version.js'
import type { Work } from './work.js'

/** A pure computation over evaluated arguments; stored templates name it, so a name never changes its meaning. */
export interface Operation {
  readonly name: string
  /** Refuses an argument that can never be right although parts of it may still be calls. Throws EvaluationError. */
  readonly check?: (argument: Value) => void
  /** Throws EvaluationError, nothing else. */
  readonly apply: (argument: Json, work: Work) => Json
}

export interface TemplateFunction {
  /** The key that calls it. */
  readonly name: string
  readonly since: Version
  /** The first version that no longer has it. */
  readonly until?: Version
  /** Since when conditions may use it; absent: never. */
  readonly conditionsSince?: Version
  /** It exists only in conditions. */
  readonly conditionsOnly?: boolean
  /** Whether a one-key map with this argument was surely meant as a call, though its key is misspelt or too new. */
  readonly resembles: (argument: Json) => boolean
  /** The value, symbolic only if `scope.symbols` has grown. Throws EvaluationError for bad arguments. */
  readonly resolve: (scope: Scope, argument: Json) => Value
}

interface Traits {
  readonly since?: VersionDate
  readonly until?: VersionDate
  readonly conditionsSince?: VersionDate
  readonly conditionsOnly?: boolean
  readonly resembles?: (argument: Json) => boolean
}

export function templateFunction(
  name: string,
  traits: Traits,
  resolve: (scope: Scope, argument: Json) => Value,
): TemplateFunction {
  return {
    name,
    since: rankOf(traits.since ?? '2013-05-23'),
    ...(traits.until === undefined ? {} : { until: rankOf(traits.until) }),
    ...(traits.conditionsSince === undefined ? {} : { conditionsSince: rankOf(traits.conditionsSince) }),
    conditionsOnly: traits.conditionsOnly ?? false,
    resembles: traits.resembles ?? (() => true),
    resolve,
  }
}

/** A function that only needs its whole argument's value: computed at once when that is known, otherwise left as a call. */
export function eager(name: string, traits: Traits, operation: Operation): TemplateFunction {
  return templateFunction(name, traits, (scope, argument) => {
    const { symbols, problemCount } = scope
    const resolved = scope.resolve(argument)
    if (scope.problemCount > problemCount) return null
    if (scope.symbols === symbols) return operation.apply(resolved, scope.context.work)
    operation.check?.(resolved)
    return makeCall(operation.name, resolved)
  })
}

/** Whether a part of an argument must still be evaluated; checks let such parts pass. */
export const isOpen = (value: Value | undefined): boolean => value !== undefined && callOf(value) !== undefined

export function refuse(reason: string): never {
  throw new EvaluationError(reason)
}
