// A stack with all that it is shown with, in one statement: nothing is asked for more often.
import type { Sql } from './database.js'
import { STACK_COLUMNS, type StackRow } from './stacks.js'
import { openTemplate, type TemplateRow } from './templates.js'
import type { WatchRow } from './watches.js'

export interface ShownStack {
  readonly stack: StackRow
  readonly template: TemplateRow | undefined
  readonly watch: WatchRow | undefined
}

type Beside = Omit<TemplateRow, 'secret'> & WatchRow
type Row = StackRow & { [K in keyof Beside]: Beside[K] | null }

const SHOWN = `select ${STACK_COLUMNS}, t.description, t.document, t.parameters, t.environment, t.files, t.outputs,
    w.every_seconds as "everySeconds", w.drift_limit as "driftLimit", w.due_at as "dueAt"
  from isotherm.stacks s join isotherm.projects p on p.id = s.project_id
  left join isotherm.templates t on t.stack_id = s.id and t.traversal = s.template_traversal
  left join isotherm.watches w on w.stack_id = s.id`

/** Also one that has been deleted. Throws KeyMissing. */
export async function readShownByUid(sql: Sql, project: string, uid: string): Promise<ShownStack | undefined> {
  const [row] = await sql.query<Row>(`${SHOWN} where p.name = $1 and s.uid = $2`, [project, uid])
  return row && shown(sql, row)
}

/** Throws KeyMissing. */
export async function readShown(sql: Sql, id: number): Promise<ShownStack | undefined> {
  const [row] = await sql.query<Row>(`${SHOWN} where s.id = $1`, [id])
  return row && shown(sql, row)
}

async function shown(sql: Sql, row: Row): Promise<ShownStack> {
  const { id, templateTraversal, description, document, parameters, environment, files, outputs } = row
  const { everySeconds, driftLimit, dueAt } = row
  const isThere = parameters !== null && environment !== null && files !== null && outputs !== null
  const template = isThere
    ? { description: description ?? '', document, parameters, environment, files, outputs }
    : undefined
  const isWatched = everySeconds !== null && driftLimit !== null && dueAt !== null
  return {
    stack: row,
    template: template && (await openTemplate(sql, id, templateTraversal, template)),
    watch: isWatched ? { everySeconds, driftLimit, dueAt } : undefined,
  }
}
