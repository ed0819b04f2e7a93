// Requests with a key of the client's, and what each was answered. Every statement names the project.
import type { Json } from '../lib/json.js'
import type { Sql } from './database.js'

export interface KeyedRequest {
  readonly projectId: number
  readonly key: string
  /** SHA-256 of who asked what. */
  readonly request: Uint8Array
}

/** For how long an answer is given again; then the key is as if it were new. */
const KEPT = `interval '1 day'`

/**
 * Takes a key: of all who ask with it at once, one does. Whoever took it and gave no answer in time is followed by another, with
 * the same command id, so that what the first one did can be found.
 * @param command the id for a command of a new key
 * @returns undefined when somebody else has it, or there is an answer.
 */
export async function takeKey(
  sql: Sql,
  { projectId, key, request }: KeyedRequest,
  { command, leaseSeconds }: { readonly command: string; readonly leaseSeconds: number },
): Promise<{ readonly command: string; readonly again: boolean } | undefined> {
  const [taken] = await sql.query<{ command: string }>(
    `insert into isotherm.answers as a (project_id, key, request, command, lease_until)
     values ($1, $2, $3, $4, isotherm.clock() + make_interval(secs => $5::float8))
     on conflict (project_id, key) do update set request = excluded.request, lease_until = excluded.lease_until,
       command = case when a.at < isotherm.clock() - ${KEPT} then excluded.command else a.command end,
       at = case when a.at < isotherm.clock() - ${KEPT} then isotherm.clock() else a.at end,
       status = null, headers = null, body = null
     where a.lease_until <= isotherm.clock()
       and (a.at < isotherm.clock() - ${KEPT} or (a.status is null and a.request = excluded.request))
     returning command`,
    [projectId, key, request, command, leaseSeconds],
  )
  return taken && { command: taken.command, again: taken.command !== command }
}

export interface KeptAnswer {
  /** The key came with this very request. */
  readonly same: boolean
  /** Null: not answered yet. */
  readonly status: number | null
  readonly headers: { readonly [name: string]: string } | null
  readonly body: string | null
}

export async function readAnswer(sql: Sql, { projectId, key, request }: KeyedRequest): Promise<KeptAnswer | undefined> {
  const [answer] = await sql.query<KeptAnswer>(
    `select request = $3 as same, status, headers, body from isotherm.answers where project_id = $1 and key = $2`,
    [projectId, key, request],
  )
  return answer
}

/** By whoever has the key: a slow one that was followed by another keeps the other's answer as it is. */
export async function keepAnswer(
  sql: Sql,
  { projectId, key }: KeyedRequest,
  { status, headers, body }: { readonly status: number; readonly headers: Json; readonly body: string | null },
): Promise<void> {
  await sql.query(
    `update isotherm.answers set status = $3, headers = $4::text::json, body = $5, lease_until = isotherm.clock()
     where project_id = $1 and key = $2 and status is null`,
    [projectId, key, status, JSON.stringify(headers), body],
  )
}

/** Nothing was answered; whoever asks next may do it. */
export async function leaveKey(sql: Sql, { projectId, key }: KeyedRequest): Promise<void> {
  await sql.query(
    `update isotherm.answers set lease_until = isotherm.clock() where project_id = $1 and key = $2 and status is null`,
    [projectId, key],
  )
}

export interface KnownCommand {
  readonly stack: string
  readonly id: string
  readonly traversal: number
}

/** Which command of the project has this id, if it has happened. */
export async function findCommand(sql: Sql, projectId: number, command: string): Promise<KnownCommand | undefined> {
  const [found] = await sql.query<KnownCommand>(
    `select s.name as stack, s.uid as id, c.traversal from isotherm.stacks s join isotherm.commands c on c.stack_id = s.id
     where s.project_id = $1 and c.id = $2`,
    [projectId, command],
  )
  return found
}
