// What definitions in force say under `isotherm:`, and what a plan does about it before anything is armed.
import type { Extensions } from '../template/extensions.js'
import type { Sql } from './database.js'
import { versionsNamed } from './versions.js'

/** Of those definitions in force that say anything. The index holds no others, so a stack without any costs nothing. */
export async function readExtensions(sql: Sql, stackId: number): Promise<Map<string, Extensions>> {
  const rows = await sql.query<{ name: string; isotherm: Extensions }>(
    `select name, body->'isotherm' as isotherm from isotherm.definitions
     where stack_id = $1 and until = 2147483647 and body ? 'isotherm'`,
    [stackId],
  )
  return new Map(rows.map(({ name, isotherm }) => [name, isotherm]))
}

/** Which of the names the template in force has. The caller holds the stack's lock. */
export async function readNamesInForce(sql: Sql, stackId: number, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set()
  const rows = await sql.query<{ name: string }>(
    `select name from isotherm.definitions where stack_id = $1 and until = 2147483647 and name = any($2::text[])`,
    [stackId, names],
  )
  return new Set(rows.map(({ name }) => name))
}

/** Which of the names have a version of any kind. */
export async function readNamesOfThings(sql: Sql, stackId: number, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set()
  const rows = await sql.query<{ name: string }>(
    `select distinct name from isotherm.resources where stack_id = $1 and id in ${versionsNamed('= any($2::text[])')}`,
    [stackId, names],
  )
  return new Set(rows.map(({ name }) => name))
}

/**
 * All versions of a name get another one. The caller holds the stack's lock, so nobody reads names meanwhile; an engine
 * that is at work on one of them settles it by its id.
 */
export async function rename(sql: Sql, stackId: number, from: string, to: string): Promise<void> {
  await sql.query(`update isotherm.resources set name = $3 where stack_id = $1 and id in ${versionsNamed('= $2')}`, [
    stackId,
    from,
    to,
  ])
}
