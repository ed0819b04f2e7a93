// yaql: a query in a language of its own over data (src/template/yaql).
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { eager, isOpen, type Operation, refuse } from '../function.js'
import { kindOf } from '../text.js'
import type { Value } from '../value.js'
import { checkYaql, evaluateYaql } from '../yaql/index.js'

const yaql: Operation = {
  name: 'yaql',
  check,
  apply(argument, work) {
    const { expression, data } = partsOf(argument)
    if (typeof expression !== 'string') return refuse(`expression must be a text, not ${kindOf(expression)}`)
    return evaluateYaql(expression, { data }, work)
  },
}

export const yaqlOperations = [yaql]

const resembles = (argument: Json) => isJsonObject(argument) && 'expression' in argument

export const yaqlFunctions = [eager('yaql', { since: '2016-10-14', conditionsSince: '2017-09-01', resembles }, yaql)]

function partsOf(argument: Value): { expression: Value; data: Value } {
  const expected = 'expected a map with the keys expression and data'
  if (!isJsonObject(argument)) return refuse(expected)
  const wrong = Object.keys(argument).find((key) => key !== 'expression' && key !== 'data')
  if (wrong !== undefined) return refuse(`${expected}, not ${wrong}`)
  // Data that is left out, or that an `if` leaves out, is nothing.
  const { expression, data = null }: JsonObject = argument
  return expression === undefined ? refuse(expected) : { expression, data }
}

/** An expression that cannot be read is told before anything is created, though its data may not be known yet. */
function check(argument: Value): void {
  if (isOpen(argument)) return
  const { expression } = partsOf(argument)
  if (typeof expression === 'string') checkYaql(expression)
  else if (!isOpen(expression)) refuse(`expression must be a text, not ${kindOf(expression)}`)
}
