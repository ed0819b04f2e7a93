// list_join: items of lists to one text.
import type { Json } from '../../lib/json.js'
import { eager, isOpen, type Operation, refuse, type TemplateFunction } from '../function.js'
import { kindOf, pythonJson } from '../text.js'
import { mapChildren, type Value } from '../value.js'
import type { Work } from '../work.js'

const EXPECTED = 'expected a list: [delimiter, list, …]'

/** The first versions take one list of texts. */
export const joinTexts: Operation = {
  name: 'list_join_texts',
  check: (argument) => check(argument, 1),
  apply: (argument, work) => join(argument, work, 1, textOnly),
}

/** Since 2015-10-15: several lists, and what is no text is written as JSON. */
const joinValues: Operation = {
  name: 'list_join',
  check: (argument) => check(argument, Number.POSITIVE_INFINITY),
  apply: (argument, work) => join(argument, work, Number.POSITIVE_INFINITY, textOrJson),
}

export const joinOperations = [joinTexts, joinValues]

const resembles = (argument: Json) => Array.isArray(argument) && argument.length > 1

export const joinFunctions = [
  eager('list_join', { until: '2015-10-15', resembles }, joinTexts),
  spelling(eager('list_join', { since: '2015-10-15', resembles }, joinValues)),
]

/** The items of the lists are joined as they were written. */
function spelling(found: TemplateFunction): TemplateFunction {
  return {
    ...found,
    resolve(scope, argument) {
      const spelled = mapChildren(argument, (list, at) =>
        Array.isArray(list) && typeof at === 'number' ? scope.at(at, () => scope.textualParts(list, true)) : list,
      )
      return found.resolve(scope, spelled)
    },
  }
}

function check(argument: Value, listsMax: number): void {
  if (isOpen(argument)) return
  if (!Array.isArray(argument) || argument.length < 2) refuse(EXPECTED)
  const [delimiter, ...lists] = argument
  if (lists.length > listsMax) refuse('this version of the language joins one list only')
  if (!isOpen(delimiter) && typeof delimiter !== 'string') refuse('the delimiter, which comes first, must be a text')
  const wrong = lists.find((list) => !isOpen(list) && list !== null && !Array.isArray(list))
  if (wrong !== undefined) refuse(`expected a list behind the delimiter, not ${kindOf(wrong)}`)
}

function join(argument: Json, work: Work, listsMax: number, textOf: (item: Json) => string): string {
  if (!Array.isArray(argument) || argument.length < 2) return refuse(EXPECTED)
  const [delimiter, ...lists] = argument
  if (typeof delimiter !== 'string') return refuse('the delimiter, which comes first, must be a text')
  if (lists.length > listsMax) return refuse('this version of the language joins one list only')
  const texts: string[] = []
  for (const list of lists) {
    if (list === null) continue
    if (!Array.isArray(list)) return refuse(`expected a list behind the delimiter, not ${kindOf(list)}`)
    for (const item of list) {
      const text = textOf(item)
      work.spend(text.length + delimiter.length)
      texts.push(text)
    }
  }
  return texts.join(delimiter)
}

function textOnly(item: Json): string {
  if (item === null) return ''
  return typeof item === 'string' ? item : refuse(`items to join must be texts, not ${kindOf(item)}`)
}

function textOrJson(item: Json): string {
  if (item === null) return ''
  return typeof item === 'string' ? item : pythonJson(item)
}
