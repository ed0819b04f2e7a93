// What an unquoted word means: the rules of YAML 1.1 as Heat applies them (`yes` is true, 010 is eight, 1:30 is ninety),
// except that dates stay text, so that `heat_template_version: 2013-05-23` works.
import type { Scalar, ScalarNode } from './tree.js'

const WORDS = new Map<string, Scalar>([
  ...both(['true', 'yes', 'on'], true),
  ...both(['false', 'no', 'off'], false),
  ...both(['null'], null),
  ['~', null],
  ['', null],
])

const INTEGER = /^[-+]?(0|[1-9][0-9_]*)$/
const OCTAL = /^[-+]?0[0-7_]+$/
const BASED = /^[-+]?0(x[0-9a-fA-F_]+|b[01_]+)$/
const SEXAGESIMAL = /^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+$/
const SEXAGESIMAL_FLOAT = /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*$/
const FLOAT = /^([-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?$/
const JSON_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?[eE][-+]?[0-9]+$/
const NOT_FINITE = /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/

/** The node of an unquoted word that begins at `offset`. */
export function plainNode(text: string, offset: number, json = false): ScalarNode {
  const value = plainScalar(text, json)
  const real = typeof value === 'number' && Number.isInteger(value) && REAL.test(text)
  return real ? { kind: 'scalar', offset, value, real } : { kind: 'scalar', offset, value }
}

const REAL = /^[^x]*[.eE]/

/** `json`: the document is JSON, where `1e5` is a number (in YAML 1.1 it is text). */
function plainScalar(text: string, json = false): Scalar {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  const first = text.charCodeAt(0)
  // Only digits, signs and dots begin a number: most words leave here.
  if ((first < 48 || first > 57) && first !== 43 && first !== 45 && first !== 46) return text
  return numberIn(text, json) ?? text
}

/** `.inf` and `.nan` are numbers in YAML that JSON does not have. */
export const notFinite = (text: string): boolean => NOT_FINITE.test(text)

function numberIn(text: string, json: boolean): number | undefined {
  const digits = text.replaceAll('_', '')
  if (INTEGER.test(text)) return exact(digits, 10)
  if (OCTAL.test(text)) return exact(digits.replace('0', ''), 8)
  if (BASED.test(text)) return exact(digits.replace(/0[xb]/, ''), digits.includes('x') ? 16 : 2)
  if (SEXAGESIMAL.test(text)) return sexagesimal(digits)
  if (SEXAGESIMAL_FLOAT.test(text)) return sexagesimal(digits)
  const float = FLOAT.test(text) || (json && JSON_NUMBER.test(text)) ? Number(digits) : Number.NaN
  return Number.isFinite(float) ? float : undefined
}

/** Digits that a number cannot hold exactly stay text rather than lose their end. */
function exact(digits: string, base: number): number | undefined {
  const number = Number.parseInt(digits, base)
  const kept = Number.isSafeInteger(number) || (base === 10 && String(number) === digits)
  return kept ? number + 0 : undefined
}

function sexagesimal(digits: string): number | undefined {
  const sign = digits.startsWith('-') ? -1 : 1
  const total = digits
    .replace(/^[-+]/, '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.abs(total) <= Number.MAX_SAFE_INTEGER ? sign * total : undefined
}

function both(words: string[], value: Scalar): [string, Scalar][] {
  return words.flatMap((word): [string, Scalar][] => [
    [word, value],
    [word.toUpperCase(), value],
    [word.charAt(0).toUpperCase() + word.slice(1), value],
  ])
}
