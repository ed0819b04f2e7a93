// Tokens and application credentials, by the hashes of what their owners hold.
import type { Sql } from './database.js'

export interface NewToken {
  readonly hash: Uint8Array
  readonly id: string
  readonly userId: string
  readonly projectId: number | null
  readonly credentialId: string | null
  readonly methods: readonly string[]
  readonly roles: readonly string[] | null
  readonly lifeSeconds: number
  /** Not later than this, where it comes from something that expires itself. */
  readonly expiresAt: Date | null
}

export interface TokenRow {
  readonly id: string
  readonly userId: string
  readonly user: string
  readonly projectId: number | null
  readonly project: string | null
  readonly projectUid: string | null
  readonly credentialId: string | null
  readonly methods: readonly string[]
  /** That the token has and its user has now. */
  readonly roles: readonly string[]
  readonly boundStack: string | null
  readonly boundResource: string | null
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** Who has the first of a pair has the second as well. */
const IMPLIED = `('admin', 'admin'), ('admin', 'member'), ('admin', 'reader'), ('member', 'member'), ('member', 'reader'),
  ('reader', 'reader'), ('heat_stack_user', 'heat_stack_user')`

const COLUMNS = `t.id, t.user_id as "userId", u.name as user, t.project_id as "projectId", p.name as project,
  p.uid as "projectUid", t.credential_id as "credentialId", t.methods,
  coalesce((select array_agg(distinct i.implied order by i.implied) from isotherm.role_assignments a
    join (values ${IMPLIED}) as i(role, implied) on i.role = a.role
    where a.user_id = t.user_id and a.project_id = t.project_id and (t.roles is null or i.implied = any(t.roles))), '{}') as roles,
  u.bound_stack as "boundStack", u.bound_resource as "boundResource", t.issued_at as "issuedAt", t.expires_at as "expiresAt"`

const TOKENS = `isotherm.tokens t join isotherm.users u on u.id = t.user_id left join isotherm.projects p on p.id = t.project_id`

export async function insertToken(sql: Sql, token: NewToken): Promise<void> {
  await sql.query(
    `insert into isotherm.tokens (hash, id, user_id, project_id, credential_id, methods, roles, expires_at)
     values ($1, $2, $3, $4, $5, $6::text[], $7::text[],
       least(isotherm.clock() + make_interval(secs => $8::float8), $9::timestamptz))`,
    [
      token.hash,
      token.id,
      token.userId,
      token.projectId,
      token.credentialId,
      token.methods,
      token.roles,
      token.lifeSeconds,
      token.expiresAt,
    ],
  )
}

/** Undefined when it is unknown, has expired or was revoked, or its user may no longer come. */
export async function findToken(sql: Sql, hash: Uint8Array): Promise<TokenRow | undefined> {
  const [token] = await sql.query<TokenRow>(
    `select ${COLUMNS} from ${TOKENS} where t.hash = $1 and t.expires_at > isotherm.clock() and u.enabled`,
    [hash],
  )
  return token
}

export async function listTokens(sql: Sql): Promise<TokenRow[]> {
  return sql.query(`select ${COLUMNS} from ${TOKENS} where t.expires_at > isotherm.clock() order by t.issued_at, t.id`)
}

/** @returns whether there was one. */
export async function revokeToken(sql: Sql, id: string): Promise<boolean> {
  const gone = await sql.query('delete from isotherm.tokens where id = $1 returning id', [id])
  return gone.length > 0
}

/** What has expired lets nobody in and is only in the way. */
export async function forgetTokens(sql: Sql): Promise<void> {
  await sql.query('delete from isotherm.tokens where expires_at <= isotherm.clock()')
}

export interface CredentialRow {
  readonly id: string
  readonly userId: string
  readonly projectId: number
  readonly name: string
  readonly secret: Uint8Array
  readonly roles: readonly string[] | null
  readonly expiresAt: Date | null
}

const CREDENTIAL = `c.id, c.user_id as "userId", c.project_id as "projectId", c.name, c.secret, c.roles, c.expires_at as "expiresAt"`

/** Undefined when the user has one of that name already. */
export async function insertCredential(
  sql: Sql,
  credential: Omit<CredentialRow, 'id' | 'expiresAt'> & { readonly lifeSeconds: number | null },
): Promise<CredentialRow | undefined> {
  const [made] = await sql.query<CredentialRow>(
    `insert into isotherm.application_credentials as c (user_id, project_id, name, secret, roles, expires_at)
     values ($1, $2, $3, $4, $5::text[], isotherm.clock() + make_interval(secs => $6::float8))
     on conflict do nothing returning ${CREDENTIAL}`,
    [
      credential.userId,
      credential.projectId,
      credential.name,
      credential.secret,
      credential.roles,
      credential.lifeSeconds,
    ],
  )
  return made
}

/** By id, or by name and the user's id. One that has expired is not found. */
export async function findCredential(
  sql: Sql,
  which: { readonly id?: string; readonly name?: string; readonly userId?: string },
): Promise<CredentialRow | undefined> {
  const [found] = await sql.query<CredentialRow>(
    `select ${CREDENTIAL} from isotherm.application_credentials c
     where case when $1::text is null then c.name = $2 and c.user_id = $3 else c.id = $1 end
       and (c.expires_at is null or c.expires_at > isotherm.clock())`,
    [which.id ?? null, which.name ?? null, which.userId ?? null],
  )
  return found
}

export async function deleteCredential(sql: Sql, id: string): Promise<boolean> {
  const gone = await sql.query('delete from isotherm.application_credentials where id = $1 returning id', [id])
  return gone.length > 0
}
