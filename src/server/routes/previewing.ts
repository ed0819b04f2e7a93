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
    resources: previewedResources(place, at, changes),
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

/** As Heat lists them: in the place of a resource that is a stack, a list of those inside. */
function previewedResources(place: Place, at: StackPlace, changes: readonly ChangeView[], parent?: string): Json[] {
  return changes.flatMap((change): Json[] => {
    const { action, nested, name } = change
    if (action === 'delete') return []
    if (nested) return [previewedResources(place, { name: nested.stack, ...NEW }, nested.changes, name)]
    return [{ ...previewedResource(place, at, change), ...(parent !== undefined && { parent_resource: parent }) }]
  })
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

/** A change of a resource, wherever it is, with its stack and the path from the outermost one: `group/0`. */
interface Placed {
  readonly change: ChangeView
  readonly stack: StackPlace
  readonly path: string
}

/**
 * @param known the resources that there are, those of nested stacks too where they are to be shown: what the preview does not
 * speak of stays as it is
 */
export function previewedUpdate(
  place: Place,
  stack: StackPlace,
  preview: Preview,
  known: readonly ResourceView[],
  showNested = false,
): JsonObject {
  const groups: { [group: string]: Json[] } = { unchanged: [], updated: [], replaced: [], added: [], deleted: [] }
  const idOf = new Map(known.flatMap(({ within }) => (within ? [[within.path, within.stackId] as const] : [])))
  const placed = placedChanges(preview, stack, '', showNested ? idOf : undefined)
  const spoken = new Set(placed.map(({ path }) => path))
  for (const { change, stack: at } of placed) {
    groups[GROUP_OF[change.action]]?.push(previewedResource(place, at, change))
  }
  for (const { name, type, physicalId, status, within } of known) {
    if (spoken.has(within ? `${within.path}/${name}` : name)) continue
    const at = within ? { name: within.stack, id: within.stackId } : stack
    const state = { resource_status: status, physical_resource_id: physicalId ?? '' }
    groups.unchanged?.push({ ...named(place, at, name, type), ...state, properties: {} })
  }
  return { resource_changes: groups }
}

/** Those inside follow the resource that they are inside of, as Heat lists them. @param idOf absent: nothing inside is listed */
function placedChanges(
  { changes }: Preview,
  stack: StackPlace,
  within: string,
  idOf: ReadonlyMap<string, string> | undefined,
): Placed[] {
  return changes.flatMap((change) => {
    const path = `${within}${change.name}`
    if (!idOf || !change.nested) return [{ change, stack, path }]
    const inside = { name: change.nested.stack, id: idOf.get(path) ?? NEW.id }
    return [{ change, stack, path }, ...placedChanges(change.nested, inside, `${path}/`, idOf)]
  })
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
    ...(change.hooks && { hooks: [...change.hooks] }),
    ...(change.keptFirst && { kept_first: true }),
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
