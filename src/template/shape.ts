// The checks that every section of a template shares: is it a map, and does it have only known keys?
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import type { Scope } from './scope.js'
import { kindOf, wordOf } from './text.js'

/** The map at `raw`; nothing is an empty map; anything else is a problem. */
export function mapAt(scope: Scope, raw: Json | undefined, what: string): JsonObject {
  if (raw === undefined || raw === null) return {}
  if (isJsonObject(raw)) return raw
  scope.problem(`${what} must be a map, not ${kindOf(raw)}`)
  return {}
}

/** @param since the versions that keys came with which are not known here */
export function checkKeys(
  scope: Scope,
  map: JsonObject,
  known: ReadonlySet<string>,
  what: string,
  since: { readonly [key: string]: string } = {},
): void {
  for (const key of Object.keys(map)) {
    if (known.has(key)) continue
    const version = Object.hasOwn(since, key) ? since[key] : undefined
    const hint = version && `it came with version ${version} of the language`
    scope.at(key, () =>
      scope.problem(`${what} has no key ${key}`, hint ?? didYouMean(key, known) ?? `it has ${[...known].join(', ')}`),
    )
  }
}

/** As `checkKeys` where Heat ignores what it does not know: a template that has such a key runs there, and here. */
export function doubtKeys(scope: Scope, map: JsonObject, known: ReadonlySet<string>, what: string): void {
  for (const key of Object.keys(map)) {
    if (known.has(key)) continue
    const hint = didYouMean(key, known) ?? `it has ${[...known].join(', ')}`
    scope.at(key, () => scope.warn(`${what} has no key ${key}: it means nothing here`, hint))
  }
}

/** A description or label: text, or a scalar that becomes text. */
export function textAt(scope: Scope, map: JsonObject, key: string): string | undefined {
  const raw = map[key]
  if (raw === undefined || raw === null) return undefined
  if (typeof raw === 'object')
    return scope.at(key, () => scope.problem(`expected a text, not ${kindOf(raw)}`)) ?? undefined
  return String(raw)
}

/** A field that is true or false, also written as text. */
export function flagAt(scope: Scope, map: JsonObject, key: string): boolean {
  const raw = map[key] ?? false
  if (typeof raw === 'boolean') return raw
  if (/^(true|false)$/i.test(wordOf(raw))) return String(raw).toLowerCase() === 'true'
  scope.at(key, () => scope.problem(`expected true or false, not ${kindOf(raw)}`))
  return false
}
