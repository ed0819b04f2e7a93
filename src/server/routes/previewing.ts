// Previews as Heat's clients know them: what a stack would be, and what an update would do to each resource.
import type { ChangeView, Preview } from '../../api/preview.js'
import type { ResourceView } from '../../api/views.js'
import type { Json, JsonObject } from '../../lib/json.js'
import type { Place, StackPlace } from '../links.js'
import { minutesOf, tagsOf } from './declaring.js'

const NEW = { id: 'None' }

export function previewedStack(place: Place, { stack, changes }: Preview, body: JsonObject): JsonObject {
  const at = { name: stack, ...NEW }
  const tags = tagsOf(body)
  return {
    id: NEW.id,
    stack_name: stack,
    links: [{ href: `${place.origin}/v1/${place.tenant}/stacks/${stack}/${NEW.id}`, rel: 'self' }],
    description: '',
    template_description: '',
    parameters: { 'OS::project_id': place.tenant, 'OS::stack_id': NEW.id, 'OS::stack_name': stack },
    resources: changes
      .filter(({ action }) => action !== 'delete')
      .map((change) => previewedResource(place, at, change)),
    disable_rollback: body.disable_rollback ?? true,
    timeout_mins: minutesOf(body) ?? null,
    tags: tags && tags.length > 0 ? tags : null,
    stack_status: 'INIT_COMPLETE',
    stack_owner: null,
    parent: null,
    notification_topics: [],
    capabilities: [],
    creation_time: null,
    updated_time: null,
    deletion_time: null,
  }
}

const GROUP_OF: { readonly [action in ChangeView['action']]: string } = {
  create: 'added',
  update: 'updated',
  replace: 'replaced',
  keep: 'unchanged',
  delete: 'deleted',
  retain: 'deleted',
  fail: 'updated',
}

/** @param known the resources that there are: what the preview does not speak of stays as it is */
export function previewedUpdate(
  place: Place,
  stack: StackPlace,
  { changes }: Preview,
  known: readonly ResourceView[],
): JsonObject {
  const groups: { [group: string]: Json[] } = { unchanged: [], updated: [], replaced: [], added: [], deleted: [] }
  const spoken = new Set(changes.map(({ name }) => name))
  for (const change of changes) groups[GROUP_OF[change.action]]?.push(previewedResource(place, stack, change))
  for (const { name, type, physicalId, status } of known) {
    if (spoken.has(name)) continue
    const state = { resource_status: status, physical_resource_id: physicalId ?? '' }
    groups.unchanged?.push({ ...named(place, stack, name, type), ...state, properties: {} })
  }
  return { resource_changes: groups }
}

function previewedResource(place: Place, stack: StackPlace, change: ChangeView): JsonObject {
  const values = change.differences.flatMap(({ name, after }) => (after === undefined ? [] : [[name, after] as const]))
  return {
    ...named(place, stack, change.name, change.type),
    resource_status: 'INIT_COMPLETE',
    physical_resource_id: '',
    properties: Object.fromEntries(values),
    reasons: change.reasons.map(({ text }) => text),
    ...(change.problem !== undefined && { problem: change.problem }),
  }
}

const named = ({ tenant }: Place, stack: StackPlace, name: string, type: string): JsonObject => ({
  resource_name: name,
  resource_type: type,
  resource_action: 'INIT',
  resource_status_reason: '',
  stack_name: stack.name,
  stack_identity: { tenant, stack_name: stack.name, stack_id: stack.id, path: '' },
  resource_identity: { tenant, stack_name: stack.name, stack_id: stack.id, path: `/resources/${name}` },
  required_by: [],
  metadata: {},
  attributes: {},
  description: '',
})
