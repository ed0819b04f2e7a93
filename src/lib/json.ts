// JSON as a type, its canonical text, and hashes over it. Everything that is compared or stored passes through here.
import { createHash } from 'node:crypto'

export type Json = null | boolean | number | string | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Narrows a JSON value to an object (not a list, not null). */
export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The one text of a value: keys sorted, no white space. Equal values give equal texts. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const fields: string[] = []
  for (const key of Object.keys(value).sort()) {
    const field = value[key]
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${canonical(field)}`)
  }
  return `{${fields.join(',')}}`
}

/** 128 bits of SHA-256 over the canonical text, written as a UUID so that a row holds it in 16 bytes. */
export function hashOf(value: Json): string {
  const hex = createHash('sha256').update(canonical(value)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

export const equalJson = (one: Json, other: Json): boolean => one === other || canonical(one) === canonical(other)
