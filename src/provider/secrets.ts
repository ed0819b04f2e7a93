// Keeping secrets out of messages: whatever a type or the far side says about an error, the values do not appear in it.
import { isJsonObject, type Json } from '../lib/json.js'
import type { ResourceType } from './contract.js'

type Known = { readonly [name: string]: Json | undefined }

/** The text with the values of secret properties blotted out, however deep they lie in them. */
export function withoutSecrets(type: ResourceType, properties: Known, text: string): string {
  const secrets = Object.keys(type.properties).filter((name) => type.properties[name]?.secret)
  return secrets.length === 0 ? text : blot(text, ...secrets.map((name) => properties[name]))
}

/** Below this a text is no secret, and blotting it out would garble every message. */
const SHORTEST_SECRET = 3
/** A word of a secret text, such as the token behind `Bearer`, counts from here on. */
const SHORTEST_WORD = 8

/** The text with every text and number within `secrets` blotted out, as it is and as JSON or an address would hold it. */
export function blot(text: string, ...secrets: (Json | undefined)[]): string {
  let safe = text
  const found = secrets.flatMap((secret) => textsIn(secret ?? null))
  // Longest first, or a part would be blotted out and the rest of the whole left standing.
  for (const secret of found.sort((one, other) => other.length - one.length)) {
    for (const form of formsOf(secret)) safe = safe.replaceAll(form, '******')
  }
  return safe
}

/** A value with the same blotted out of every text in it; whatever is wholly secret is hidden. */
export function blotJson<T extends Json>(value: T, secrets: readonly Json[]): T {
  if (secrets.length === 0) return value
  return blotted(value, secrets) as T
}

function blotted(value: Json, secrets: readonly Json[]): Json {
  if (typeof value === 'string') return blot(value, ...secrets)
  if (typeof value === 'number') return blot(String(value), ...secrets) === String(value) ? value : '******'
  if (Array.isArray(value)) return value.map((item) => blotted(item, secrets))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [blot(name, ...secrets), blotted(field, secrets)]),
  )
}

const formsOf = (secret: string): Iterable<string> =>
  new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.replace(/\p{Surrogate}/gu, '\uFFFD')),
  ])

function textsIn(value: Json): string[] {
  if (typeof value === 'number') return textsIn(String(value))
  if (typeof value === 'string') {
    const words = value.split(/\s+/).filter((word) => word.length >= SHORTEST_WORD)
    return value.length >= SHORTEST_SECRET ? [value, ...words] : []
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
