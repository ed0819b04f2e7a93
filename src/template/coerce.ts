// What a parameter's value means for its type: Heat's coercions, strict where Heat is strict.
import type { Json } from '../lib/json.js'
import { kindOf, pythonText, show } from './text.js'

export const PARAMETER_TYPES = ['string', 'number', 'comma_delimited_list', 'json', 'boolean'] as const
export type ParameterType = (typeof PARAMETER_TYPES)[number]

type Coerced = { readonly value: Json } | { readonly wrong: string }

/** `wrong` says what the value is not; it may quote the value, so it is not for hidden parameters. */
export function coerce(type: ParameterType, given: Json): Coerced {
  return COERCIONS[type](given)
}

const COERCIONS: { readonly [type in ParameterType]: (given: Json) => Coerced } = {
  string: toText,
  number: toNumber,
  comma_delimited_list: toList,
  json: toJson,
  boolean: toBoolean,
}

/** A list or a map as Python writes it: templates with such values run in Heat. Whoever reads one may warn of it. */
function toText(given: Json): Coerced {
  if (given === null) return { wrong: 'expected a text, not nothing' }
  return { value: typeof given === 'string' ? given : pythonText(given) }
}

function toNumber(given: Json): Coerced {
  if (typeof given === 'number') return { value: given }
  const decimal = typeof given === 'string' && /^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*$/.test(given)
  const number = decimal ? Number(given) : Number.NaN
  return Number.isFinite(number) ? { value: number } : { wrong: `${show(given)} is not a number` }
}

function toList(given: Json): Coerced {
  if (typeof given === 'string') return { value: given === '' ? [] : given.split(',') }
  if (!Array.isArray(given)) return { wrong: `expected a list or a text with commas, not ${kindOf(given)}` }
  return { value: given.map((item) => (typeof item === 'string' ? item : pythonText(item))) }
}

/** Any value, as in Heat, where an empty text stays one. */
function toJson(given: Json): Coerced {
  const value = typeof given === 'string' && given !== '' ? parsed(given) : given
  return value === undefined ? { wrong: `expected a map, a list, or their JSON text, not ${show(given)}` } : { value }
}

function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

const TRUE = new Set(['t', 'true', 'on', 'y', 'yes', '1'])
const FALSE = new Set(['f', 'false', 'off', 'n', 'no', '0'])

function toBoolean(given: Json): Coerced {
  if (typeof given === 'boolean') return { value: given }
  const word = typeof given === 'object' ? '' : String(given).trim().toLowerCase()
  if (TRUE.has(word)) return { value: true }
  return FALSE.has(word) ? { value: false } : { wrong: `${show(given)} is not a boolean` }
}
