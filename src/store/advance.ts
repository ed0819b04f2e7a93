// The end of a stage: facts about a stack as a whole, read under its lock.
import type { StackFacts } from '../graph/stage.js'
import { assert } from '../lib/assert.js'
import type { Sql } from './database.js'
import { IS_HELD } from './hooks.js'
import { STACK_COLUMNS, type StackRow } from './stacks.js'

/** A stack with what `nextStage` wants to know of it. */
export type Standing = StackRow & Pick<StackFacts, 'armed' | 'ready' | 'busy' | 'outdated'>

/**
 * A few looks into partial indexes: the stack's size does not matter. Each is the least or greatest of what its index holds for the
 * stack: asked whether there is any, the planner may take it for certain and go through the stack until it meets one.
 */
export async function readStanding(sql: Sql, stackId: number): Promise<Standing> {
  const [standing] = await sql.query<Standing>(
    `select ${STACK_COLUMNS},
       (s.traversal = (select max(r.traversal) from isotherm.resources r
         where r.stack_id = s.id and r.phase is not null)) is true as armed,
       (select min(r.due_at) from isotherm.resources r
         where r.stack_id = s.id and r.state in ('ready', 'parked') and r.state = 'ready' and r.traversal = s.traversal) is not null
         or exists (select from isotherm.resources r
           where s.hooks is not null and r.stack_id = s.id and r.traversal = s.traversal and r.phase is not null and ${IS_HELD}) as ready,
       exists (select from isotherm.resources r where r.stack_id = s.id and r.state = 'running')
         or (select min(r.due_at) from isotherm.resources r
           where r.stack_id = s.id and r.state in ('ready', 'parked') and r.state = 'parked') is not null as busy,
       (select min(r.name) from isotherm.resources r where r.stack_id = s.id and not r.current) is not null as outdated
     from isotherm.stacks s join isotherm.projects p on p.id = s.project_id where s.id = $1`,
    [stackId],
  )
  assert(standing, 'a stack stays in the books when it has been deleted')
  return standing
}

/** A stack comes to rest: what was to be tried again will not be, and says so. */
export async function failUnfinished(sql: Sql, stackId: number): Promise<void> {
  await sql.query(
    `with unfinished as (
       update isotherm.resources r
       set status = 'FAILED', reason = coalesce(r.reason, 'stopped before it was finished'), updated_at = isotherm.clock()
       from isotherm.stacks s
       where s.id = $1 and r.stack_id = s.id and (r.phase is not null or r.stale) and r.status = 'IN_PROGRESS'
         and r.state not in ('running', 'parked')
       returning r.stack_id, s.traversal, r.id, r.name, r.type, r.physical_id, r.action, r.status, r.reason
     )
     insert into isotherm.events (stack_id, traversal, resource_id, name, type, physical_id, action, status, reason)
     select stack_id, traversal, id, name, type, physical_id, action, status, reason from unfinished order by id`,
    [stackId],
  )
}

/** Nothing of a deleted stack remains but its own row, its templates and its history. */
export async function clearDeletedStack(sql: Sql, stackId: number): Promise<void> {
  await sql.query('delete from isotherm.definitions where stack_id = $1', [stackId])
}
