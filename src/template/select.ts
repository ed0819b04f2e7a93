// Walking into a value by names and positions, as get_param and get_attr do.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'

/** True and false are the positions 1 and 0 of lists, as in Python, and no names. */
export type PathStep = string | number | boolean

/** The part of `data` at `path`; undefined when there is none. Positions may be written as text, and count from the end when negative. */
export function selectPath(data: Json, path: readonly PathStep[]): Json | undefined {
  let value: Json | undefined = data
  for (const step of path) {
    if (value === undefined) return undefined
    value = stepInto(value, step)
  }
  return value
}

/** What `get_attr` gives of a resource that has `attributes`: all of them without a name and for `show`, null for nothing. */
export function selectAttribute(
  attributes: JsonObject,
  attribute: string | undefined,
  path: readonly PathStep[],
): Json {
  if (attribute === undefined || attribute === 'show') return selectPath(attributes, path) ?? null
  const [first, ...rest] = path
  // Inside a nested stack: [nested, resource.web, address] is the same as [nested, resource.web.address].
  const joined = `${attribute}.${first}`
  if (attribute.startsWith('resource.') && Object.hasOwn(attributes, joined))
    return selectPath(attributes, [joined, ...rest]) ?? null
  return selectPath(attributes, [attribute, ...path]) ?? null
}

const isPosition = (step: PathStep): boolean => typeof step === 'boolean' || /^-?\d+$/.test(String(step))

function stepInto(data: Json, step: PathStep): Json | undefined {
  if (Array.isArray(data)) return isPosition(step) ? data.at(Number(step)) : undefined
  // As in Heat a text is a list of its characters; half a pair of surrogates is none.
  if (typeof data === 'string')
    return isPosition(step) ? /^[^\ud800-\udfff]$/.exec(data.at(Number(step)) ?? '')?.[0] : undefined
  if (!isJsonObject(data) || typeof step === 'boolean') return undefined
  return Object.hasOwn(data, String(step)) ? data[String(step)] : undefined
}
