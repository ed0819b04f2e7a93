// The end of a stage: facts about a stack as a whole, read under its lock.
import type { StackFacts } from '../graph/stage.js'
import type { Sql } from './database.js'
import { IS_HELD } from './hooks.js'

/** What `nextStage` wants to know. A few look-ups in partial indexes: the stack's size does not matter. */
export async function readFacts(sql: Sql, stackId: number): Promise<StackFacts | undefined> {
  const [facts] = await sql.query<StackFacts>(
    `select s.action, s.stage, s.on_failure as "onFailure", s.failed,
       exists (select from isotherm.resources r
         where r.stack_id = s.id and r.phase is not null and r.traversal = s.traversal) as armed,
       exists (select from isotherm.resources r
         where r.stack_id = s.id and r.state in ('ready', 'parked') and r.state = 'ready' and r.traversal = s.traversal)
         or exists (select from isotherm.resources r
           where s.hooks is not null and r.stack_id = s.id and r.traversal = s.traversal and r.phase is not null and ${IS_HELD}) as ready,
       exists (select from isotherm.resources r where r.stack_id = s.id and r.state = 'running')
         or exists (select from isotherm.resources r
           where r.stack_id = s.id and r.state in ('ready', 'parked') and r.state = 'parked') as busy
     from isotherm.stacks s where s.id = $1 and s.status = 'IN_PROGRESS'`,
    [stackId],
  )
  return facts
}

/** A stack comes to rest: what was to be tried again will not be, and says so. */
export async function failUnfinished(sql: Sql, stackId: number): Promise<void> {
  await sql.query(
    `update isotherm.resources r
     set status = 'FAILED', reason = coalesce(r.reason, 'stopped before it was finished'), updated_at = isotherm.clock()
     from isotherm.stacks s
     where s.id = $1 and r.stack_id = s.id and (r.phase is not null or r.stale) and r.status = 'IN_PROGRESS'
       and r.state not in ('running', 'parked')`,
    [stackId],
  )
}

/** Whether some version other than the current ones is still there. */
export async function hasEarlierVersions(sql: Sql, stackId: number): Promise<boolean> {
  const rows = await sql.query('select from isotherm.resources where stack_id = $1 and not current limit 1', [stackId])
  return rows.length > 0
}

/** Nothing of a deleted stack remains but its own row, its templates and its history. */
export async function clearDeletedStack(sql: Sql, stackId: number): Promise<void> {
  await sql.query('delete from isotherm.definitions where stack_id = $1', [stackId])
}
