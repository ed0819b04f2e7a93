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

/** Which of the names stand for something in the world. What is being made at this moment comes later, and is unmade with its name. */
export async function readNamesMade(sql: Sql, stackId: number, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set()
  const rows = await sql.query<{ name: string }>(
    `select distinct name from isotherm.resources
     where stack_id = $1 and physical_id is not null and id in ${versionsNamed('= any($2::text[])')}`,
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

/** The nested stacks that go with their resources, when those go: not what is retained, nor what is on its way out already. Under the stack's lock none comes or goes. */
export async function readNestedToGo(sql: Sql, stackId: number): Promise<{ id: number; name: string; type: string }[]> {
  return sql.query(
    `select s.id, r.name, r.type from isotherm.stacks s
     join isotherm.resources r on r.stack_id = s.parent_id and r.id = s.parent_resource and r.current and not r.retain
     where s.parent_id = $1 and s.deleted_at is null`,
    [stackId],
  )
}

export interface ProtectedInside {
  /** Of those that were asked about. */
  readonly stackId: number
  /** From there: `page/text`. */
  readonly path: string
}

/**
 * What is protected in these stacks and in those nested in them, exists, and would not stay in the world by itself. A nested stack that comes to be after this look is
 * looked into again before it is taken down.
 */
export async function readProtectedInside(sql: Sql, stackIds: readonly number[]): Promise<ProtectedInside[]> {
  if (stackIds.length === 0) return []
  return sql.query(
    `with recursive inside as (
       select id as asked, id, ''::text as path from unnest($1::int[]) as s(id)
       union all
       select inside.asked, c.id, inside.path || r.name || '/'
       from inside join isotherm.stacks c on c.parent_id = inside.id and c.deleted_at is null
       join isotherm.resources r on r.stack_id = c.parent_id and r.id = c.parent_resource and not r.retain
     )
     select inside.asked as "stackId", inside.path || d.name as path
     from inside join isotherm.definitions d on d.stack_id = inside.id and d.until = 2147483647 and d.body ? 'isotherm'
     where d.body->'isotherm'->>'protect' = 'true' and exists (
       select from isotherm.resources r where r.stack_id = d.stack_id and r.name = d.name and r.current and not r.retain and r.physical_id is not null)
     order by 1, 2`,
    [stackIds],
  )
}
