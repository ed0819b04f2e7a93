// Projects: whose stacks are whose. A project is made when somebody with the right to it first comes by.
import type { Sql } from './database.js'

export interface ProjectRow {
  readonly id: number
  /** As addresses name it; never changes. */
  readonly uid: string
  readonly name: string
}

const COLUMNS = 'id, uid, name'

export async function readProject(sql: Sql, uid: string): Promise<ProjectRow | undefined> {
  const [project] = await sql.query<ProjectRow>(`select ${COLUMNS} from isotherm.projects where uid = $1`, [uid])
  return project
}

export async function readProjectNamed(sql: Sql, name: string): Promise<ProjectRow | undefined> {
  const [project] = await sql.query<ProjectRow>(`select ${COLUMNS} from isotherm.projects where name = $1`, [name])
  return project
}

/** Two that make the same one at once both find it. */
export async function ensureProject(sql: Sql, name: string, uid?: string): Promise<ProjectRow> {
  await sql.query(
    `insert into isotherm.projects (name, uid) values ($1, coalesce($2::text, replace(gen_random_uuid()::text, '-', '')))
     on conflict do nothing`,
    [name, uid ?? null],
  )
  const project = await readProjectNamed(sql, name)
  if (!project) throw new Error(`project ${name} is not there`)
  return project
}

export async function listProjects(sql: Sql): Promise<ProjectRow[]> {
  return sql.query(`select ${COLUMNS} from isotherm.projects order by name`)
}

/** @param max events that are kept of each stack of the project; null: as many as of other projects */
export async function limitEvents(sql: Sql, projectId: number, max: number | null): Promise<void> {
  await sql.query('update isotherm.projects set events_per_stack_max = $2 where id = $1', [projectId, max])
}
