// What deployments keep with their rows, for whoever asks on behalf of a server.
import type { Json } from '../lib/json.js'
import type { Handle } from './claim.js'
import type { Sql } from './database.js'
import { dataPlace, type Opened, openRows } from './sealing.js'

export interface DeploymentRow extends Opened {
  readonly stack: string
  readonly stackUid: string
  readonly stackId: number
  readonly id: number
  readonly token: string
  readonly resource: string
  readonly status: string
  readonly privateData: Json
  /** Of an operation under way. */
  readonly handle: Handle | null
}

/**
 * The rows of these types in a project, oldest first. One statement, so that a deployment is seen before its settlement
 * or after it, never in neither form. As long as nothing pends, servers are told what was done last, and nobody waits for an answer to that.
 */
export async function readDeploymentRows(
  sql: Sql,
  project: string,
  types: readonly string[],
): Promise<DeploymentRow[]> {
  const rows = await sql.query<DeploymentRow>(
    `select s.name as stack, s.uid as "stackUid", r.stack_id as "stackId", r.id, r.token, r.name as resource,
       case when r.status = 'IN_PROGRESS' and x.handle is null then 'COMPLETE' else r.status end as status, x.private as "privateData", x.handle
     from isotherm.projects p
     join isotherm.stacks s on s.project_id = p.id and s.deleted_at is null
     join isotherm.resources r on r.stack_id = s.id and r.type = any($2::text[])
     join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
     where p.name = $1
     order by r.stack_id, r.id`,
    [project, types],
  )
  return openRows(sql, rows, { columns: ['privateData', 'handle'], placeOf: dataPlace })
}
