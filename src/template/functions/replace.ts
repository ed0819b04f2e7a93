// str_replace and its strict kin: all keys of `params` are replaced in one pass, so that no value is replaced again.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { eager, isOpen, type Operation, refuse, type TemplateFunction } from '../function.js'
import { doubtKeys } from '../shape.js'
import { kindOf, pythonJson, pythonText } from '../text.js'
import type { Value } from '../value.js'
import type { Work } from '../work.js'

type TextOf = (value: Json, key: string) => string

const operation = (name: string, textOf: TextOf, everyKey: boolean): Operation => ({
  name,
  check,
  apply: (argument, work) => replace(argument, work, textOf, everyKey),
})

export const scalars = operation('str_replace_scalars', scalarText, false)
const values = operation('str_replace', anyText, false)
const strict = operation('str_replace_strict', anyText, true)
const veryStrict = operation('str_replace_vstrict', presentText, true)

export const replaceOperations = [scalars, values, strict, veryStrict]

const resembles = (argument: Json) => isJsonObject(argument) && ('template' in argument || 'params' in argument)

export const replaceFunctions = [
  spelling(eager('str_replace', { until: '2015-10-15', resembles }, scalars), false),
  spelling(eager('str_replace', { since: '2015-10-15', resembles }, values)),
  spelling(eager('str_replace_strict', { since: '2017-02-24', resembles }, strict)),
  spelling(eager('str_replace_vstrict', { since: '2017-09-01', resembles }, veryStrict)),
]

/** What is put into the text is put there as it was written; `structured`: maps and lists as well. */
function spelling(found: TemplateFunction, structured = true): TemplateFunction {
  return {
    ...found,
    resolve(scope, argument) {
      if (!isJsonObject(argument) || !isJsonObject(argument.params)) return found.resolve(scope, argument)
      doubtKeys(scope, argument, KEYS, found.name)
      const { params } = argument
      const spelled = scope.isCall(params) ? params : scope.at('params', () => scope.textualParts(params, structured))
      return found.resolve(scope, { ...argument, params: spelled })
    },
  }
}

/** Other keys mean nothing, as in Heat. */
const KEYS: ReadonlySet<string> = new Set(['template', 'params'])
const EXPECTED = 'expected a map with the keys template and params'

function check(argument: Value): void {
  if (isOpen(argument)) return
  const { template, params } = partsOf(argument)
  if (!isOpen(template) && template !== null && typeof template !== 'string')
    refuse(`template must be a text, not ${kindOf(template)}`)
  if (!isOpen(params) && params !== null && !isJsonObject(params)) refuse(`params must be a map, not ${kindOf(params)}`)
}

function partsOf(argument: Json): { template: Json; params: Json } {
  if (!isJsonObject(argument)) return refuse(EXPECTED)
  const { template, params } = argument
  if (template === undefined || params === undefined) {
    const wrong = Object.keys(argument).find((key) => !KEYS.has(key))
    return refuse(wrong === undefined ? EXPECTED : `${EXPECTED}, not ${wrong}`)
  }
  return { template, params }
}

function replace(argument: Json, work: Work, textOf: TextOf, everyKey: boolean): string {
  const { template, params } = partsOf(argument)
  if (template === null) return ''
  if (typeof template !== 'string') return refuse(`template must be a text, not ${kindOf(template)}`)
  if (params === null) return template
  if (!isJsonObject(params)) return refuse(`params must be a map, not ${kindOf(params)}`)
  return substitute(template, textsOf(params, textOf), work, everyKey)
}

function textsOf(params: JsonObject, textOf: TextOf): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [key, value] of Object.entries(params)) {
    if (key === '') refuse('a key of params is empty')
    texts.set(key, textOf(value, key))
  }
  return texts
}

function substitute(template: string, texts: ReadonlyMap<string, string>, work: Work, everyKey: boolean): string {
  if (texts.size === 0) return template
  if ([...texts.keys()].join('|').length > KEYS_MAX)
    refuse(`the keys of params are longer than ${KEYS_MAX} characters in all`)
  const used = new Set<string>()
  // The pattern tries its keys one after the other at each place.
  work.spend(template.length * Math.ceil(texts.size / 50))
  const result = template.replace(patternOf([...texts.keys()]), (key) => {
    const text = texts.get(key) ?? ''
    used.add(key)
    work.spend(text.length)
    return text
  })
  const unused = everyKey ? [...texts.keys()].filter((key) => !used.has(key)) : []
  if (unused.length > 0) refuse(`the template does not contain ${unused.join(', ')}`)
  return result
}

/** All keys become one regular expression, which has limits of its own. */
const KEYS_MAX = 200_000

/** The longest key wins where several begin; equally long ones are taken in the order of their letters. */
function patternOf(keys: string[]): RegExp {
  const ordered = keys.sort((one, other) => other.length - one.length || (one < other ? -1 : 1))
  return new RegExp(ordered.map((key) => key.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
}

function scalarText(value: Json, key: string): string {
  if (value === null) return ''
  if (typeof value === 'object') return refuse(`params must be texts or numbers; ${key} is ${kindOf(value)}`)
  return typeof value === 'string' ? value : pythonText(value)
}

function anyText(value: Json): string {
  if (value === null || typeof value === 'string') return value ?? ''
  return typeof value === 'object' ? pythonJson(value) : pythonText(value)
}

function presentText(value: Json, key: string): string {
  const empty = value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
  if (empty) return refuse(`the value of ${key} in params is empty`)
  return anyText(value)
}
