// Stacks as Heat's clients know them.
import type { StackSummary, StackView } from '../../api/views.js'
import type { Json, JsonObject } from '../../lib/json.js'
import { heatTime, type Place, stackLinks } from '../links.js'

/** In lists. */
export function listedStack(place: Place, stack: StackSummary): JsonObject {
  return {
    id: stack.id,
    links: stackLinks(place, stack),
    stack_name: stack.name,
    description: '',
    stack_status: stack.status,
    stack_status_reason: stack.reason,
    creation_time: heatTime(stack.createdAt),
    // Clients take a time for the sign of an update.
    updated_time: stack.updatedAt && !stack.status.startsWith('CREATE') ? heatTime(stack.updatedAt) : null,
    deletion_time: stack.deletedAt && heatTime(stack.deletedAt),
    stack_owner: stack.madeBy,
    parent: stack.parent,
    stack_user_project_id: place.tenant,
    tags: stack.tags.length > 0 ? [...stack.tags] : null,
  }
}

export function shownStack(place: Place, stack: StackView): JsonObject {
  return {
    ...listedStack(place, stack),
    ...(stack.failing && { stack_status_reason: `The engine cannot go on, and tries again: ${stack.failing.why}` }),
    description: stack.description,
    template_description: stack.description,
    parameters: { ...pseudo(place, stack), ...texts(stack.parameters) },
    outputs: outputList(stack),
    notification_topics: [],
    capabilities: [],
    disable_rollback: stack.rollbackDisabled ?? false,
    timeout_mins: stack.timeoutMinutes,
  }
}

const pseudo = ({ tenant }: Place, { id, name }: StackView) => ({
  'OS::project_id': tenant,
  'OS::stack_id': id,
  'OS::stack_name': name,
})

export function outputList({ outputs }: StackView): JsonObject[] {
  return Object.entries(outputs).map(([name, { value, description, error }]) => ({
    output_key: name,
    output_value: value,
    description: description ?? 'No description given',
    ...(error !== undefined && { output_error: error }),
  }))
}

/** Values of parameters are told as texts, whatever they are. */
function texts(values: { readonly [name: string]: Json }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]))
}

export function textOf(value: Json): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  return JSON.stringify(value)
}
