// Looking into nested stacks that are complete: what they give to the stack around them, many at a time.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { Member } from '../../provider/composite.js'
import type { TypeRegistry } from '../../provider/registry.js'
import { readInputs } from '../../store/claim.js'
import type { Sql } from '../../store/database.js'
import { type MemberRow, readChildTemplates, readMembers } from '../../store/nested.js'
import { EvaluationError, evaluate, type Output, referencesOf } from '../../template/index.js'
import { inputsFrom, referenceOf } from '../inputs.js'

/** What is seen of one nested stack. */
export interface Seen {
  readonly outputs: JsonObject
  readonly members: readonly Member[]
}

/** @param wanted by the stack's id: whether its members are looked at as well. */
export async function lookInto(
  sql: Sql,
  types: TypeRegistry,
  wanted: ReadonlyMap<number, { readonly members: boolean }>,
): Promise<Map<number, Seen>> {
  const withMembers = [...wanted].filter(([, { members }]) => members).map(([id]) => id)
  const templates = await readChildTemplates(sql, [...wanted.keys()], withMembers)
  const rows = await readMembers(sql, withMembers)
  const values = await outputValues(sql, types, templates)
  return new Map(
    templates.map(({ id, document }) => {
      const own = rows.filter(({ stackId }) => stackId === id)
      const members = own.map((row) => memberOf(row, definitionsIn(document), types))
      return [id, { outputs: values.get(id) ?? {}, members }]
    }),
  )
}

async function outputValues(
  sql: Sql,
  types: TypeRegistry,
  templates: readonly { id: number; outputs: { readonly [name: string]: Output } }[],
): Promise<Map<number, JsonObject>> {
  const names = new Map<string, { stackId: number; name: string }>()
  for (const { id, outputs } of templates) {
    for (const { value } of Object.values(outputs)) {
      for (const { resource } of referencesOf(value)) names.set(`${id}/${resource}`, { stackId: id, name: resource })
    }
  }
  const rows = await readInputs(sql, [...names.values()])
  return new Map(
    templates.map(({ id, outputs }) => {
      const own = new Map(rows.filter(({ stackId }) => stackId === id).map((row) => [row.name, row]))
      const inputs = inputsFrom(own, types)
      return [
        id,
        Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, valueGiven(value, inputs)])),
      ]
    }),
  )
}

/** An output that cannot be worked out gives nothing; the stack itself tells why. */
function valueGiven(value: Json, inputs: ReturnType<typeof inputsFrom>): Json {
  try {
    return evaluate(value, inputs)
  } catch (error) {
    if (error instanceof EvaluationError) return null
    throw error
  }
}

/** Templates of groups are written as objects. */
function definitionsIn(document: Json): JsonObject {
  const template = isJsonObject(document) ? document.object : null
  const resources = isJsonObject(template) ? template.resources : null
  return isJsonObject(resources) ? resources : {}
}

function memberOf(row: MemberRow, definitions: JsonObject, types: TypeRegistry): Member {
  const definition = definitions[row.name]
  return {
    name: row.name,
    status: row.status,
    reference: referenceOf(row, types.get(row.type)),
    attributes: row.attributes ?? {},
    definition: isJsonObject(definition) ? definition : {},
  }
}
