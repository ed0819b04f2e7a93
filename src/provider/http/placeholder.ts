// `{id}` and its like in the requests that a template describes. Only the known names are placeholders; every other brace
// is left alone. Text that is filled in is never looked at again.
import { isJsonObject, type Json } from '../../lib/json.js'
import { at } from './pointer.js'

/** What placeholders stand for; those that are not known (yet) stand for nothing. */
export interface Placeholders {
  readonly url: string
  readonly token: string
  readonly project: string
  readonly stack: string
  readonly name: string
  readonly id?: string | undefined
  readonly location?: string | undefined
  readonly body: Json
}

const PLACEHOLDER = /\{(url|token|project|stack|name|id|location|body)((?:\.[\w-]+)*)\}/g
const ONLY_PLACEHOLDER = new RegExp(`^${PLACEHOLDER.source}$`)

/** The text with its placeholders filled in. A value that is no text stands there as JSON. */
export function fillText(text: string, values: Placeholders): string {
  return text.replace(PLACEHOLDER, (_, name: keyof Placeholders, path: string) => textOf(lookUp(values, name, path)))
}

/** An address with its placeholders filled in, percent-encoded but for a whole address at the start. */
export function fillUrl(text: string, values: Placeholders): string {
  return text.replace(PLACEHOLDER, (_, name: keyof Placeholders, path: string, offset: number) => {
    const filled = textOf(lookUp(values, name, path))
    const isAddress = offset === 0 && (name === 'url' || name === 'location')
    return isAddress ? filled : encodeURIComponent(filled.replace(/\p{Surrogate}/gu, '\uFFFD'))
  })
}

/** JSON with the placeholders in its texts filled in; a text that is one placeholder becomes the value itself. */
export function fillJson(value: Json, values: Placeholders): Json {
  if (typeof value === 'string') {
    const [, name, path = ''] = ONLY_PLACEHOLDER.exec(value) ?? []
    return name ? lookUp(values, name as keyof Placeholders, path) : fillText(value, values)
  }
  if (Array.isArray(value)) return value.map((item) => fillJson(item, values))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fillJson(field, values)]))
}

function lookUp(values: Placeholders, name: keyof Placeholders, path: string): Json {
  const value = values[name] ?? null
  return path === '' ? value : (at(value, path.replaceAll('.', '/')) ?? null)
}

const textOf = (value: Json): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
