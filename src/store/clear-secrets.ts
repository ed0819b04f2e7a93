// Secrets that lie in clear: a database that was used without a key, or by an older program, may hold some. Found by what
// templates say of their parameters, and by the types that bear secrets.
import type { Json } from '../lib/json.js'
import type { Sql } from './database.js'
import { secretHash } from './keyring.js'
import { dataPlace, definitionPlace, sealer, templatePlace } from './sealing.js'
import type { DefinitionBody } from './templates.js'

/** Which types bear secrets: in an attribute, or in these properties. */
export interface SecretTypes {
  readonly bearing: readonly string[]
  readonly properties: readonly { readonly type: string; readonly property: string }[]
}

export interface ClearStack {
  readonly id: number
  /** `web`, or `project/web`. */
  readonly stack: string
  readonly atRest: boolean
}

export async function readClearStacks(sql: Sql, types: SecretTypes): Promise<ClearStack[]> {
  return sql.query(
    `select s.id, case when p.name = 'default' then s.name else p.name || '/' || s.name end as stack,
       s.status <> 'IN_PROGRESS' as "atRest"
     from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where exists (
         select from isotherm.templates t
         cross join jsonb_each(case when t.parameters ? '$sealed' then '{}' else t.parameters end) as q(name, parameter)
         where t.stack_id = s.id and parameter->>'hidden' = 'true')
       or exists (
         select from isotherm.definitions d
         where d.stack_id = s.id and not d.body ? '$sealed' and (d.body->>'type' = any($1::text[])
           or exists (select from unnest($2::text[], $3::text[]) as b(type, property)
             where b.type = d.body->>'type' and d.body->'properties' ? b.property)))
     order by s.id limit 100`,
    [types.bearing, types.properties.map(({ type }) => type), types.properties.map(({ property }) => property)],
  )
}

/**
 * Seals all of a stack, for what is secret in it may have gone anywhere. The caller holds the stack's lock, and the stack
 * is at rest: so a definition and the rows that were brought to it change their hashes together.
 */
export async function sealStack(sql: Sql, stackId: number): Promise<void> {
  const hash = secretHash(sql) ?? ((plain: string) => plain)
  const seal = await sealer(sql)
  const write = (text: string, values: readonly unknown[]) => sql.query(text, [stackId, ...values])
  for (const { name, until, hash: plain, body } of await readClearDefinitions(sql, stackId)) {
    const { secret = [], type, deletionPolicy } = body
    const hidden = hash(plain)
    const sealed = seal(definitionPlace(stackId, name, hidden), jsonOf({ ...body, secret }), {
      type,
      deletionPolicy,
      secret: [...secret],
    })
    await write(
      `update isotherm.definitions set body = $4::text::jsonb, hash = $5::uuid where stack_id = $1 and name = $2 and until = $3`,
      [name, until, JSON.stringify(sealed), hidden],
    )
  }
  for (const row of await readClearData(sql, stackId)) {
    const columns = ['properties', 'attributes', 'metadata', 'private', 'intent', 'handle', 'observed'] as const
    const values = columns.map((column) => {
      const place = dataPlace({ stackId, id: row.id }, column === 'private' ? 'privateData' : column)
      const value = row[column]
      return value === null ? null : JSON.stringify(seal(place, value, { secret: [] }))
    })
    await write(
      `update isotherm.resource_data set properties = $3::text::jsonb, attributes = $4::text::jsonb,
         metadata = $5::text::jsonb, private = $6::text::jsonb, intent = $7::text::jsonb, handle = $8::text::jsonb,
         observed = $9::text::jsonb
       where stack_id = $1 and id = $2`,
      [row.id, ...values],
    )
    await write(
      `update isotherm.resources set definition_hash = $3::uuid, properties_hash = $4::uuid where stack_id = $1 and id = $2`,
      [row.id, row.definitionHash && hash(row.definitionHash), row.propertiesHash && hash(row.propertiesHash)],
    )
  }
  for (const row of await readClearTemplates(sql, stackId)) {
    const parts = ['document', 'parameters', 'environment', 'files', 'outputs'] as const
    const values = parts.map((part) =>
      JSON.stringify(seal(templatePlace(stackId, row.traversal, part), row[part], { secret: [] })),
    )
    await write(
      `update isotherm.templates set document = $3::text::jsonb, parameters = $4::text::jsonb,
         environment = $5::text::jsonb, files = $6::text::jsonb, outputs = $7::text::jsonb
       where stack_id = $1 and traversal = $2`,
      [row.traversal, ...values],
    )
  }
}

const jsonOf = (body: DefinitionBody): Json => JSON.parse(JSON.stringify(body)) as Json

function readClearDefinitions(sql: Sql, stackId: number) {
  return sql.query<{ name: string; until: number; hash: string; body: DefinitionBody }>(
    `select name, until, hash, body from isotherm.definitions where stack_id = $1 and not body ? '$sealed'`,
    [stackId],
  )
}

function readClearData(sql: Sql, stackId: number) {
  type Wide = {
    readonly [column in 'properties' | 'attributes' | 'metadata' | 'private' | 'intent' | 'handle' | 'observed']: Json
  }
  return sql.query<Wide & { id: number; definitionHash: string | null; propertiesHash: string | null }>(
    `select x.id, x.properties, x.attributes, x.metadata, x.private, x.intent, x.handle, x.observed,
       r.definition_hash as "definitionHash", r.properties_hash as "propertiesHash"
     from isotherm.resource_data x join isotherm.resources r on r.stack_id = x.stack_id and r.id = x.id
     where x.stack_id = $1 and not x.attributes ? '$sealed'`,
    [stackId],
  )
}

function readClearTemplates(sql: Sql, stackId: number) {
  type Parts = { readonly [part in 'document' | 'parameters' | 'environment' | 'files' | 'outputs']: Json }
  return sql.query<Parts & { traversal: number }>(
    `select traversal, document, parameters, environment, files, outputs from isotherm.templates
     where stack_id = $1 and not parameters ? '$sealed'`,
    [stackId],
  )
}
