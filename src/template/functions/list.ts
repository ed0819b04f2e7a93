// Functions over lists: list_concat, list_concat_unique, filter and contains.
import { isJsonObject, type Json } from '../../lib/json.js'
import { eager, isOpen, type Operation, refuse } from '../function.js'
import { kindOf, pythonKey } from '../text.js'
import type { Value } from '../value.js'
import type { Work } from '../work.js'

const concat: Operation = { name: 'list_concat', check: checkLists, apply: concatLists }
const concatUnique: Operation = {
  name: 'list_concat_unique',
  check: checkLists,
  apply: (argument, work) => unique(concatLists(argument, work)),
}
const filter: Operation = { name: 'filter', apply: filterList }
const contains: Operation = { name: 'contains', apply: isContained }

export const listOperations = [concat, concatUnique, filter, contains]

const isList = (argument: Json) => Array.isArray(argument)
const isPairOfLists = (argument: Json) => Array.isArray(argument) && argument.length === 2 && argument.every(isList)

export const listFunctions = [
  eager('list_concat', { since: '2017-09-01', resembles: isList }, concat),
  eager('list_concat_unique', { since: '2017-09-01', resembles: isList }, concatUnique),
  eager('filter', { since: '2017-02-24', resembles: isPairOfLists }, filter),
  eager('contains', { since: '2017-09-01', conditionsSince: '2017-09-01', resembles: () => false }, contains),
]

function checkLists(argument: Value): void {
  if (isOpen(argument)) return
  if (!Array.isArray(argument)) refuse('expected a list of lists')
  const wrong = argument.find((item) => item !== null && !isOpen(item) && !Array.isArray(item))
  if (wrong !== undefined) refuse(`expected a list of lists; one item is ${kindOf(wrong)}`)
}

function concatLists(argument: Json, work: Work): Json[] {
  if (!Array.isArray(argument)) return refuse('expected a list of lists')
  return argument.flatMap((list) => {
    if (list === null) return []
    if (!Array.isArray(list)) return refuse(`expected a list of lists; one item is ${kindOf(list)}`)
    work.spend(list.length)
    return list
  })
}

function unique(items: readonly Json[]): Json[] {
  const byText = new Map<string, Json>()
  for (const item of items) {
    const text = pythonKey(item)
    if (!byText.has(text)) byText.set(text, item)
  }
  return [...byText.values()]
}

function filterList(argument: Json, work: Work): Json {
  if (!Array.isArray(argument) || argument.length !== 2) return refuse('expected a list: [values, list]')
  const [values = null, list = null] = argument
  if (list === null) return null
  if (values === null && Array.isArray(list)) return list
  if (!Array.isArray(values) || !Array.isArray(list)) return refuse('expected two lists: [values, list]')
  work.spend(list.length)
  const unwanted = new Set(values.map(pythonKey))
  return list.filter((item) => !unwanted.has(pythonKey(item)))
}

function isContained(argument: Json, work: Work): Json {
  if (!Array.isArray(argument) || argument.length !== 2) return refuse('expected a list: [value, list or text]')
  const [value = null, container = null] = argument
  if (Array.isArray(container)) {
    work.spend(container.length)
    const wanted = pythonKey(value)
    return container.some((item) => pythonKey(item) === wanted)
  }
  if (isJsonObject(container)) return typeof value === 'string' && Object.hasOwn(container, value)
  if (typeof container === 'string') return typeof value === 'string' && container.includes(value)
  return refuse(`expected a list or a text to look in, not ${kindOf(container)}`)
}
