// Lists of a project's stacks: filtered, sorted, a page at a time. A page is found by its place in an index, not by
// counting the pages before it.
import type { Sql } from './database.js'
import { FAILING_COLUMNS, type FailingColumns, TOLD_FAILING } from './failing.js'
import { type Opened, openRows, templatePlace } from './sealing.js'
import { STACK_COLUMNS, type StackRow } from './stacks.js'
import type { TemplateRow } from './templates.js'

/** As clients name them, and what each sorts by. */
const SORTED_BY = {
  stack_name: (table: string) => `${table}.name`,
  stack_status: (table: string) => `${table}.status`,
  creation_time: (table: string) => `${table}.created_at`,
  updated_time: (table: string) => `coalesce(${table}.updated_at, '-infinity')`,
}

export type StackSortKey = keyof typeof SORTED_BY
export const isStackSortKey = (word: string): word is StackSortKey => Object.hasOwn(SORTED_BY, word)

export interface StackFilter {
  readonly ids?: readonly string[]
  readonly names?: readonly string[]
  readonly actions?: readonly string[]
  readonly statuses?: readonly string[]
  /** Who made it. */
  readonly users?: readonly string[]
  /** All of them, any of them; not all of them, none of them. */
  readonly tags?: readonly string[]
  readonly tagsAny?: readonly string[]
  readonly notTags?: readonly string[]
  readonly notTagsAny?: readonly string[]
  readonly withDeleted?: boolean
  /** Those that are parts of others as well. */
  readonly withNested?: boolean
  /** Ids of the stacks that they are parts of. */
  readonly owners?: readonly string[]
  /** By name or id, where those of all projects are listed. */
  readonly projects?: readonly string[]
}

export interface StackOrder {
  readonly sort: readonly StackSortKey[]
  readonly descending: boolean
  /** Of stacks on a page. */
  readonly limit?: number
}

/** The first value is the project's name. */
const PROJECT = '(select id from isotherm.projects where name = $1)'

/** What a filter asks, each with the value that it compares with. What is not asked stands in no statement, so that it costs no plan. */
function conditionsOf(project: string | null, filter: StackFilter): { conditions: string[]; values: unknown[] } {
  const values: unknown[] = []
  const conditions: string[] = []
  const ask = (value: unknown, condition: (place: string) => string) => {
    if (value === undefined || value === null) return
    values.push(value)
    conditions.push(condition(`$${values.length}`))
  }
  ask(project, () => `s.project_id = ${PROJECT}`)
  ask(filter.projects, (at) => `(p.uid = any(${at}::text[]) or p.name = any(${at}::text[]))`)
  ask(filter.ids, (at) => `s.uid = any(${at}::uuid[])`)
  ask(filter.names, (at) => `s.name = any(${at}::text[])`)
  ask(filter.actions, (at) => `s.action = any(${at}::text[])`)
  ask(filter.statuses, (at) => `s.status = any(${at}::text[])`)
  ask(filter.users, (at) => `s.made_by = any(${at}::text[])`)
  ask(filter.tags, (at) => `s.tags @> ${at}::text[]`)
  ask(filter.tagsAny, (at) => `s.tags && ${at}::text[]`)
  ask(filter.notTags, (at) => `not s.tags @> ${at}::text[]`)
  ask(filter.notTagsAny, (at) => `not s.tags && ${at}::text[]`)
  ask(filter.owners, (at) => `s.parent_id in (select o.id from isotherm.stacks o where o.uid = any(${at}::uuid[]))`)
  if (!filter.withDeleted) conditions.push('s.deleted_at is null')
  if (!(filter.withNested ?? filter.owners !== undefined)) conditions.push('s.parent_id is null')
  return { conditions: conditions.length > 0 ? conditions : ['true'], values }
}

/** What is told of a stack in a list. Times are as JSON has them. */
export type ListedRow = Pick<
  StackRow,
  | 'uid'
  | 'project'
  | 'name'
  | 'action'
  | 'status'
  | 'reason'
  | 'traversal'
  | 'tags'
  | 'madeBy'
  | 'timeoutMinutes'
  | 'rollbackDisabled'
  | 'parentUid'
> & {
  readonly createdAt: string
  readonly updatedAt: string | null
  readonly deletedAt: string | null
  readonly projectUid: string
}

const LISTED_COLUMNS = `s.uid, p.name as project, s.name, s.action, s.status, s.reason, s.traversal, s.tags, s.made_by as "madeBy",
  s.timeout_minutes as "timeoutMinutes", s.rollback_disabled as "rollbackDisabled", s.created_at as "createdAt",
  s.updated_at as "updatedAt", s.deleted_at as "deletedAt", p.uid as "projectUid",
  (select around.uid from isotherm.stacks around where around.id = s.parent_id) as "parentUid"`

/**
 * Pages of the same list, each after another stack, by one statement: what a statement costs, it costs once, and a page comes as one text,
 * which takes half the time of rows and columns (measured: docs/performance.md, "The server").
 * @param project by its name; null: of all projects, which is for operators only.
 * @param markers ids of stacks that pages begin after; without any, the first page
 * @returns a page for each marker that is a stack of the project (of the first page, the marker is ''): nothing is told of what is
 *   not the caller's, and neither is where it stands in the order
 */
export async function listStackPages(
  sql: Sql,
  project: string | null,
  filter: StackFilter,
  { sort, descending, limit }: StackOrder,
  markers: readonly string[],
): Promise<Map<string, ListedRow[]>> {
  const { conditions, values } = conditionsOf(project, filter)
  const place = (table: string) => [...sort.map((key) => SORTED_BY[key](table)), `${table}.id`]
  const direction = descending ? 'desc' : 'asc'
  const after = markers.length > 0 ? [`(${place('s').join()}) ${descending ? '<' : '>'} (${place('m').join()})`] : []
  values.push(limit ?? null)
  const page = `select coalesce(json_agg(page), '[]') from (
      select ${LISTED_COLUMNS} from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
      where ${[...conditions, ...after].join(' and ')}
      order by ${place('s')
        .map((key) => `${key} ${direction}`)
        .join()}
      limit $${values.length}
    ) page`
  if (markers.length > 0) values.push(markers)
  const rows = await sql.query<{ marker: string; stacks: ListedRow[] }>(
    markers.length > 0
      ? `select m.uid as marker, (${page}) as stacks from unnest($${values.length}::uuid[]) as asked(marker)
         join isotherm.stacks m on m.uid = asked.marker${project === null ? '' : ` and m.project_id = ${PROJECT}`}`
      : `select '' as marker, (${page}) as stacks`,
    values,
  )
  return new Map(rows.map(({ marker, stacks }) => [marker, stacks]))
}

export async function countStacks(sql: Sql, project: string | null, filter: StackFilter): Promise<number> {
  const { conditions, values } = conditionsOf(project, filter)
  const [found] = await sql.query<{ count: number }>(
    `select count(*)::int as count from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where ${conditions.join(' and ')}`,
    values,
  )
  return found?.count ?? 0
}

export interface NamedPage {
  /** Those that are parts of others as well. */
  readonly nested: boolean
  /** The name of the last stack of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

/** With each stack what it is shown with in a list, so that a page is one statement. Names are those of living stacks. */
export interface NamedRow extends StackRow, FailingColumns {
  readonly description: string | null
  readonly parameters: TemplateRow['parameters'] | null
  readonly everySeconds: number | null
  readonly driftLimit: number | null
  readonly dueAt: Date | null
}

export async function listByName(
  sql: Sql,
  project: string,
  { nested, after, limit }: NamedPage,
): Promise<(NamedRow & Opened)[]> {
  const rows = await sql.query<NamedRow>(
    `select ${STACK_COLUMNS}, t.description, t.parameters, w.every_seconds as "everySeconds", w.drift_limit as "driftLimit",
       w.due_at as "dueAt", ${FAILING_COLUMNS}
     from isotherm.projects p join isotherm.stacks s on s.project_id = p.id
     left join isotherm.templates t on t.stack_id = s.id and t.traversal = s.template_traversal
     left join isotherm.watches w on w.stack_id = s.id
     ${TOLD_FAILING}
     where p.name = $1 and s.deleted_at is null and ($2::boolean or s.parent_id is null)
       and ($3::text is null or s.name > $3::text)
     order by s.name limit $4`,
    [project, nested, after ?? null, limit],
  )
  return openRows(sql, rows, {
    columns: ['parameters'],
    placeOf: ({ id, templateTraversal }) => templatePlace(id, templateTraversal, 'parameters'),
  })
}
