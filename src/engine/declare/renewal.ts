// What is new with each update of a stack, though its template says the same: a definition gets another value for the property
// that its type names, and from there on it is a change like any other.
import type { Json } from '../../lib/json.js'
import type { TypeRegistry } from '../../provider/registry.js'
import type { Definition, Template } from '../../template/index.js'
import type { Standpoint } from './options.js'

export interface Renewal {
  readonly updateId: string
  /** Names of the types that are renewed. */
  readonly types: readonly string[]
}

export function renew(template: Template, types: TypeRegistry, { updateId }: Standpoint): Template {
  if (updateId === undefined) return template
  const renewed = [...template.resources].flatMap(([name, definition]): [string, Definition][] => {
    const property = types.get(definition.type)?.renewedBy
    if (property === undefined || definition.properties[property] !== undefined) return []
    return [[name, { ...definition, properties: { ...definition.properties, [property]: updateId } }]]
  })
  if (renewed.length === 0) return template
  return { ...template, resources: new Map([...template.resources, ...renewed]) }
}

export function renewalIn({
  pseudo: { updateId },
  types,
}: {
  readonly pseudo: Standpoint
  readonly types: TypeRegistry
}): Renewal | undefined {
  const renewed = types.renewed()
  return updateId === undefined || renewed.length === 0 ? undefined : { updateId, types: renewed }
}

/** A nested stack in which something may be renewed is updated with the stack around it: wherever such a type is named in what it is made of. */
export function renewedInside(madeOf: Json, { updateId, types }: Renewal): string | undefined {
  const text = JSON.stringify(madeOf)
  return types.some((type) => text.includes(type)) ? updateId : undefined
}
