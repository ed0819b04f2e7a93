// The library over HTTP, and who one is.
import type { JsonObject } from '../../../lib/json.js'
import type { Quotas } from '../../quotas.js'
import type { Call, Route } from '../../route.js'
import type { Watchers } from '../../watchers.js'
import { commandRoutes } from './commands.js'
import { planRoutes } from './plans.js'
import { questionRoutes } from './questions.js'
import { watchRoute } from './watch.js'

export const libraryRoutes = (watchers: Watchers, quotas: Quotas): Route[] => [
  WHO_AM_I,
  ...questionRoutes,
  ...commandRoutes(quotas),
  ...planRoutes(quotas),
  watchRoute(watchers),
]

/** A client asks this first: a token is for one project, and addresses name it. Without authentication there is none yet. */
const WHO_AM_I: Route = {
  method: 'GET',
  path: '/v1/whoami',
  operation: 'library:whoami',
  summary: 'who the caller is to the server, and in which project',
  access: 'known',
  status: 200,
  answer: async ({ caller }: Call) => ({ body: shownCaller(caller) }),
}

const shownCaller = ({ user, project, roles }: Call['caller']): JsonObject => ({
  user: { id: user.id, name: user.name },
  project: project && { id: project.uid, name: project.name },
  roles: [...roles],
})
