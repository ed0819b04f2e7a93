// What must not be shown is replaced before it leaves the library.
import { secretValues } from '../engine/secrecy.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { ResourceType } from '../provider/contract.js'
import { blotJson } from '../provider/secrets.js'
import type { TemplateRow } from '../store/templates.js'
import type { ResourceData } from '../store/views.js'

export const HIDDEN = '******'

export function visibleParameters(parameters: TemplateRow['parameters']): { [name: string]: Json } {
  const entries = Object.entries(parameters)
  return Object.fromEntries(entries.map(([name, { value, hidden }]) => [name, hidden ? HIDDEN : value]))
}

/**
 * The data of a version as it may be shown: what is secret by its type or by where it came from is hidden, and blotted out
 * of attributes that repeat it.
 */
export function visibleData(
  data: ResourceData | undefined,
  type: ResourceType | undefined,
): { properties: JsonObject | null; attributes: JsonObject; metadata: Json } {
  if (data?.unreadable !== undefined) return { properties: null, attributes: {}, metadata: data.unreadable }
  const { properties = null, attributes = {}, metadata = {}, secret = [] } = data ?? {}
  const values = data ? secretValues(secret, { properties: properties ?? {}, attributes, metadata }, type) : []
  const isSecret = (name: string) => secret.includes(`properties.${name}`) || type?.properties[name]?.secret === true
  return {
    properties: properties && hide(properties, isSecret),
    attributes: blotJson(
      hide(attributes, (name) => type?.attributes?.[name]?.secret === true),
      values,
    ),
    metadata: secret.includes('metadata') ? HIDDEN : metadata,
  }
}

const hide = (values: JsonObject, isSecret: (name: string) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isSecret(name) ? HIDDEN : value]))
