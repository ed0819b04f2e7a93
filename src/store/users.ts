// Users and their roles. Only the hash of a password is ever here.
import type { Sql } from './database.js'

export interface UserRow {
  readonly id: string
  readonly name: string
  /** As `hashPassword` writes it; null: no log-in by password. */
  readonly password: string | null
  readonly enabled: boolean
  readonly boundStack: string | null
  readonly boundResource: string | null
  readonly createdAt: Date
}

const COLUMNS = `u.id, u.name, u.password, u.enabled, u.bound_stack as "boundStack", u.bound_resource as "boundResource",
  u.created_at as "createdAt"`

/** Undefined when there is a user of that name already. */
export async function insertUser(
  sql: Sql,
  user: { readonly name: string; readonly password: string | null; readonly boundTo?: readonly [string, string] },
): Promise<UserRow | undefined> {
  const [made] = await sql.query<UserRow>(
    `insert into isotherm.users as u (name, password, bound_stack, bound_resource) values ($1, $2, $3, $4)
     on conflict (name) do nothing returning ${COLUMNS}`,
    [user.name, user.password, user.boundTo?.[0] ?? null, user.boundTo?.[1] ?? null],
  )
  return made
}

/** By id, or else by name. */
export async function findUser(
  sql: Sql,
  who: { readonly id?: string; readonly name?: string },
): Promise<UserRow | undefined> {
  const [user] = await sql.query<UserRow>(
    `select ${COLUMNS} from isotherm.users u where case when $1::text is null then u.name = $2 else u.id = $1 end`,
    [who.id ?? null, who.name ?? null],
  )
  return user
}

export async function listUsers(sql: Sql): Promise<UserRow[]> {
  return sql.query(`select ${COLUMNS} from isotherm.users u order by u.name`)
}

/** Whoever was logged in with the old password is so no longer. */
export async function changePassword(sql: Sql, userId: string, password: string): Promise<void> {
  await sql.query('update isotherm.users set password = $2 where id = $1', [userId, password])
  await sql.query('delete from isotherm.tokens where user_id = $1', [userId])
}

export async function enableUser(sql: Sql, userId: string, enabled: boolean): Promise<void> {
  await sql.query('update isotherm.users set enabled = $2 where id = $1', [userId, enabled])
}

export async function deleteUser(sql: Sql, userId: string): Promise<void> {
  await sql.query('delete from isotherm.users where id = $1', [userId])
}

export interface AssignmentRow {
  readonly user: string
  readonly userId: string
  readonly projectId: number
  readonly project: string
  readonly projectUid: string
  readonly role: string
}

/** Of one user, or of all. */
export async function listAssignments(sql: Sql, userId?: string): Promise<AssignmentRow[]> {
  return sql.query(
    `select u.name as user, u.id as "userId", p.id as "projectId", p.name as project, p.uid as "projectUid", a.role
     from isotherm.role_assignments a join isotherm.users u on u.id = a.user_id join isotherm.projects p on p.id = a.project_id
     where $1::text is null or u.id = $1 order by u.name, p.name, a.role`,
    [userId ?? null],
  )
}

export async function grantRole(sql: Sql, userId: string, projectId: number, role: string): Promise<void> {
  await sql.query(
    'insert into isotherm.role_assignments (user_id, project_id, role) values ($1, $2, $3) on conflict do nothing',
    [userId, projectId, role],
  )
}

/** @returns whether the user had it. */
export async function revokeRole(sql: Sql, userId: string, projectId: number, role: string): Promise<boolean> {
  const gone = await sql.query(
    'delete from isotherm.role_assignments where user_id = $1 and project_id = $2 and role = $3 returning role',
    [userId, projectId, role],
  )
  return gone.length > 0
}
