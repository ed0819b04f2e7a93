// The library, bound to one project at a time over one database: what a route is given can name nobody else's stacks.
import type { Parts } from '../api/desk.js'
import { Isotherm } from '../api/isotherm.js'
import { showByIds } from '../api/shown.js'
import type { StackView } from '../api/views.js'
import { Gathering, Lanes } from '../lib/gathering.js'
import type { ProjectRow } from '../store/projects.js'
import { confined } from '../store/tenancy.js'
import { type Permissions, permittedTypes } from './permissions.js'

export interface Tenant {
  readonly project: ProjectRow
  readonly parts: Parts
  readonly isotherm: Isotherm
  /** Stacks by their ids, also those that have been deleted. Those who ask at the same time are answered together. */
  readonly stacks: Gathering<string, StackView | undefined>
  /** Texts of lists, by the id that a page begins after. Who asks at the same time for pages of the same list is answered together. */
  readonly lists: Lanes<string | undefined, string>
}

export interface Binding {
  /** The database, too, sees to it that nothing of other projects is seen or written. */
  readonly guarded: boolean
  readonly permissions: Permissions
}

/** So many stacks are read by one statement at most. */
const SHOWN_TOGETHER_MAX = 100
const PROJECTS_MAX = 10_000

/** One tenant for each project, so that its questions meet; those of different projects never do (ADR 0037). */
export class Tenants {
  readonly #known = new Map<number, Tenant>()

  constructor(
    readonly parts: Parts,
    readonly binding: Binding,
  ) {}

  of(project: ProjectRow): Tenant {
    const known = this.#known.get(project.id)
    if (known && known.project.uid === project.uid && known.project.name === project.name) return known
    const tenant = tenantOf(this.parts, project, this.binding)
    if (this.#known.size >= PROJECTS_MAX) this.#known.clear()
    this.#known.set(project.id, tenant)
    return tenant
  }

  /** For one command, which is known by its id. */
  commanding(project: ProjectRow, commandId: string): Tenant {
    return tenantOf({ ...this.parts, commandId }, project, this.binding)
  }
}

function tenantOf(parts: Parts, project: ProjectRow, { guarded, permissions }: Binding): Tenant {
  const database = guarded ? confined(parts.database, project.id) : parts.database
  const types = permittedTypes(parts.types, project, permissions)
  const bound: Parts = { ...parts, database, types, project: project.name }
  return {
    project,
    parts: bound,
    isotherm: new Isotherm(bound),
    stacks: new Gathering((ids) => showByIds(bound, ids), SHOWN_TOGETHER_MAX),
    lists: new Lanes(),
  }
}
