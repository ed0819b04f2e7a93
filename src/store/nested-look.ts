// Where a nested stack hangs in the stack around it.
import type { Json } from '../lib/json.js'
import type { Sql } from './database.js'

export interface NestedPlace {
  readonly childId: number
  readonly token: string
  readonly memory: Json
}

/** The nested stack of the current version of a resource; a deleted one is none. */
export async function readNestedPlace(sql: Sql, stackId: number, name: string): Promise<NestedPlace | undefined> {
  const [place] = await sql.query<NestedPlace>(
    `select s.id as "childId", r.token, x.private as memory
     from isotherm.resources r
     join isotherm.stacks s on s.parent_id = r.stack_id and s.parent_resource = r.id and s.deleted_at is null
     left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
     where r.stack_id = $1 and r.name = $2 and r.current`,
    [stackId, name],
  )
  return place
}
