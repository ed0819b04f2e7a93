// Going back to a snapshot: what was kept of a resource is laid over its definition. Pure.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { TypeRegistry } from '../../provider/registry.js'
import type { StoredDefinition } from '../../store/templates.js'
import type { KeptStack } from '../../template/definition.js'
import { type HashSecret, toStored } from './declare.js'

/** What a snapshot has of one resource. */
interface Kept {
  readonly data: Json
  /** It was sealed. */
  readonly secret?: readonly string[]
}

/** The definition that brings back what was kept; undefined when that is nothing. A nested stack goes back to its own snapshot. */
export function laidOver(
  { name, requires, body }: StoredDefinition,
  { data, secret: sealed }: Kept,
  types: TypeRegistry,
  hashSecret: HashSecret,
): StoredDefinition | undefined {
  const inside = body.nested && keptStackIn(data)
  if (body.nested && inside) {
    return toStored(name, { ...body, requires, nested: { ...body.nested, restore: inside } }, types, hashSecret)
  }
  const laid = types.get(body.type)?.restore?.(data)
  if (!laid) return undefined
  const definition = { ...body, requires, properties: { ...body.properties, ...laid } }
  const secret = sealed ? [...(body.secret ?? []), ...partsOf(laid)] : body.secret
  return toStored(name, { ...definition, ...(secret && { secret: [...new Set(secret)] }) }, types, hashSecret)
}

function keptStackIn(data: Json): KeptStack | undefined {
  const { stack = null, snapshot = null } = isJsonObject(data) ? data : {}
  return typeof stack === 'number' && typeof snapshot === 'string' ? { stack, snapshot } : undefined
}

const partsOf = (laid: JsonObject) => Object.keys(laid).map((property) => `properties.${property}`)
