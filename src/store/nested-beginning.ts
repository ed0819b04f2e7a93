// The first rows of nested stacks: those of many stacks by one statement for each table.
import type { HookRule } from '../template/hooks.js'
import { columnsOf, listText as idsText } from './columns.js'
import { listText as textsText } from './copy-text.js'
import type { Sql } from './database.js'
import { keyed } from './prepared.js'
import { needsSeal, sealRows, templatePlace } from './sealing.js'
import type { OnFailure } from './stacks.js'
import { type StoredDefinition, sealBodies, type TemplateRow } from './templates.js'

export interface NewChild {
  readonly uid: string
  readonly name: string
  readonly projectId: number
  readonly parentId: number
  readonly parentResource: number
  readonly rootId: number
  readonly depth: number
  readonly composedHash: string
  readonly onFailure: OnFailure
  readonly timeoutSeconds: number | null
  readonly reason: string
  readonly traceparent: string | null
  readonly hooks: readonly HookRule[] | null
}

/** The uid is the parent version's token: of two who begin the same nested stack, one finds that it is there. */
export async function insertChildren(sql: Sql, children: readonly NewChild[]): Promise<{ id: number; uid: string }[]> {
  if (children.length === 0) return []
  return sql.query(
    `insert into isotherm.stacks (uid, project_id, name, action, status, stage, traversal, template_traversal, reason,
       parent_id, parent_resource, root_id, depth, composed_hash, on_failure, deadline_at, traceparent, hooks)
     select uid, "projectId", name, 'CREATE', 'IN_PROGRESS', 'update', 1, 1, reason,
       "parentId", "parentResource", "rootId", depth, "composedHash", "onFailure",
       isotherm.clock() + make_interval(secs => "timeoutSeconds"), traceparent, hooks
     from json_to_recordset($1::text::json) as c(uid uuid, "projectId" int, name text, reason text, "parentId" int,
       "parentResource" bigint, "rootId" int, depth int, "composedHash" uuid, "onFailure" text, "timeoutSeconds" float8,
       traceparent text, hooks jsonb)
     on conflict do nothing returning id, uid`,
    [JSON.stringify(children)],
  )
}

/** The same of several stacks: it is sent, and read by the database, once for all of them. */
interface Common {
  readonly stackIds: readonly number[]
}

/** What is sealed is sealed for one stack. */
const apart = <R extends Common>(row: R): R[] => row.stackIds.map((stackId) => ({ ...row, stackIds: [stackId] }))
const onlyStack = ({ stackIds: [stackId = 0] }: Common): number => stackId

export async function insertTemplates(sql: Sql, templates: readonly (TemplateRow & Common)[]): Promise<void> {
  if (templates.length === 0) return
  const columns = ['document', 'parameters', 'environment', 'files', 'outputs'] as const
  const isSealed = needsSeal<TemplateRow>(columns)
  const rows = templates.flatMap((row) => (isSealed(row) ? apart(row) : row))
  const sealed = await sealRows(sql, rows, { columns, placeOf: (row, part) => templatePlace(onlyStack(row), 1, part) })
  const all = columnsOf(sealed)
  await sql.query(
    keyed(`insert into isotherm.templates (stack_id, traversal, description, document, parameters, environment, files, outputs)
     select s.id, 1, description, document, parameters, environment, files, outputs
     from (
       select stack_ids::int[] as stack_ids, description, document::jsonb as document, parameters::jsonb as parameters,
         environment::jsonb as environment, files::jsonb as files, outputs::jsonb as outputs
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         as t(stack_ids, description, document, parameters, environment, files, outputs) offset 0
     ) t cross join lateral unnest(t.stack_ids) as s(id)`),
    [
      ...[all('stackIds').map(idsText), all('description')],
      ...columns.map((column) => all(column).map((part) => JSON.stringify(part))),
    ],
  )
}

export async function insertFirstDefinitions(
  sql: Sql,
  definitions: readonly (StoredDefinition & Common)[],
): Promise<void> {
  if (definitions.length === 0) return
  const rows = definitions.flatMap((row) => (row.body.secret ? apart(row) : row))
  const sealed = await sealBodies(sql, onlyStack, rows)
  const all = columnsOf(sealed)
  await sql.query(
    keyed(`insert into isotherm.definitions (stack_id, name, since, hash, requires, body)
     select s.id, name, 1, hash, requires, body
     from (
       select stack_ids::int[] as stack_ids, name, hash, requires::text[] as requires, body::jsonb as body
       from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[]) as d(stack_ids, name, hash, requires, body) offset 0
     ) d cross join lateral unnest(d.stack_ids) as s(id)
     order by s.id`),
    [
      all('stackIds').map(idsText),
      all('name'),
      all('hash'),
      all('requires').map(textsText),
      all('body').map((body) => JSON.stringify(body)),
    ],
  )
}

export interface FirstRow {
  readonly stackId: number
  readonly id: number
  readonly name: string
  readonly type: string
  readonly retain: boolean
  readonly awaiting: number
  readonly tells: readonly number[]
}

export async function insertFirstRows(sql: Sql, rows: readonly FirstRow[]): Promise<void> {
  if (rows.length === 0) return
  const all = columnsOf(rows)
  await sql.query(
    keyed(`insert into isotherm.resources
       (stack_id, id, name, type, retain, current, traversal, phase, awaiting, tells, state, due_at)
     select stack_id, id, name, type, retain, true, 1, 'update', awaiting, tells::bigint[],
       case when awaiting = 0 then 'ready' else 'waiting' end, isotherm.clock()
     from unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::int[], $7::text[])
       as r(stack_id, id, name, type, retain, awaiting, tells)`),
    [
      ...[all('stackId'), all('id'), all('name'), all('type'), all('retain'), all('awaiting')],
      all('tells').map(idsText),
    ],
  )
}
