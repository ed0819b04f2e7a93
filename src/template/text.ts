// How values become text inside other text. Heat is written in Python, and templates have come to rely on its spelling.
import { isJsonObject, type Json } from '../lib/json.js'

/** JSON as Python prints it: sorted keys, a space after `,` and `:`, ASCII only. */
export function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (!isJsonObject(value)) return asciiJson(value)
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${asciiJson(key)}: ${pythonJson(value[key] ?? null)}`)
  return `{${fields.join(', ')}}`
}

function asciiJson(value: string | number | boolean | null): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A scalar as Python's `str` writes it: `True`, `False`, numbers in digits. */
export function pythonText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}

/** A value in an error message: short, and its kind visible. */
export function show(value: Json): string {
  const text = JSON.stringify(value)
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`
}

/** The kind of a value in words. */
export function kindOf(value: Json): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return { string: 'a text', number: 'a number', boolean: 'a boolean' }[typeof value as 'string' | 'number' | 'boolean']
}
