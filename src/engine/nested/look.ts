// Looking into nested stacks that are complete: what they give to the stack around them, many at a time.
import { groupBy } from '../../lib/group-by.js'
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
  const rows = groupBy(await readMembers(sql, withMembers), byStack)
  const values = await outputValues(sql, types, templates)
  return new Map(
    templates.map(({ id, document }) => {
      const definitions = definitionsIn(document)
      const members = (rows.get(`${id}`) ?? []).map((row) => memberOf(row, definitions, types))
      return [id, { outputs: values.get(id) ?? {}, members }]
    }),
  )
}

const byStack = ({ stackId }: { readonly stackId: number }) => `${stackId}`

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
  const rows = groupBy(await readInputs(sql, [...names.values()]), byStack)
  return new Map(
    templates.map(({ id, outputs }) => {
      const own = new Map((rows.get(`${id}`) ?? []).map((row) => [row.name, row]))
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
