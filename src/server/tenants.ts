// The library, bound to one project at a time over one database: what a route is given can name nobody else's stacks.
import type { Parts } from '../api/desk.js'
import { Isotherm } from '../api/isotherm.js'
import type { ProjectRow } from '../store/projects.js'

export interface Tenant {
  readonly project: ProjectRow
  readonly parts: Parts
  readonly isotherm: Isotherm
}

/** Bindings are small and made anew for each request. */
export function tenantOf(parts: Parts, project: ProjectRow): Tenant {
  const bound: Parts = { ...parts, project: project.name }
  return { project, parts: bound, isotherm: new Isotherm(bound) }
}
