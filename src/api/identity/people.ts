// Users, projects and roles, managed by whoever has the database.
import { hashOfSecret, newSecret } from '../../lib/bearer.js'
import type { Database } from '../../store/database.js'
import {
  ensureProject,
  limitEvents,
  listProjects,
  type ProjectRow,
  readProject,
  readProjectNamed,
} from '../../store/projects.js'
import { findStack } from '../../store/stacks.js'
import { deleteCredential, insertCredential, listTokens, revokeToken, type TokenRow } from '../../store/tokens.js'
import {
  type AssignmentRow,
  changePassword,
  deleteUser,
  enableUser,
  findUser,
  grantRole,
  insertUser,
  listAssignments,
  listUsers,
  revokeRole,
  type UserRow,
} from '../../store/users.js'
import { Conflict, NotFound } from '../find.js'
import { Identity, type Issued } from './identity.js'
import { hashPassword } from './passwords.js'

export interface NewUser {
  readonly name: string
  /** Absent: one is made up. */
  readonly password?: string
  readonly project?: string
  readonly role: string
  /** A stack user: whatever the role, only this resource of this stack of the project may be signalled. */
  readonly only?: { readonly stack: string; readonly resource: string }
}

export class People {
  constructor(readonly database: Database) {}

  projects = (): Promise<ProjectRow[]> => listProjects(this.database)
  users = (): Promise<UserRow[]> => listUsers(this.database)
  roles = (): Promise<AssignmentRow[]> => listAssignments(this.database)
  tokens = (): Promise<TokenRow[]> => listTokens(this.database)

  /** @param eventsMax kept of each stack of the project; null: as many as of other projects. Throws NotFound. */
  async limitProject(name: string, eventsMax: number | null): Promise<void> {
    await limitEvents(this.database, (await this.project(name)).id, eventsMax)
  }

  /** Throws Conflict. */
  async createProject(name: string): Promise<ProjectRow> {
    if (await readProjectNamed(this.database, name)) throw new Conflict(`there is a project ${name} already`)
    return ensureProject(this.database, name)
  }

  /** Resolves to the password as well when it was made up. Throws Conflict, NotFound. */
  async createUser({ name, password, project, role, only }: NewUser): Promise<{ user: UserRow; password?: string }> {
    const found = project === undefined ? undefined : await this.project(project)
    const madeUp = password === undefined ? newSecret() : undefined
    const boundTo = only && (await this.#boundTo(found, only))
    const hash = await hashPassword(password ?? madeUp ?? '')
    const user = await insertUser(this.database, { name, password: hash, ...(boundTo && { boundTo }) })
    if (!user) throw new Conflict(`there is a user ${name} already`)
    if (found) await grantRole(this.database, user.id, found.id, only ? 'heat_stack_user' : role)
    return { user, ...(madeUp !== undefined && { password: madeUp }) }
  }

  /** By the stack's id: another stack of that name is none of the user's business. */
  async #boundTo(
    project: ProjectRow | undefined,
    { stack, resource }: NonNullable<NewUser['only']>,
  ): Promise<[stack: string, resource: string]> {
    const found = project && (await findStack(this.database, project.name, stack))
    if (!found) throw new NotFound(`there is no stack ${stack} in ${project?.name ?? 'no project'}`)
    return [found.uid, resource]
  }

  /** Whoever is logged in with the old one is logged out. Throws NotFound. */
  async changePassword(name: string, password: string | undefined): Promise<string | undefined> {
    const user = await this.user(name)
    const madeUp = password === undefined ? newSecret() : undefined
    await changePassword(this.database, user.id, await hashPassword(password ?? madeUp ?? ''))
    return madeUp
  }

  /** Throws NotFound. */
  async enableUser(name: string, enabled: boolean): Promise<void> {
    await enableUser(this.database, (await this.user(name)).id, enabled)
  }

  /** Throws NotFound. */
  async deleteUser(name: string): Promise<void> {
    await deleteUser(this.database, (await this.user(name)).id)
  }

  /** Throws NotFound. */
  async grant(user: string, project: string, role: string): Promise<void> {
    await grantRole(this.database, (await this.user(user)).id, (await this.project(project)).id, role)
  }

  /** Throws NotFound. */
  async revoke(user: string, project: string, role: string): Promise<void> {
    const had = await revokeRole(this.database, (await this.user(user)).id, (await this.project(project)).id, role)
    if (!had) throw new NotFound(`${user} is no ${role} in ${project}`)
  }

  /** Throws NotFound, NotLetIn. */
  async createToken(user: string, project: string | undefined, lifeSeconds: number): Promise<Issued> {
    const found = await this.user(user)
    const scope = project === undefined ? {} : { projectName: project }
    return new Identity(this.database).issue(found, scope, { methods: ['password'], lifeSeconds })
  }

  /** Throws NotFound. */
  async revokeToken(id: string): Promise<void> {
    if (!(await revokeToken(this.database, id)) && !(await deleteCredential(this.database, id))) {
      throw new NotFound(`there is no token and no application credential with the id ${id}`)
    }
  }

  /** Throws NotFound, Conflict. */
  async createCredential(
    name: string,
    {
      user,
      project,
      roles,
      lifeSeconds,
    }: { user: string; project: string; roles?: readonly string[]; lifeSeconds?: number },
  ): Promise<{ id: string; secret: string }> {
    const owner = await this.user(user)
    const secret = newSecret()
    const made = await insertCredential(this.database, {
      userId: owner.id,
      projectId: (await this.project(project)).id,
      name,
      secret: hashOfSecret(secret),
      roles: roles ?? null,
      lifeSeconds: lifeSeconds ?? null,
    })
    if (!made) throw new Conflict(`${user} has an application credential ${name} already`)
    return { id: made.id, secret }
  }

  /** Throws NotFound. */
  async user(name: string): Promise<UserRow> {
    const user = await findUser(this.database, { name })
    if (!user) throw new NotFound(`there is no user ${name}`)
    return user
  }

  /** By name or id. Throws NotFound. */
  async project(word: string): Promise<ProjectRow> {
    const project = (await readProjectNamed(this.database, word)) ?? (await readProject(this.database, word))
    if (!project) throw new NotFound(`there is no project ${word}; isotherm project create ${word} makes it`)
    return project
  }
}
