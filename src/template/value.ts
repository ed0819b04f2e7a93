// Symbolic values. After parameters are resolved a definition is JSON in which what depends on other resources is
// still a call: an object whose only key is `$`, holding the function's name and its arguments. Data that happens to
// look like a call is quoted, so that text from a parameter or a file is never taken for a function.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'

/** JSON that may contain calls, for example `{ "$": ["get_attr", "server", "address"] }`. */
export type Value = Json

export interface Call {
  readonly name: string
  readonly args: readonly Value[]
}

export const makeCall = (name: string, ...args: Value[]): Value => ({ $: [name, ...args] })

/** The call that `value` is, or undefined when it is plain data. */
export function callOf(value: Value): Call | undefined {
  if (!isJsonObject(value)) return undefined
  const call = value.$
  if (!Array.isArray(call) || Object.keys(value).length !== 1) return undefined
  const [name, ...args] = call
  return typeof name === 'string' ? { name, args } : undefined
}

/** Makes data safe to stand in a symbolic value: objects that look like calls are quoted; the rest is not copied. */
export function quote(data: Json): Value {
  return callOf(data) ? makeCall('quote', data) : mapChildren(data, quote)
}

/** `data` with each field or item replaced by what `change` makes of it: the same object when nothing changes. */
export function mapChildren(data: Json, change: (child: Json, key: string | number) => Json): Json {
  if (Array.isArray(data)) return mapItems(data, change)
  if (!isJsonObject(data)) return data
  let changed: JsonObject | undefined
  for (const key of Object.keys(data)) {
    const before = data[key] ?? null
    const after = change(before, key)
    if (after === before) continue
    changed ??= { ...data }
    setField(changed, key, after)
  }
  return changed ?? data
}

function mapItems(items: Json[], change: (child: Json, key: number) => Json): Json[] {
  let changed: Json[] | undefined
  for (let index = 0; index < items.length; index++) {
    const before = items[index] ?? null
    const after = change(before, index)
    if (after === before) continue
    changed ??= [...items]
    changed[index] = after
  }
  return changed ?? items
}

/** What an `if` without a third argument gives when its condition is false: the field or item is left out. */
export const OMITTED: JsonObject = Object.freeze({})

/** The value of a parameter that has a problem of its own: whatever uses it is not told as a second one. */
export const BROKEN: JsonObject = Object.freeze({})

/** The value of a parameter that is not known yet: what uses it stays symbolic, and is not looked into. */
export const OPEN: JsonObject = Object.freeze({})

/** Assigns a field whatever its name: a plain assignment to `__proto__` would change the object's kind instead. */
export function setField(fields: JsonObject, key: string, value: Json): void {
  if (key !== '__proto__') fields[key] = value
  else Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true })
}
