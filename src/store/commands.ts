// Commands by their ids: how a commander learns whether its command happened when the answer to the commit was lost.
import type { Sql } from './database.js'
import { announcing } from './listen.js'

/**
 * In the transaction of the command, once it has done its work; whoever listens hears of it when that has been committed.
 * @returns false when one with this id has happened before.
 */
export async function noteCommand(sql: Sql, stackId: number, id: string): Promise<boolean> {
  const rows = await sql.query(
    `insert into isotherm.commands (stack_id, id, traversal)
     select id, $2::uuid, traversal from isotherm.stacks where id = $1
     on conflict do nothing returning id, ${announcing('command', 'id::text')}`,
    [stackId, id],
  )
  return rows.length > 0
}

/** The caller holds the stack's lock, so that the transaction in question has ended, one way or the other. */
export async function hasCommand(sql: Sql, stackId: number, id: string): Promise<boolean> {
  const rows = await sql.query('select id from isotherm.commands where stack_id = $1 and id = $2', [stackId, id])
  return rows.length > 0
}
