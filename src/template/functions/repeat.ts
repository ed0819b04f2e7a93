// repeat: a template once for each combination of values, the variables replaced as plain text in texts and keys.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { eager, isOpen, type Operation, refuse, type TemplateFunction } from '../function.js'
import { doubtKeys } from '../shape.js'
import { kindOf, pythonJson, pythonText } from '../text.js'
import { setField, type Value } from '../value.js'
import { sizeOf, type Work } from '../work.js'

interface Abilities {
  readonly maps: boolean
  readonly permutations: boolean
}

const operation = (name: string, abilities: Abilities): Operation => ({
  name,
  check: (argument) => void (isOpen(argument) || partsOf(argument, abilities)),
  apply: (argument, work) => repeat(argument, work, abilities),
})

const overLists = operation('repeat_lists', { maps: false, permutations: false })
const overMaps = operation('repeat_maps', { maps: true, permutations: false })
const full = operation('repeat', { maps: true, permutations: true })

export const repeatOperations = [overLists, overMaps, full]

const resembles = (argument: Json) => isJsonObject(argument) && 'for_each' in argument

const KEYS: ReadonlySet<string> = new Set(['template', 'for_each'])
const FULL_KEYS: ReadonlySet<string> = new Set([...KEYS, 'permutations'])

export const repeatFunctions = [
  noting(eager('repeat', { since: '2015-04-30', until: '2016-10-14', resembles }, overLists), KEYS),
  noting(eager('repeat', { since: '2016-10-14', until: '2017-09-01', resembles }, overMaps), KEYS),
  noting(eager('repeat', { since: '2017-09-01', resembles }, full), FULL_KEYS),
]

/** Other keys mean nothing, as in Heat; `permutations` among them before there were any. */
function noting(found: TemplateFunction, keys: ReadonlySet<string>): TemplateFunction {
  return {
    ...found,
    resolve(scope, argument) {
      if (isJsonObject(argument) && !scope.isCall(argument)) doubtKeys(scope, argument, keys, 'repeat')
      return found.resolve(scope, argument)
    },
  }
}

interface Parts {
  readonly template: Json
  readonly forEach: Json
  readonly permutations: Json
}

function partsOf(argument: Value, abilities: Abilities): Parts {
  const expected = `expected a map with the keys ${[...(abilities.permutations ? FULL_KEYS : KEYS)].join(', ')}`
  if (!isJsonObject(argument)) return refuse(expected)
  const { template, for_each: forEach, permutations = true } = argument
  if (template === undefined || forEach === undefined) return refuse(expected)
  return { template, forEach, permutations: abilities.permutations ? permutations : true }
}

function repeat(argument: Json, work: Work, abilities: Abilities): Json {
  const { template, forEach, permutations } = partsOf(argument, abilities)
  if (!isJsonObject(forEach)) return refuse(`for_each must be a map, not ${kindOf(forEach)}`)
  if (typeof permutations !== 'boolean')
    return refuse(`permutations must be true or false, not ${kindOf(permutations)}`)
  const variables = Object.keys(forEach)
  if (variables.length === 0 || variables.includes('')) return refuse('for_each must name its variables')
  const lists = variables.map((name) => valuesOf(name, forEach[name] ?? null, abilities))
  // What is nothing leaves nothing to go through side by side, however long the others are.
  const empty = variables.some((name) => forEach[name] === null)
  const rows = permutations || empty ? product(lists, work) : zip(lists)
  const size = sizeOf(template)
  return rows.map((row) => {
    work.spend(size)
    return fill(template, variables, row, work)
  })
}

function valuesOf(name: string, values: Json, abilities: Abilities): readonly Json[] {
  if (values === null) return []
  if (Array.isArray(values)) return values
  if (abilities.maps && isJsonObject(values)) return Object.keys(values)
  return refuse(`the values for ${name} must be a list, not ${kindOf(values)}`)
}

/** All combinations; the last variable changes fastest. */
function product(lists: readonly (readonly Json[])[], work: Work): Json[][] {
  work.spend(lists.reduce((count, list) => count * list.length, 1))
  let rows: Json[][] = [[]]
  for (const list of lists) rows = rows.flatMap((row) => list.map((value) => [...row, value]))
  return rows
}

function zip(lists: readonly (readonly Json[])[]): Json[][] {
  const length = lists[0]?.length ?? 0
  if (lists.some((list) => list.length !== length)) return refuse('without permutations the lists must be equally long')
  return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? null))
}

function fill(template: Json, variables: readonly string[], row: readonly Json[], work: Work): Json {
  if (typeof template === 'string') return fillText(template, variables, row, work)
  if (Array.isArray(template)) return template.map((item) => fill(item, variables, row, work))
  if (!isJsonObject(template)) return template
  const fields: JsonObject = {}
  for (const [key, value] of Object.entries(template)) {
    const filledKey = fillText(key, variables, row, work)
    setField(
      fields,
      typeof filledKey === 'string' ? filledKey : pythonJson(filledKey),
      fill(value, variables, row, work),
    )
  }
  return fields
}

/** A text that is nothing but a variable becomes the value itself, whatever its kind. */
function fillText(template: string, variables: readonly string[], row: readonly Json[], work: Work): Json {
  let text = template
  for (const [index, variable] of variables.entries()) {
    const value = row[index] ?? null
    if (text === variable) {
      if (typeof value !== 'string') return value
      text = value
    } else if (text.includes(variable)) {
      const pieces = text.split(variable)
      const filling = textOf(value)
      work.spend(filling.length * (pieces.length - 1))
      text = pieces.join(filling)
    }
  }
  return text
}

function textOf(value: Json): string {
  if (value === null || typeof value === 'string') return value ?? ''
  return typeof value === 'object' ? pythonJson(value) : pythonText(value)
}
