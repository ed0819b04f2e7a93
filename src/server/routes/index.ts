// All routes of the server.
import type { Identity } from '../../api/identity/identity.js'
import { withDescription } from '../openapi.js'
import type { Route } from '../route.js'
import { actionRoutes } from './actions.js'
import { beyondRoutes } from './beyond.js'
import type { Fetch } from './declaring.js'
import { eventRoutes } from './events.js'
import { identityRoutes } from './identity.js'
import { resourceRoutes } from './resources.js'
import { type Health, serverRoutes } from './server.js'
import { softwareRoutes } from './software.js'
import { singleStackRoutes } from './stack.js'
import { stackRoutes } from './stacks.js'
import { templateRoutes } from './templates.js'

export interface RouteParts {
  readonly revision: string
  readonly health: Health
  /** How a template that is named by its address is had. */
  readonly fetch: Fetch
  /** The server's own users, where it has any. */
  readonly identity?: Identity
}

export function allRoutes({ revision, health, fetch, identity }: RouteParts): Route[] {
  const routes = [
    ...serverRoutes(revision, health),
    ...stackRoutes(fetch),
    ...singleStackRoutes(fetch),
    ...actionRoutes,
    ...resourceRoutes,
    ...eventRoutes,
    ...templateRoutes(fetch),
    ...softwareRoutes,
    ...beyondRoutes(),
    ...(identity ? identityRoutes(identity) : []),
  ]
  return withDescription(routes, revision)
}
