// Functions over maps: map_merge and map_replace.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { eager, isOpen, type Operation, refuse } from '../function.js'
import { kindOf } from '../text.js'
import { setField, type Value } from '../value.js'
import type { Work } from '../work.js'

const merge: Operation = { name: 'map_merge', check: checkMaps, apply: mergeMaps }
const replace: Operation = { name: 'map_replace', apply: replaceInMap }

export const mapOperations = [merge, replace]

const resembles = (argument: Json) => Array.isArray(argument)

export const mapFunctions = [
  eager('map_merge', { since: '2016-04-08', resembles }, merge),
  eager('map_replace', { since: '2016-10-14', resembles }, replace),
]

function checkMaps(argument: Value): void {
  if (isOpen(argument)) return
  if (!Array.isArray(argument)) refuse('expected a list of maps')
  const wrong = argument.find((item) => item !== null && !isJsonObject(item))
  if (wrong !== undefined) refuse(`expected a list of maps; one item is ${kindOf(wrong)}`)
}

function mergeMaps(argument: Json, work: Work): Json {
  if (!Array.isArray(argument)) return refuse('expected a list of maps')
  const merged: JsonObject = {}
  for (const map of argument) {
    if (map === null) continue
    if (!isJsonObject(map)) return refuse(`expected a list of maps; one item is ${kindOf(map)}`)
    const fields = Object.entries(map)
    work.spend(fields.length)
    for (const [key, value] of fields) setField(merged, key, value)
  }
  return merged
}

function replaceInMap(argument: Json, work: Work): Json {
  if (!Array.isArray(argument) || argument.length !== 2) return refuse('expected a list: [map, { keys, values }]')
  const [map = null, replacements = null] = argument
  if (map === null) return {}
  if (!isJsonObject(map)) return refuse(`expected a map first, not ${kindOf(map)}`)
  const keys = partOf(replacements, 'keys')
  const values = partOf(replacements, 'values')
  const replaced: JsonObject = {}
  work.spend(Object.keys(map).length)
  for (const [key, value] of Object.entries(map)) {
    setField(replaced, newKey(key, keys, map, replaced), newValue(value, values))
  }
  return replaced
}

function partOf(replacements: Json, name: 'keys' | 'values'): JsonObject {
  if (replacements === null) return {}
  if (!isJsonObject(replacements)) return refuse(`expected a map { keys, values } second, not ${kindOf(replacements)}`)
  const wrong = Object.keys(replacements).find((key) => key !== 'keys' && key !== 'values')
  if (wrong !== undefined) return refuse(`the second map has the keys keys and values, not ${wrong}`)
  const part = replacements[name] ?? null
  if (part === null) return {}
  return isJsonObject(part) ? part : refuse(`${name} must be a map, not ${kindOf(part)}`)
}

function newKey(key: string, keys: JsonObject, map: JsonObject, replaced: JsonObject): string {
  const wanted = Object.hasOwn(keys, key) ? (keys[key] ?? null) : null
  if (wanted === null) return key
  if (typeof wanted === 'object') return refuse(`the new key for ${key} must be a text, not ${kindOf(wanted)}`)
  const renamed = String(wanted)
  if (renamed !== key && (Object.hasOwn(map, renamed) || Object.hasOwn(replaced, renamed))) {
    return refuse(`the new key ${renamed} for ${key} is taken already`)
  }
  return renamed
}

/** Lists and maps are never looked up, as in Heat. */
function newValue(value: Json, values: JsonObject): Json {
  if (value === null || typeof value === 'object') return value
  return Object.hasOwn(values, String(value)) ? (values[String(value)] ?? null) : value
}
