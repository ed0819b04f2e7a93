// All routes of the server.
import type { Identity } from '../../api/identity/identity.js'
import { withDescription } from '../openapi.js'
import { DEFAULT_QUOTAS, type Quotas } from '../quotas.js'
import type { Route } from '../route.js'
import { Watchers } from '../watchers.js'
import { actionRoutes } from './actions.js'
import { beyondRoutes } from './beyond.js'
import type { Fetch } from './declaring.js'
import { eventRoutes } from './events.js'
import { identityRoutes } from './identity.js'
import { libraryRoutes } from './library/index.js'
import { type Listing, listRoutes } from './lists.js'
import { planRoutes } from './plans.js'
import { resourceRoutes } from './resources.js'
import { type Health, serverRoutes } from './server.js'
import { type SignalDoor, signalUrlRoutes } from './signal-urls.js'
import { snapshotRoutes } from './snapshots.js'
import { softwareRoutes } from './software.js'
import { singleStackRoutes } from './stack.js'
import { stackRoutes } from './stacks.js'
import { templateRoutes } from './templates.js'

export interface RouteParts {
  readonly revision: string
  readonly health: Health
  /** How a template that is named by its address is had. */
  readonly fetch: Fetch
  readonly quotas?: Partial<Quotas>
  readonly signals: SignalDoor
  readonly listing: Listing
  readonly watchers?: Watchers
  /** The server's own users, where it has any. */
  readonly identity?: Identity
}

export function allRoutes({ revision, health, fetch, identity, ...rest }: RouteParts): Route[] {
  const quotas = { ...DEFAULT_QUOTAS, ...rest.quotas }
  const { watchers = new Watchers() } = rest
  const routes = [
    ...serverRoutes(revision, health),
    ...stackRoutes(fetch, quotas),
    ...listRoutes(rest.listing),
    ...singleStackRoutes(fetch, quotas),
    ...actionRoutes,
    ...resourceRoutes,
    ...eventRoutes,
    ...templateRoutes(fetch, quotas),
    ...softwareRoutes,
    ...signalUrlRoutes(rest.signals),
    ...snapshotRoutes,
    ...beyondRoutes(watchers),
    ...planRoutes(fetch, quotas),
    ...libraryRoutes(watchers, quotas),
    ...(identity ? identityRoutes(identity) : []),
  ]
  return withDescription(routes, revision)
}
