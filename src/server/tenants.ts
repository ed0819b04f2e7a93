// The library, bound to one project at a time over one database: what a route is given can name nobody else's stacks.
import type { Parts } from '../api/desk.js'
import { Isotherm } from '../api/isotherm.js'
import type { ProjectRow } from '../store/projects.js'
import { confined } from '../store/tenancy.js'
import { type Permissions, permittedTypes } from './permissions.js'

export interface Tenant {
  readonly project: ProjectRow
  readonly parts: Parts
  readonly isotherm: Isotherm
}

export interface Binding {
  /** The database, too, sees to it that nothing of other projects is seen or written. */
  readonly guarded: boolean
  readonly permissions: Permissions
}

export function tenantOf(parts: Parts, project: ProjectRow, { guarded, permissions }: Binding): Tenant {
  const database = guarded ? confined(parts.database, project.id) : parts.database
  const types = permittedTypes(parts.types, project, permissions)
  const bound: Parts = { ...parts, database, types, project: project.name }
  return { project, parts: bound, isotherm: new Isotherm(bound) }
}
