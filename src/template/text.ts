// How values become text inside other text. Heat is written in Python, and templates have come to rely on its spelling.
import { canonical, isJsonObject, type Json } from '../lib/json.js'
import { mapChildren } from './value.js'

/** JSON as Python prints it: sorted keys, a space after `,` and `:`, ASCII only. */
export function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'number') return pythonText(value)
  if (!isJsonObject(value)) return asciiJson(value)
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${asciiJson(key)}: ${pythonJson(value[key] ?? null)}`)
  return `{${fields.join(', ')}}`
}

function asciiJson(value: string | boolean | null): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A value as Python's `str` writes it: `True`, `None`, numbers in digits, `['a', {'b': 1}]`. */
export function pythonText(value: Json): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return pythonNumber(value)
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return `[${value.map(pythonPart).join(', ')}]`
  const fields = Object.entries(value).map(([key, field]) => `${pythonPart(key)}: ${pythonPart(field)}`)
  return `{${fields.join(', ')}}`
}

/** Fractions below 0.0001 have an exponent of two digits; all others are written as here. */
function pythonNumber(value: number): string {
  const text = Math.abs(value) < 1e-4 && !Number.isInteger(value) ? value.toExponential() : String(value)
  return text.replace(/e([-+])(\d)$/, 'e$10$2')
}

/** A number with a point though its value may be whole, as Python writes it: `1.0`, `-0.0`, `1e+16`. */
export function pythonReal(value: number): string {
  if (!Number.isInteger(value)) return pythonText(value)
  if (Math.abs(value) >= 1e16) return value.toExponential().replace('.0e', 'e')
  return `${Object.is(value, -0) ? '-0' : value}.0`
}

/** Inside a list or map texts are quoted: in double quotes only where they hold single ones and no others. */
function pythonPart(value: Json): string {
  if (typeof value !== 'string') return pythonText(value)
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'"
  const escaped = value.replace(/[\\'\p{C}\p{Z}]/gu, (character) => escapedIn(quote, character))
  return `${quote}${escaped}${quote}`
}

function escapedIn(quote: string, character: string): string {
  if (character === ' ' || (character === "'" && quote !== "'")) return character
  const short = ESCAPES[character]
  if (short !== undefined) return short
  const code = (character.codePointAt(0) ?? 0).toString(16)
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
}

const ESCAPES: { readonly [character: string]: string } = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** Values that are equal in Python have equal texts: there a truth is the number 1 or 0. */
export const pythonKey = (value: Json): string => canonical(withoutTruths(value))

const withoutTruths = (value: Json): Json =>
  typeof value === 'boolean' ? Number(value) : mapChildren(value, withoutTruths)

/** A value in an error message: short, and its kind visible. */
export function show(value: Json): string {
  const text = JSON.stringify(value)
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`
}

/** A word that was written, in a message or to be looked up; what is no word is shown. */
export const wordOf = (value: Json): string =>
  typeof value === 'object' && value !== null ? show(value) : String(value)

/** The kind of a value in words. */
export function kindOf(value: Json): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return { string: 'a text', number: 'a number', boolean: 'a boolean' }[typeof value as 'string' | 'number' | 'boolean']
}
