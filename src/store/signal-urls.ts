// Addresses by which one resource is signalled, kept as hashes of the secrets in them.
import type { Sql } from './database.js'

export async function insertSignalUrl(sql: Sql, stackId: number, resource: string, hash: Uint8Array): Promise<void> {
  await sql.query('insert into isotherm.signal_urls (stack_id, resource, hash) values ($1, $2, $3)', [
    stackId,
    resource,
    hash,
  ])
}

/**
 * The address that a version itself tells: told again, it is the same one. Those of versions that are no more, which answer
 * nothing, go at the opportunity.
 */
export async function registerSignalUrl(
  sql: Sql,
  stackId: number,
  version: { readonly id: number; readonly name: string; readonly hash: Uint8Array },
): Promise<void> {
  await sql.query(
    `with gone as (
       delete from isotherm.signal_urls u
       where u.stack_id = $1 and u.resource = $2 and u.resource_id is not null
         and not exists (select from isotherm.resources r where r.stack_id = $1 and r.id = u.resource_id)
     )
     insert into isotherm.signal_urls (stack_id, resource, resource_id, hash) values ($1, $2, $3, $4) on conflict (hash) do nothing`,
    [stackId, version.name, version.id, version.hash],
  )
}

export async function hasSignalUrl(sql: Sql, stackId: number, hash: Uint8Array): Promise<boolean> {
  const found = await sql.query('select from isotherm.signal_urls where stack_id = $1 and hash = $2', [stackId, hash])
  return found.length > 0
}

/** @returns how many there were. */
export async function deleteSignalUrls(sql: Sql, stackId: number, resource: string): Promise<number> {
  const gone = await sql.query(
    'delete from isotherm.signal_urls where stack_id = $1 and resource = $2 returning resource',
    [stackId, resource],
  )
  return gone.length
}

export interface SignalTarget {
  readonly projectId: number
  readonly projectUid: string
  readonly project: string
  readonly stack: string
  readonly stackUid: string
  readonly resource: string
}

/**
 * Of a stack that is still there, and a version that its name still means, or that goes and waits for somebody meanwhile, when its
 * name means no other. The one statement that begins with no project: the secret is what proves
 * the right.
 */
export async function findSignalTarget(sql: Sql, hash: Uint8Array): Promise<SignalTarget | undefined> {
  const [target] = await sql.query<SignalTarget>(
    `select p.id as "projectId", p.uid as "projectUid", p.name as project, s.name as stack, s.uid as "stackUid",
       coalesce(r.name, u.resource) as resource
     from isotherm.signal_urls u join isotherm.stacks s on s.id = u.stack_id join isotherm.projects p on p.id = s.project_id
       left join isotherm.resources r on r.stack_id = u.stack_id and r.id = u.resource_id
     where u.hash = $1 and s.deleted_at is null and (u.resource_id is null or r.current or (r.state = 'parked' and not exists (
         select from isotherm.resources o where o.stack_id = r.stack_id and o.name = r.name and o.current)))`,
    [hash],
  )
  return target
}
