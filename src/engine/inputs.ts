// Inputs of a visit: what `get_resource` and `get_attr` give, read from the predecessors' rows at claim time. Only ids
// travel between engines; values are read where they are used.
import type { Json } from '../lib/json.js'
import type { ResourceType, Thing } from '../provider/contract.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { InputRow } from '../store/claim.js'
import type { Inputs } from '../template/evaluate.js'
import { selectAttribute } from '../template/select.js'

/** The inputs as `evaluate` asks for them, over the rows of one stack by name. */
export function inputsFrom(rows: ReadonlyMap<string, InputRow>, types: TypeRegistry): Inputs {
  return {
    reference: (name) => {
      const row = rows.get(name)
      return row ? referenceOf(row, types.get(row.type)) : null
    },
    attribute: (name, attribute, path) => selectAttribute(rows.get(name)?.attributes ?? {}, attribute, path),
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
