// Templates as users wrote them, and what they said of each resource over time.
import type { WantedGraph } from '../graph/wanted.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { Definition, Output, Parameter } from '../template/definition.js'
import type { Sql } from './database.js'
import { KeyMissing } from './keyring.js'
import { definitionPlace, openRows, sealer, sealRows, templatePlace } from './sealing.js'

const OPEN = 2147483647

export interface TemplateRow {
  readonly description: string
  readonly document: Json
  readonly parameters: { readonly [name: string]: Parameter }
  readonly environment: JsonObject
  readonly files: { readonly [name: string]: string }
  readonly outputs: { readonly [name: string]: Output }
  /** It holds secrets, wherever they stand in it: all of it is sealed. */
  readonly secret?: readonly string[]
}

const PARTS = ['document', 'parameters', 'environment', 'files', 'outputs'] as const

/** Fewer definitions than this are as quickly read as their digest. */
const DIGESTED_MIN = 1_000

/** What is kept of a whole template, so that the same one is known again without reading its definitions. */
export const digestOf = (wanted: WantedGraph): string | null => (wanted.size < DIGESTED_MIN ? null : wanted.digest())

/** Of the definitions of a traversal that brought a whole template; null where it brought a part, or few. */
export async function readDigest(sql: Sql, stackId: number, traversal: number): Promise<string | null> {
  const [row] = await sql.query<{ digest: string | null }>(
    'select definitions_digest as digest from isotherm.templates where stack_id = $1 and traversal = $2',
    [stackId, traversal],
  )
  return row?.digest ?? null
}

/** @param digest of all its definitions, where the template is whole */
export async function storeTemplate(
  sql: Sql,
  stackId: number,
  traversal: number,
  template: TemplateRow,
  digest: string | null,
): Promise<void> {
  const [stored = template] = await sealRows(sql, [template], {
    columns: PARTS,
    placeOf: (_, part) => templatePlace(stackId, traversal, part),
  })
  await sql.query(
    `insert into isotherm.templates (stack_id, traversal, description, document, parameters, environment, files, outputs,
       definitions_digest)
     values ($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6::text::jsonb, $7::text::jsonb, $8::text::jsonb, $9::text)`,
    [stackId, traversal, template.description, ...PARTS.map((part) => JSON.stringify(stored[part])), digest],
  )
}

export async function readTemplate(sql: Sql, stackId: number, traversal: number): Promise<TemplateRow | undefined> {
  const [template] = await sql.query<TemplateRow>(
    `select description, document, parameters, environment, files, outputs from isotherm.templates
     where stack_id = $1 and traversal = $2`,
    [stackId, traversal],
  )
  return template && openTemplate(sql, stackId, traversal, template)
}

/** Throws KeyMissing. */
async function openTemplate(
  sql: Sql,
  stackId: number,
  traversal: number,
  template: TemplateRow,
): Promise<TemplateRow | undefined> {
  const [opened] = await openRows(sql, [template], {
    columns: PARTS,
    placeOf: (_, part) => templatePlace(stackId, traversal, part),
  })
  if (opened?.unreadable !== undefined) throw new KeyMissing(opened.unreadable)
  return opened
}

interface DefinitionSummary {
  readonly name: string
  readonly hash: string
  readonly requires: readonly string[]
}

export interface StoredDefinition extends DefinitionSummary {
  readonly body: DefinitionBody
  /** The body as JSON, where that has been written already. */
  readonly text?: string
}

export type DefinitionBody = Omit<Definition, 'requires'>

/** What differs between the template in force and the one of an earlier traversal; `body` is null where it had none. */
export async function readDefinitionsToRestore(
  sql: Sql,
  stackId: number,
  traversal: number,
): Promise<{ name: string; earlier: StoredDefinition | null }[]> {
  const rows = await sql.query<{ name: string; hash: string | null; requires: string[]; body: DefinitionBody }>(
    `with changed as (
       select distinct name from isotherm.definitions
       where stack_id = $1 and (since > $2 or (until > $2 and until < ${OPEN}))
     )
     select c.name, d.hash, d.requires, d.body from changed c
     left join isotherm.definitions d on d.stack_id = $1 and d.name = c.name and d.since <= $2 and d.until > $2`,
    [stackId, traversal],
  )
  return (await openBodies(sql, stackId, rows)).map(({ name, hash, requires, body }) => ({
    name,
    earlier: hash === null ? null : { name, hash, requires, body },
  }))
}

/** Throws KeyMissing: without its body a definition is of no use. */
async function openBodies<R extends { readonly name: string; readonly hash: string | null; readonly body: object }>(
  sql: Sql,
  stackId: number,
  rows: readonly R[],
): Promise<R[]> {
  const placeOf = ({ name, hash }: R) => definitionPlace(stackId, name, hash ?? '')
  const opened = await openRows(sql, rows, { columns: ['body'], placeOf })
  const unreadable = opened.find((row) => row.unreadable !== undefined)?.unreadable
  if (unreadable !== undefined) throw new KeyMissing(unreadable)
  return opened
}

/** Definitions of these names as the template of a traversal had them. */
export async function readDefinitionsAt(
  sql: Sql,
  stackId: number,
  traversal: number,
  names: readonly string[],
): Promise<StoredDefinition[]> {
  const rows = await sql.query<StoredDefinition>(
    `select name, hash, requires, body from isotherm.definitions
     where stack_id = $1 and name = any($3::text[]) and since <= $2 and until > $2`,
    [stackId, traversal, names],
  )
  return [...(await openBodies(sql, stackId, rows))]
}

/** All that the template of a traversal says, by name. */
export async function readAllDefinitionsAt(sql: Sql, stackId: number, traversal: number): Promise<StoredDefinition[]> {
  const rows = await sql.query<StoredDefinition>(
    `select name, hash, requires, body from isotherm.definitions
     where stack_id = $1 and since <= $2 and until > $2 order by name`,
    [stackId, traversal],
  )
  return [...(await openBodies(sql, stackId, rows))]
}

/** What templates said of one resource, the newest first. */
export async function readDefinitionHistory(
  sql: Sql,
  stackId: number,
  name: string,
  limit: number,
): Promise<{ readonly since: number; readonly body: DefinitionBody }[]> {
  const rows = await sql.query<{ since: number; name: string; hash: string; body: DefinitionBody }>(
    `select since, name, hash, body from isotherm.definitions
     where stack_id = $1 and name = $2 order by since desc limit $3`,
    [stackId, name, limit],
  )
  return openBodies(sql, stackId, rows)
}

/** The type and the policy stay in clear: graphs and arming need them, and nothing else of the body. */
export async function sealBodies<D extends StoredDefinition>(
  sql: Sql,
  stackOf: (definition: D) => number,
  definitions: readonly D[],
): Promise<readonly (Omit<D, 'body'> & { readonly body: object })[]> {
  if (!definitions.some(({ body }) => body.secret)) return definitions
  const seal = await sealer(sql)
  return definitions.map((definition) => {
    const { name, hash, body } = definition
    const { type, deletionPolicy, isotherm, secret } = body
    if (!secret) return definition
    const place = definitionPlace(stackOf(definition), name, hash)
    return {
      ...definition,
      body: seal(place, toJson(body), {
        type,
        deletionPolicy,
        secret: [...secret],
        ...(isotherm && { isotherm: toJson(isotherm) }),
      }),
    }
  })
}

const toJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json
