// Taking many nested stacks down in a few statements: what converging to nothing and the beginning of clean-up write for one.
import { retireStacks } from './arm.js'
import type { Sql } from './database.js'
import type { OnFailure } from './stacks.js'

export interface Removal {
  readonly id: number
  readonly onFailure: OnFailure
  readonly traceparent: string | null
}

const STARTED = 'Stack DELETE started'

/** The caller holds the stacks exclusively. Nothing is wanted of them any more, so clean-up begins at once. */
export async function takeDownStacks(
  sql: Sql,
  removals: readonly Removal[],
): Promise<{ id: number; name: string; traversal: number; reason: string }[]> {
  if (removals.length === 0) return []
  const started = await sql.query<{ id: number; name: string; traversal: number; reason: string }>(
    `update isotherm.stacks s
     set action = 'DELETE', status = 'IN_PROGRESS', stage = 'cleanup', reason = $2, traversal = s.traversal + 1,
       template_traversal = s.traversal + 1, on_failure = r."onFailure", failed = false, cancelled = false, cause = null,
       deadline_at = null, updated_at = isotherm.clock(), traceparent = r.traceparent
     from json_to_recordset($1::text::json) as r(id int, "onFailure" text, traceparent text)
     where s.id = r.id returning s.id, s.name, s.traversal, s.reason`,
    [JSON.stringify(removals), STARTED],
  )
  const ids = started.map(({ id }) => id)
  await sql.query(
    `insert into isotherm.templates (stack_id, traversal) select id, traversal from isotherm.stacks where id = any($1::int[])`,
    [ids],
  )
  await sql.query(
    `update isotherm.definitions d set until = s.traversal from isotherm.stacks s
     where s.id = any($1::int[]) and d.stack_id = s.id and d.until = 2147483647`,
    [ids],
  )
  await retireStacks(sql, ids)
  return started
}
