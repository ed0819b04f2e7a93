// What must not be shown is replaced before it leaves the library.
import type { Json } from '../lib/json.js'
import type { TemplateRow } from '../store/templates.js'
import { HIDDEN } from './preview.js'

export function visibleParameters(template: TemplateRow | undefined): { [name: string]: Json } {
  const entries = Object.entries(template?.parameters ?? {})
  return Object.fromEntries(entries.map(([name, { value, hidden }]) => [name, hidden ? HIDDEN : value]))
}

/** Values as they may be shown: secrets hidden. */
export function hide<T extends { [name: string]: Json }>(
  values: T,
  schemas: { readonly [name: string]: { readonly secret?: boolean } } | undefined,
): T {
  const entries = Object.entries(values).map(([name, value]) => [name, schemas?.[name]?.secret ? HIDDEN : value])
  return Object.fromEntries(entries) as T
}
