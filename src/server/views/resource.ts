// Resources and their events as Heat's clients know them.
import type { EventView, ResourceDetail, ResourceView, WithinView } from '../../api/views.js'
import type { Json, JsonObject } from '../../lib/json.js'
import { heatTime, type Place, resourceUrl, type StackPlace, stackUrl } from '../links.js'

/** Of each name the version that counts: the current one, or the newest that is still being deleted. */
export function onePerName(resources: readonly ResourceView[]): ResourceView[] {
  const found = new Map<string, ResourceView>()
  for (const resource of resources) if (!found.has(resource.name)) found.set(resource.name, resource)
  return [...found.values()]
}

/** Who requires whom, the other way round. */
export function requiredBy(resources: readonly ResourceView[]): (name: string) => string[] {
  const dependants = new Map<string, string[]>()
  for (const { name, requires } of resources) {
    for (const required of requires) {
      const others = dependants.get(required)
      if (others) others.push(name)
      else dependants.set(required, [name])
    }
  }
  return (name) => [...new Set(dependants.get(name) ?? [])].sort()
}

export function listedResource(
  place: Place,
  stack: StackPlace,
  resource: ResourceView,
  dependants: readonly string[],
  nested: ReadonlyMap<string, WithinView> = new Map(),
): JsonObject {
  const { within } = resource
  const own = within ? { name: within.stack, id: within.stackId } : stack
  const inside = resource.current && nested.get(within ? `${within.path}/${resource.name}` : resource.name)
  return {
    resource_name: resource.name,
    logical_resource_id: resource.name,
    physical_resource_id: resource.physicalId ?? '',
    resource_type: resource.type,
    resource_status: resource.status,
    resource_status_reason: resource.reason ?? (resource.status.startsWith('INIT') ? '' : 'state changed'),
    creation_time: heatTime(resource.createdAt),
    updated_time: heatTime(resource.updatedAt),
    required_by: [...dependants],
    links: [
      { href: resourceUrl(place, own, resource.name), rel: 'self' },
      { href: stackUrl(place, own), rel: 'stack' },
      ...(inside ? [{ href: stackUrl(place, { name: inside.stack, id: inside.stackId }), rel: 'nested' }] : []),
    ],
    ...(within && { parent_resource: within.path.split('/').at(-1) ?? within.path }),
  }
}

export function shownResource(
  place: Place,
  stack: StackPlace,
  resource: ResourceDetail,
  description: string,
): JsonObject {
  return {
    ...listedResource(place, stack, resource, resource.requiredBy),
    description,
    attributes: { ...resource.attributes },
  }
}

/** An event of the stack itself stands under the stack's own name, with the stack's id as the thing's. */
export function listedEvent(place: Place, asked: StackPlace, event: EventView, root?: StackPlace): JsonObject {
  const { within } = event
  const stack = within ? { name: within.stack, id: within.stackId } : asked
  const name = event.resource ?? stack.name
  const links: JsonObject[] = [
    { href: `${resourceUrl(place, stack, name)}/events/${event.id}`, rel: 'self' },
    { href: resourceUrl(place, stack, name), rel: 'resource' },
    { href: stackUrl(place, stack), rel: 'stack' },
  ]
  if (root) links.push({ href: stackUrl(place, root), rel: 'root_stack' })
  return {
    id: event.id,
    event_time: heatTime(event.at),
    resource_name: name,
    logical_resource_id: name,
    physical_resource_id: event.resource === undefined ? stack.id : (event.physicalId ?? ''),
    resource_status: event.status,
    resource_status_reason: event.reason ?? 'state changed',
    links,
  }
}

export function shownEvent(place: Place, stack: StackPlace, event: EventView, properties: Json): JsonObject {
  return {
    ...listedEvent(place, stack, event),
    resource_type: event.type ?? 'OS::Heat::Stack',
    resource_properties: properties,
  }
}
