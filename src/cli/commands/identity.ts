// Users, projects, roles and tokens, over the database itself. What is secret is shown once, alone on stdout.
import { readFile } from 'node:fs/promises'
import { People } from '../../api/identity/people.js'
import { openDatabase } from '../../store/open.js'
import { type Line, type Piece, table, tame, toned } from '../draw/line.js'
import { EXIT, UsageError } from '../exit.js'
import { readStandardInput } from '../inputs.js'
import { numberOf } from '../number.js'
import type { Session } from '../session.js'

async function withPeople<T>({ globals }: Session, work: (people: People) => Promise<T>): Promise<T> {
  const database = await openDatabase(globals.database)
  try {
    return await work(new People(database))
  } finally {
    await database.close()
  }
}

/** As JSON for programs, as lines for people. */
function tell({ terminal }: Session, value: object, lines: readonly Line[]): number {
  if (terminal.json) terminal.value(value)
  else terminal.print(lines)
  return EXIT.done
}

const columns = (names: readonly string[], rows: readonly (readonly string[])[]): Line[] =>
  table([names.map((name): Piece => toned('dim', name)), ...rows.map((row): Piece[] => row.map(tame))])

/** A secret is an answer by itself, for a script; what it is goes beside it. */
function reveal(session: Session, value: object, secret: string, said: string): number {
  const { terminal } = session
  if (terminal.json) terminal.value(value)
  else {
    terminal.say([[toned('dim', said)]])
    terminal.text(secret)
  }
  return EXIT.done
}

/** `none`: no limit of its own. */
export async function limitProject(session: Session, name: string, { events }: { events: string }): Promise<number> {
  const eventsMax = events === 'none' ? null : numberOf('--events', events, { whole: true })
  await withPeople(session, (people) => people.limitProject(name, eventsMax))
  const kept =
    eventsMax === null ? 'as many events as of others are kept' : `${eventsMax} events of each stack are kept`
  return tell(session, { name, eventsMax }, [[`of ${tame(name)} ${kept}`]])
}

export async function createProject(session: Session, name: string): Promise<number> {
  const { uid } = await withPeople(session, (people) => people.createProject(name))
  return tell(session, { id: uid, name }, [[`project ${tame(name)} is ${uid}`]])
}

export async function listProjects(session: Session): Promise<number> {
  const projects = (await withPeople(session, (people) => people.projects())).map(({ uid, name }) => ({
    id: uid,
    name,
  }))
  const rows = projects.map(({ id, name }) => [name, id])
  return tell(session, projects, columns(['PROJECT', 'ID'], rows))
}

interface PasswordOption {
  readonly passwordFile?: string
}

async function passwordFrom({ passwordFile }: PasswordOption): Promise<string | undefined> {
  if (passwordFile === undefined) return undefined
  const text = passwordFile === '-' ? await readStandardInput() : await readFile(passwordFile, 'utf8')
  const password = text.replace(/\r?\n$/, '')
  if (password.length >= 12) return password
  throw new UsageError('the password is too short', 'use at least 12 characters, or none, and one is made up')
}

export async function createUser(
  session: Session,
  name: string,
  options: PasswordOption & { readonly in?: string; readonly role: string; readonly only?: string },
): Promise<number> {
  const only = onlyOf(options)
  const given = await passwordFrom(options)
  const { user, password } = await withPeople(session, (people) =>
    people.createUser({
      name,
      role: options.role,
      ...(given !== undefined && { password: given }),
      ...(options.in !== undefined && { project: options.in }),
      ...(only && { only }),
    }),
  )
  const value = { id: user.id, name, ...(password !== undefined && { password }) }
  if (password === undefined) return tell(session, value, [[`user ${tame(name)} is ${user.id}`]])
  return reveal(session, value, password, `the password of ${tame(name)}, which nobody will show again:`)
}

/** `STACK/RESOURCE`: neither name has a slash. */
function onlyOf({ in: project, only }: { readonly in?: string; readonly only?: string }) {
  if (only === undefined) return undefined
  const [stack = '', resource = '', ...more] = only.split('/')
  if (stack !== '' && resource !== '' && more.length === 0 && project !== undefined) return { stack, resource }
  throw new UsageError(`--only ${only}: expected STACK/RESOURCE, and the project of the stack with --in`)
}

export async function listUsers(session: Session): Promise<number> {
  const [users, roles] = await withPeople(
    session,
    async (people) => [await people.users(), await people.roles()] as const,
  )
  const rolesOf = (id: string) =>
    roles.filter(({ userId }) => userId === id).map(({ role, project }) => `${role} of ${project}`)
  const shown = users.map(({ id, name, enabled }) => ({ id, name, enabled, roles: rolesOf(id) }))
  const rows = shown.map((user) => [user.name, user.enabled ? 'enabled' : 'disabled', user.roles.join(', '), user.id])
  return tell(session, shown, columns(['USER', '', 'ROLES', 'ID'], rows))
}

export async function changePassword(session: Session, name: string, options: PasswordOption): Promise<number> {
  const given = await passwordFrom(options)
  const madeUp = await withPeople(session, (people) => people.changePassword(name, given))
  if (madeUp === undefined) return tell(session, { name }, [[`the password of ${tame(name)} is changed`]])
  return reveal(
    session,
    { name, password: madeUp },
    madeUp,
    `the password of ${tame(name)}, which nobody will show again:`,
  )
}

export async function enableUser(session: Session, name: string, enabled: boolean): Promise<number> {
  await withPeople(session, (people) => people.enableUser(name, enabled))
  return tell(session, { name, enabled }, [[`${tame(name)} is ${enabled ? 'let in again' : 'let in no longer'}`]])
}

export async function deleteUser(session: Session, name: string): Promise<number> {
  await withPeople(session, (people) => people.deleteUser(name))
  return tell(session, { name }, [[`${tame(name)} is no more`]])
}

export async function changeRole(
  session: Session,
  { user, project, role, granted }: { user: string; project: string; role: string; granted: boolean },
): Promise<number> {
  await withPeople(session, (people) =>
    granted ? people.grant(user, project, role) : people.revoke(user, project, role),
  )
  const said = `${tame(user)} is ${granted ? '' : 'no longer '}${role} of ${tame(project)}`
  return tell(session, { user, project, role, granted }, [[said]])
}

export async function listRoles(session: Session): Promise<number> {
  const roles = (await withPeople(session, (people) => people.roles())).map(({ user, project, role }) => ({
    user,
    project,
    role,
  }))
  const rows = roles.map(({ user, project, role }) => [user, project, role])
  return tell(session, roles, columns(['USER', 'PROJECT', 'ROLE'], rows))
}

export async function createToken(
  session: Session,
  user: string,
  options: { readonly in?: string; readonly hours: string },
): Promise<number> {
  const hours = numberOf('--hours', options.hours, { least: 0.01 })
  const { secret, token } = await withPeople(session, (people) => people.createToken(user, options.in, hours * 3600))
  const expires = token.expiresAt.toISOString()
  const value = { id: token.id, token: secret, project: token.project, expires }
  return reveal(session, value, secret, `the token ${token.id}, good until ${expires}, which nobody will show again:`)
}

export async function createCredential(
  session: Session,
  user: string,
  name: string,
  options: { readonly in: string; readonly role?: string; readonly days?: string },
): Promise<number> {
  const days = options.days === undefined ? undefined : numberOf('--days', options.days, { least: 0.01 })
  const made = await withPeople(session, (people) =>
    people.createCredential(name, {
      user,
      project: options.in,
      ...(options.role !== undefined && { roles: [options.role] }),
      ...(days !== undefined && { lifeSeconds: days * 86_400 }),
    }),
  )
  return reveal(
    session,
    { ...made, name },
    made.secret,
    `the secret of the credential ${made.id}, which nobody will show again:`,
  )
}

export async function listTokens(session: Session): Promise<number> {
  const tokens = (await withPeople(session, (people) => people.tokens())).map((token) => ({
    id: token.id,
    user: token.user,
    project: token.project,
    roles: token.roles,
    issued: token.issuedAt.toISOString(),
    expires: token.expiresAt.toISOString(),
  }))
  const rows = tokens.map(({ id, user, project, roles, expires }) => [
    id,
    user,
    project ?? '',
    roles.join(', '),
    expires,
  ])
  return tell(session, tokens, columns(['TOKEN', 'USER', 'PROJECT', 'ROLES', 'UNTIL'], rows))
}

export async function revokeToken(session: Session, id: string): Promise<number> {
  await withPeople(session, (people) => people.revokeToken(id))
  return tell(session, { id }, [[`${tame(id)} lets nobody in any more`]])
}
