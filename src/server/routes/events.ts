// What has happened to a stack and to its resources.
import { eventOf, pageOfEvents } from '../../api/listing.js'
import type { JsonObject } from '../../lib/json.js'
import type { EventQuery } from '../../store/events.js'
import { Refusal } from '../errors.js'
import { oneOf } from '../query.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { listedEvent, shownEvent } from '../views/resource.js'
import { DEPTH, depthOf } from './nested-depth.js'
import { atStack } from './place.js'

const STACK = '/v1/:tenant/stacks/:stack/:id'
const TEXT: JsonObject = { type: 'string' }

const QUERY: { readonly [name: string]: JsonObject } = {
  limit: { type: 'integer', minimum: 0 },
  marker: { ...TEXT, description: 'The id of the last event of the page before.' },
  sort_keys: { ...TEXT, description: 'event_time, resource_type, created_at; events come in their own order.' },
  sort_dir: { enum: ['asc', 'desc'] },
  nested_depth: DEPTH,
  resource_status: TEXT,
  resource_action: TEXT,
  resource_name: TEXT,
  resource_type: TEXT,
}

export const eventRoutes: readonly Route[] = [
  index(`${STACK}/events`, 'events:index', 'what has happened to a stack'),
  index(`${STACK}/resources/:resource/events`, 'events:of_resource', 'what has happened to a resource'),
  {
    method: 'GET',
    path: `${STACK}/resources/:resource/events/:event`,
    operation: 'events:show',
    summary: 'one event',
    access: 'read',
    status: 200,
    answer: show,
  },
]

function index(path: string, operation: string, summary: string): Route {
  return { method: 'GET', path, operation, summary, access: 'read', query: QUERY, status: 200, answer: list }
}

async function list(call: Call): Promise<Answer> {
  const { tenant, place, at, ref } = await atStack(call)
  const { resource } = call.params
  const nestedDepth = depthOf(call)
  const events = await pageOfEvents(tenant.parts, ref, { ...queryOf(call, resource), nestedDepth })
  const isPage =
    call.query.text('marker') !== undefined || call.query.names().some((name) => name.startsWith('resource_'))
  if (resource !== undefined && events.length === 0 && !isPage) {
    throw new Refusal(404, 'HTTPNotFound', `No events found for resource ${resource}`)
  }
  const root = nestedDepth > 0 ? at : undefined
  return { body: { events: events.map((event) => listedEvent(place, at, event, root)) } }
}

function queryOf({ query }: Call, resource: string | undefined): EventQuery {
  const some = (name: string) => {
    const words = query.list(name)
    return words.length > 0 ? words : undefined
  }
  // What can be no event's id says nothing, as in Heat.
  const marker = [query.text('marker') ?? ''].find((word) => EVENT_ID.test(word))
  const limit = query.whole('limit')
  const names = resource === undefined ? some('resource_name') : [resource]
  const [types, actions, statuses] = [some('resource_type'), some('resource_action'), some('resource_status')]
  return {
    newestFirst: oneOf('sort_dir', query.text('sort_dir') || 'asc', ['asc', 'desc']) === 'desc',
    ...(marker !== undefined && { marker }),
    ...(limit !== undefined && { limit }),
    ...(names && { names }),
    ...(types && { types }),
    ...(actions && { actions }),
    ...(statuses && { statuses }),
  }
}

const EVENT_ID = /^\d{1,18}-\d{1,18}$/

async function show(call: Call): Promise<Answer> {
  const { tenant, place, at, ref } = await atStack(call)
  const [id, resource] = [param(call, 'event'), param(call, 'resource')]
  const missing = new Refusal(404, 'EntityNotFound', `The Event (${id}) could not be found.`)
  if (!EVENT_ID.test(id)) throw missing
  const event = await eventOf(tenant.parts, ref, id)
  if ((event.resource ?? at.name) !== resource) throw missing
  const detail = event.resource && (await tenant.isotherm.resource(ref, event.resource).catch(() => undefined))
  return { body: { event: shownEvent(place, at, event, (detail ? detail.properties : null) ?? {}) } }
}
