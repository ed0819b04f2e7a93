// Lists of a project's stacks: filtered, sorted, a page at a time. A page is found by its place in an index, not by
// counting the pages before it.
import type { Sql } from './database.js'
import { STACK_COLUMNS, type StackRow } from './stacks.js'

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
}

export interface StackPage {
  readonly sort: readonly StackSortKey[]
  readonly descending: boolean
  /** The id of the last stack of the page before. */
  readonly marker?: string
  readonly limit?: number
}

const FILTER = `p.name = $1 and ($2::uuid[] is null or s.uid = any($2::uuid[])) and ($3::text[] is null or s.name = any($3::text[]))
  and ($4::text[] is null or s.action = any($4::text[])) and ($5::text[] is null or s.status = any($5::text[]))
  and ($6::text[] is null or s.made_by = any($6::text[])) and ($7::text[] is null or s.tags @> $7::text[])
  and ($8::text[] is null or s.tags && $8::text[]) and ($9::text[] is null or not s.tags @> $9::text[])
  and ($10::text[] is null or not s.tags && $10::text[]) and ($11::boolean or s.deleted_at is null)
  and ($12::boolean or s.parent_id is null)
  and ($13::uuid[] is null or s.parent_id in (select o.id from isotherm.stacks o where o.uid = any($13::uuid[])))`

const filterValues = (project: string, filter: StackFilter): unknown[] => [
  project,
  filter.ids ?? null,
  filter.names ?? null,
  filter.actions ?? null,
  filter.statuses ?? null,
  filter.users ?? null,
  filter.tags ?? null,
  filter.tagsAny ?? null,
  filter.notTags ?? null,
  filter.notTagsAny ?? null,
  filter.withDeleted ?? false,
  filter.withNested ?? filter.owners !== undefined,
  filter.owners ?? null,
]

export async function listStackPage(
  sql: Sql,
  project: string,
  filter: StackFilter,
  { sort, descending, marker, limit }: StackPage,
): Promise<StackRow[]> {
  const place = (table: string) => [...sort.map((key) => SORTED_BY[key](table)), `${table}.id`]
  const direction = descending ? 'desc' : 'asc'
  return sql.query<StackRow>(
    `select ${STACK_COLUMNS} from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
     where ${FILTER}
       and ($14::uuid is null or (${place('s').join()}) ${descending ? '<' : '>'}
         (select ${place('m').join()} from isotherm.stacks m where m.uid = $14::uuid and m.project_id = p.id))
     order by ${place('s')
       .map((key) => `${key} ${direction}`)
       .join()}
     limit $15`,
    [...filterValues(project, filter), marker ?? null, limit ?? null],
  )
}

export async function countStacks(sql: Sql, project: string, filter: StackFilter): Promise<number> {
  const [found] = await sql.query<{ count: number }>(
    `select count(*)::int as count from isotherm.stacks s join isotherm.projects p on p.id = s.project_id where ${FILTER}`,
    filterValues(project, filter),
  )
  return found?.count ?? 0
}
