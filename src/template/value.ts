// Symbolic values. After parameters are resolved a definition is JSON in which what depends on other resources is
// still a call: an object whose only key is `$`, holding the function's name and its arguments. Data that happens to
// look like a call is quoted, so that text from a parameter or a file is never taken for a function.
import { isJsonObject, type Json } from '../lib/json.js'

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

/** Makes data safe to stand in a symbolic value: objects that look like calls are quoted. */
export function quote(data: Json): Value {
  if (Array.isArray(data)) return data.map(quote)
  if (!isJsonObject(data)) return data
  const fields = Object.fromEntries(Object.entries(data).map(([key, field]) => [key, quote(field)]))
  return callOf(data) ? makeCall('quote', data) : fields
}
