// Addresses by which one resource is signalled, kept as hashes of the secrets in them.
import type { Sql } from './database.js'

export async function insertSignalUrl(sql: Sql, stackId: number, resource: string, hash: Uint8Array): Promise<void> {
  await sql.query('insert into isotherm.signal_urls (stack_id, resource, hash) values ($1, $2, $3)', [
    stackId,
    resource,
    hash,
  ])
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
  readonly stackUid: string
  readonly resource: string
}

/** Of a stack that is still there. The one statement that begins with no project: the secret is what proves the right. */
export async function findSignalTarget(sql: Sql, hash: Uint8Array): Promise<SignalTarget | undefined> {
  const [target] = await sql.query<SignalTarget>(
    `select p.id as "projectId", p.uid as "projectUid", p.name as project, s.uid as "stackUid", u.resource
     from isotherm.signal_urls u join isotherm.stacks s on s.id = u.stack_id join isotherm.projects p on p.id = s.project_id
     where u.hash = $1 and s.deleted_at is null`,
    [hash],
  )
  return target
}
