// The resources of a stack: listed, shown, signalled.
import { descriptionsOf } from '../../api/describe.js'
import { NotFound } from '../../api/find.js'
import type { ResourceView } from '../../api/views.js'
import { groupBy } from '../../lib/group-by.js'
import type { Json, JsonObject } from '../../lib/json.js'
import { badRequest, noSuch, Refusal } from '../errors.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { listedResource, onePerName, requiredBy, shownResource } from '../views/resource.js'
import { bodyOf, flagOf } from './declaring.js'
import { DEPTH, depthOf } from './nested-depth.js'
import { atLivingStack, atStack } from './place.js'

const RESOURCES = '/v1/:tenant/stacks/:stack/:id/resources'
const TEXT: JsonObject = { type: 'string' }
const FILTERS = ['type', 'status', 'name', 'action', 'id', 'physical_resource_id'] as const

const LIST_QUERY: { readonly [name: string]: JsonObject } = {
  nested_depth: DEPTH,
  with_detail: { type: 'boolean' },
  ...Object.fromEntries(FILTERS.map((name) => [name, TEXT])),
}

export const resourceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: RESOURCES,
    operation: 'resource:index',
    summary: 'the resources of a stack',
    access: 'read',
    query: LIST_QUERY,
    status: 200,
    answer: list,
  },
  {
    method: 'GET',
    path: `${RESOURCES}/:resource`,
    operation: 'resource:show',
    summary: 'a resource with its attributes',
    access: 'read',
    query: { with_attr: { ...TEXT, description: 'A further attribute; may be repeated.' } },
    status: 200,
    answer: show,
  },
  {
    method: 'PATCH',
    path: `${RESOURCES}/:resource`,
    operation: 'resource:mark_unhealthy',
    summary: 'say that a resource is broken, so that the next update replaces it',
    access: 'write',
    body: {
      type: 'object',
      required: ['mark_unhealthy'],
      additionalProperties: false,
      properties: {
        mark_unhealthy: { type: ['boolean', 'string'] },
        resource_status_reason: { type: ['string', 'null'] },
      },
    },
    status: 200,
    answer: mark,
  },
  {
    method: 'GET',
    path: `${RESOURCES}/:resource/metadata`,
    operation: 'resource:metadata',
    summary: 'the metadata of a resource',
    access: 'signal',
    status: 200,
    answer: async (call) => {
      const { tenant, ref } = await atStack(call)
      return { body: { metadata: (await tenant.isotherm.resource(ref, param(call, 'resource'))).metadata } }
    },
  },
  {
    method: 'POST',
    path: `${RESOURCES}/:resource/signal`,
    operation: 'resource:signal',
    summary: 'tell a resource something',
    access: 'signal',
    status: 200,
    answer: signal,
  },
]

async function list(call: Call): Promise<Answer> {
  const { query } = call
  const known = new Set([...Object.keys(LIST_QUERY), 'limit', 'marker', 'filters'])
  const stray = query.names().filter((name) => !known.has(name))
  if (stray.length > 0) throw badRequest(`Invalid filter parameters [${stray.map((name) => `'${name}'`).join(', ')}]`)
  const nestedDepth = depthOf(call)
  const { tenant, stack, place, at, ref } = await atStack(call)
  const all = await tenant.isotherm.resources(ref, { nestedDepth })
  const described = query.flag('with_detail')
    ? await descriptionsOf(tenant.parts.database, stack, namesOf(all))
    : undefined
  const nested = new Map(
    (await tenant.isotherm.nested(ref, { nestedDepth: nestedDepth + 1 })).map((one) => [one.path, one]),
  )
  const fits = matcher(call)
  const listed = [...groupBy(all, ({ within }) => within?.stackId).values()].flatMap((versions) => {
    const resources = onePerName(versions)
    const dependants = requiredBy(resources)
    return resources.filter(fits).map((one) => ({
      ...listedResource(place, at, one, dependants(one.name), nested),
      ...(described && { description: one.within ? '' : described(one.name) }),
    }))
  })
  return { body: { resources: listed } }
}

const namesOf = (resources: readonly ResourceView[]) => resources.flatMap(({ name, within }) => (within ? [] : name))

function matcher({ query }: Call): (resource: ResourceView) => boolean {
  const wanted = new Map(FILTERS.map((name) => [name, query.list(name)]))
  const fits = (name: (typeof FILTERS)[number], value: string) => {
    const words = wanted.get(name) ?? []
    return words.length === 0 || words.includes(value)
  }
  return ({ name, type, status, version, physicalId }) => {
    const at = status.indexOf('_')
    return (
      fits('name', name) &&
      fits('type', type) &&
      fits('action', status.slice(0, at)) &&
      (fits('status', status.slice(at + 1)) || fits('status', status)) &&
      fits('id', String(version)) &&
      fits('physical_resource_id', physicalId ?? '')
    )
  }
}

/** With the API's own words where there is none of that name. */
async function named<T>(name: string, asked: Promise<T>): Promise<T> {
  return asked.catch((error: unknown) => {
    throw error instanceof NotFound ? noSuch('Resource', name) : error
  })
}

async function show(call: Call): Promise<Answer> {
  const { tenant, stack, place, at, ref } = await atStack(call)
  const name = param(call, 'resource')
  const detail = await named(name, tenant.isotherm.resource(ref, name))
  const asked = call.query
    .list('with_attr')
    .map((attribute) => [attribute, detail.attributes[attribute] ?? null] as const)
  const described = await descriptionsOf(tenant.parts.database, stack, [name])
  const shown = shownResource(place, at, detail, described(name))
  return { body: { resource: { ...shown, attributes: { ...detail.attributes, ...Object.fromEntries(asked) } } } }
}

async function mark(call: Call): Promise<Answer> {
  const { tenant, ref } = await atLivingStack(call)
  const name = param(call, 'resource')
  const { mark_unhealthy: unhealthy, resource_status_reason: reason } = bodyOf(call.body)
  const healthy = flagOf('mark_unhealthy', unhealthy) === false
  const marked = tenant.isotherm.markUnhealthy(ref, name, { healthy, ...(typeof reason === 'string' && { reason }) })
  await named(name, marked)
  return { body: null }
}

async function signal(call: Call): Promise<Answer> {
  const { tenant, stack, ref } = await atLivingStack(call)
  if (stack.action === 'DELETE') {
    throw new Refusal(400, 'NotSupported', `Signal resource during ${stack.action}_${stack.status} is not supported.`)
  }
  const said: Json = call.body
  await tenant.isotherm.signal(ref, param(call, 'resource'), said)
  return { body: null }
}
