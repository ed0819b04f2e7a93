// Which other resources a value waits for, and where in it each is named.

import { isJsonObject } from '../lib/json.js'
import { type Call, callOf, type Value } from './value.js'

export interface Reference {
  readonly resource: string
  /** Absent for get_resource, for all attributes at once, and for an attribute whose name must be evaluated first. */
  readonly attribute?: string
  /** Where inside the value, for example `['content', 0]` or `['body', 'str_replace', 'params']`; empty for the value itself. */
  readonly path: readonly (string | number)[]
}

/** Every reference in `value`, in the order of the text. Quoted data has none. */
export function referencesOf(value: Value): Reference[] {
  const found: Reference[] = []
  collect(value, [], found)
  return found
}

function collect(value: Value, path: (string | number)[], found: Reference[]): void {
  const call = callOf(value)
  if (call?.name === 'quote') return
  if (call?.name === 'get_resource' || call?.name === 'get_attr') {
    note(call, path, found)
    path.push(call.name)
    collectItems(call.args, 1, path, found)
    path.pop()
  } else if (call) within(call.name, call.args[0] ?? null, path, found)
  else if (Array.isArray(value)) collectItems(value, 0, path, found)
  else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) within(key, value[key] ?? null, path, found)
  }
}

function note(call: Call, path: readonly (string | number)[], found: Reference[]): void {
  const [resource, attribute] = call.args
  if (typeof resource !== 'string') return
  const named = call.name === 'get_attr' && typeof attribute === 'string' ? { attribute } : {}
  found.push({ resource, ...named, path: path.slice() })
}

function collectItems(items: readonly Value[], from: number, path: (string | number)[], found: Reference[]): void {
  for (let index = from; index < items.length; index++) within(index, items[index] ?? null, path, found)
}

function within(key: string | number, child: Value, path: (string | number)[], found: Reference[]): void {
  if (typeof child !== 'object') return
  path.push(key)
  collect(child, path, found)
  path.pop()
}
