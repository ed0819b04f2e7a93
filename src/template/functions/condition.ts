// if, and the functions that conditions are made of.
import { isJsonObject, type Json } from '../../lib/json.js'
import { eager, type Operation, refuse, templateFunction } from '../function.js'
import type { Scope } from '../scope.js'
import { pythonKey } from '../text.js'
import { OMITTED, type Value } from '../value.js'
import { rankOf } from '../version.js'

const SINCE = { since: '2016-10-14', conditionsSince: '2016-10-14', conditionsOnly: true } as const

export const equals: Operation = {
  name: 'equals',
  apply(argument) {
    if (!Array.isArray(argument) || argument.length !== 2) return refuse('expected a list of two values')
    return pythonKey(argument[0] ?? null) === pythonKey(argument[1] ?? null)
  },
}

export const conditionOperations = [equals]

export const conditionFunctions = [
  templateFunction('if', { since: '2016-10-14', resembles: isIf }, choose),
  eager('equals', SINCE, equals),
  templateFunction('not', SINCE, (scope, argument) => !scope.condition(argument)),
  templateFunction('and', SINCE, (scope, argument) => truths(scope, argument).every(Boolean)),
  templateFunction('or', SINCE, (scope, argument) => truths(scope, argument).some(Boolean)),
]

function isIf(argument: Json): boolean {
  if (!Array.isArray(argument) || argument.length < 2 || argument.length > 3) return false
  const [condition = null] = argument
  return typeof condition === 'string' || typeof condition === 'boolean' || isJsonObject(condition)
}

/** Only the branch that is taken is looked at, so the other may refer to what does not exist. */
export function choose(scope: Scope, argument: Json): Value {
  const optional = scope.context.version >= rankOf('2021-04-16')
  const expected = `expected a list: [condition, value if true, value if false${optional ? ' (optional)' : ''}]`
  if (!Array.isArray(argument) || argument.length > 3 || argument.length < (optional ? 2 : 3)) return refuse(expected)
  const branch = scope.at(0, () => scope.condition(argument[0] ?? null)) ? 1 : 2
  if (branch >= argument.length) return OMITTED
  return scope.at(branch, () => scope.resolve(argument[branch] ?? null))
}

/** Every part is worked out, so that the problems of all are told. */
export function truths(scope: Scope, argument: Json): boolean[] {
  if (!Array.isArray(argument) || argument.length < 2) return refuse('expected a list of two or more conditions')
  return argument.map((condition, index) => scope.at(index, () => scope.condition(condition)))
}
