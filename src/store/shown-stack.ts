// Stacks with all that they are shown with, any number in one statement: nothing is asked for more often.
import type { Sql } from './database.js'
import { FAILING_COLUMNS, TOLD_FAILING } from './failing.js'
import { type Opened, openRows, templatePlace } from './sealing.js'
import type { NamedRow } from './stack-list.js'
import { STACK_COLUMNS } from './stacks.js'
import type { TemplateRow } from './templates.js'

export interface ShownRow extends NamedRow {
  readonly outputs: TemplateRow['outputs'] | null
}

const SHOWN = `select ${STACK_COLUMNS}, t.description, t.parameters, t.outputs,
    w.every_seconds as "everySeconds", w.drift_limit as "driftLimit", w.due_at as "dueAt",
    ${FAILING_COLUMNS}
  from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
  left join isotherm.templates t on t.stack_id = s.id and t.traversal = s.template_traversal
  left join isotherm.watches w on w.stack_id = s.id
  ${TOLD_FAILING}`

/** Also those that have been deleted. What cannot be opened says so by itself. */
export async function readShownByUids(
  sql: Sql,
  project: string,
  uids: readonly string[],
): Promise<(ShownRow & Opened)[]> {
  const rows = await sql.query<ShownRow>(`${SHOWN} where p.name = $1 and s.uid = any($2::uuid[])`, [project, uids])
  return opened(sql, rows)
}

export async function readShown(sql: Sql, id: number): Promise<(ShownRow & Opened) | undefined> {
  const [row] = await opened(sql, await sql.query<ShownRow>(`${SHOWN} where s.id = $1`, [id]))
  return row
}

const opened = (sql: Sql, rows: readonly ShownRow[]): Promise<(ShownRow & Opened)[]> =>
  openRows(sql, rows, {
    columns: ['parameters', 'outputs'],
    placeOf: ({ id, templateTraversal }, part) => templatePlace(id, templateTraversal, part),
  })
