// What a project may use of this machine and its network. On a server the authors of templates are not its operators, so types
// that run commands and write files here, or reach whatever the server can reach, are off unless an operator allows them.
import { isPublic } from '../lib/addresses.js'
import type { TypeRegistry } from '../provider/registry.js'

export interface Permissions {
  /** Names or ids of projects that may use the types of this machine; `*` means all. */
  readonly localTypes: readonly string[]
  /** And the types that send HTTP requests from here. */
  readonly httpTypes: readonly string[]
  /** Names of projects whose templates may reach addresses of this machine and its networks, which others may not. */
  readonly privateAddresses?: readonly string[]
}

export const NOTHING_ALLOWED: Permissions = { localTypes: [], httpTypes: [] }
export const ALL_ALLOWED: Permissions = { localTypes: ['*'], httpTypes: ['*'], privateAddresses: ['*'] }

interface Named {
  readonly uid: string
  readonly name: string
}

const allows = (projects: readonly string[], { uid, name }: Named): boolean =>
  projects.includes('*') || projects.includes(uid) || projects.includes(name)

const LOCAL = 'Isotherm::Local::'
const HTTP = 'Isotherm::Http::'

/** What no project may use need not be there at all: engines, which bring nested templates about, then do not have it either. */
export const refusedToAll = ({ localTypes, httpTypes }: Permissions): string[] => [
  ...(localTypes.length > 0 ? [] : [LOCAL]),
  ...(httpTypes.length > 0 ? [] : [HTTP]),
]

/** Of all types those that the project may use; what it may not use does not exist for it. */
export function permittedTypes(types: TypeRegistry, project: Named, permissions: Permissions): TypeRegistry {
  return types.without([
    ...(allows(permissions.localTypes, project) ? [] : [LOCAL]),
    ...(allows(permissions.httpTypes, project) ? [] : [HTTP]),
  ])
}

/** What of the network the templates of a project may reach, from an engine or through the server: to be asked after DNS. */
export const reachOf =
  ({ privateAddresses = [] }: Pick<Permissions, 'privateAddresses'>) =>
  (address: string, project: string): boolean =>
    privateAddresses.includes('*') || isPublic(address) || privateAddresses.includes(project)
