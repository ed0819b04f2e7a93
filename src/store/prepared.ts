// Statements that a PostgreSQL session keeps, and values as it reads them.
import { hash } from 'node:crypto'
import { assert } from '../lib/assert.js'

const names = new Map<string, string>()
const keyedTexts = new Set<string>()

/**
 * A statement that finds each of its rows by a whole key, and could not do it by another index: there is one good plan, so it
 * need not be made anew each time. Any condition beside the key is written so that no partial index fits it; while
 * statistics say that such an index is empty, it would look better than the key, and a prepared plan stays.
 */
export function keyed(text: string): string {
  keyedTexts.add(text)
  return text
}

export const isKeyed = (text: string): boolean => keyedTexts.has(text)

/** The same name always means the same text: behind a pooler, sessions are shared with other processes. */
export function preparedName(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `isotherm_${hash('sha1', text)}`
  names.set(text, name)
  return name
}

const INVALID_STATEMENT_NAME = '26000'
const DUPLICATE_STATEMENT = '42P05'

/** The session did not know what was prepared, or knew it already: it was not the same session. */
export const isUnprepared = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === INVALID_STATEMENT_NAME || error.code === DUPLICATE_STATEMENT)

/** A list as PostgreSQL writes it: of numbers, texts, booleans and nulls. The driver's own way takes twice as long. */
export function arrayText(values: readonly unknown[]): string {
  let text = '{'
  for (let at = 0; at < values.length; at++) text += at === 0 ? elementText(values[at]) : `,${elementText(values[at])}`
  return `${text}}`
}

const SPECIAL = /["\\]/

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  assert(typeof value === 'string', 'a list of values is one of numbers, texts, booleans and nulls')
  return SPECIAL.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`
}
