// Inputs of a visit: what `get_resource` and `get_attr` give, read from the predecessors' rows at claim time. Only ids
// travel between engines; values are read where they are used.
import { isJsonObject, type Json } from '../lib/json.js'
import type { ResourceType, Thing } from '../provider/contract.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { InputRow } from '../store/claim.js'
import type { Inputs } from '../template/evaluate.js'

/** The inputs as `evaluate` asks for them, over the rows of one stack by name. */
export function inputsFrom(rows: ReadonlyMap<string, InputRow>, types: TypeRegistry): Inputs {
  return {
    reference: (name) => {
      const row = rows.get(name)
      return row ? referenceOf(row, types.get(row.type)) : null
    },
    attribute: (name, attribute, path) => {
      const attributes = rows.get(name)?.attributes ?? {}
      if (attribute === undefined || attribute === 'show') return selectPath(attributes, path)
      return selectPath(attributes[attribute], path)
    },
  }
}

export function thingOf(row: Pick<InputRow, 'physicalId' | 'properties' | 'attributes' | 'privateData'>): Thing {
  return {
    physicalId: row.physicalId ?? '',
    properties: row.properties ?? {},
    attributes: row.attributes ?? {},
    privateData: row.privateData ?? null,
  }
}

export function referenceOf(row: InputRow, type: ResourceType | undefined): Json {
  return type?.reference && row.physicalId !== null ? type.reference(thingOf(row)) : row.physicalId
}

/** What lies at a path inside a value; null where there is nothing. */
function selectPath(value: Json | undefined, path: readonly (string | number)[]): Json {
  let selected = value
  for (const step of path) {
    if (Array.isArray(selected)) selected = selected[Number(step)]
    else if (isJsonObject(selected)) selected = selected[step]
    else return null
  }
  return selected ?? null
}
