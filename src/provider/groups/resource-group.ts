// OS::Heat::ResourceGroup: so many resources of one definition, each with its number.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { type Around, defineComposite } from '../composite.js'
import type { PropertySchemas } from '../contract.js'
import { groupAttributes, inOrder, nextStep, plainData, replaceWord, rollingOf } from './members.js'

const properties = {
  count: { type: 'integer', default: 1, onChange: 'update', schema: { minimum: 0 }, description: 'How many.' },
  index_var: {
    type: 'string',
    default: '%index%',
    onChange: 'update',
    schema: { minLength: 3 },
    description: 'The word that stands for a member’s number in its properties.',
  },
  resource_def: {
    type: 'map',
    required: true,
    onChange: 'update',
    schema: {
      type: 'object',
      properties: {
        type: { type: 'string' },
        properties: { type: 'object' },
        metadata: { type: 'object' },
        isotherm: { type: 'object' },
      },
      required: ['type'],
      additionalProperties: false,
    },
    description: 'What each member is.',
  },
  removal_policies: {
    type: 'list',
    default: [],
    onChange: 'update',
    schema: {
      items: {
        type: 'object',
        properties: { resource_list: { type: 'array', items: {} } },
        additionalProperties: false,
      },
    },
    description: 'Members, by name or reference, that go first.',
  },
  removal_policies_mode: {
    type: 'string',
    default: 'append',
    onChange: 'update',
    schema: { enum: ['append', 'update'] },
    description: 'Whether members that were removed by name stay removed when others are named.',
  },
} as const satisfies PropertySchemas

export const ResourceGroup = defineComposite({
  name: 'OS::Heat::ResourceGroup',
  description: 'Makes so many resources of one definition, each with its number.',
  properties,
  attributes: {
    refs: { type: 'list', description: 'What get_resource gives of each member.' },
    refs_map: { type: 'map', description: 'The same by the members’ names.' },
    attributes: { type: 'map', description: 'Of an attribute, the values by the members’ names.' },
    removed_rsrc_list: { type: 'list', description: 'Names that are never used again.' },
  },
  // Any attribute of the members, as a list.
  anyAttributes: true,
  looksAtMembers: true,
  compose(given, around) {
    const skipped = skippedNames(given, around)
    const names = numbers(given.count, new Set(skipped))
    const definition = Object.entries(given.resource_def).flatMap(([key, value]) =>
      value === null ? [] : [[key, plainData(value, `properties.resource_def.${key}`)] as const],
    )
    const numbered = ([key, value]: readonly [string, Json], name: string) =>
      NUMBERED.has(key) ? [key, replaceWord(value, given.index_var, name)] : [key, value]
    const definitionOf = (name: string): JsonObject =>
      Object.fromEntries(definition.map((field) => numbered(field, name)))
    const { rolling_update: rolling, batch_create: creating } = around.updatePolicy
    const policies = { rolling: rollingOf(rolling), creating: rollingOf(creating) }
    const step = nextStep({ names, inTurn: names.toReversed(), definitionOf, members: around.members, ...policies })
    return { ...step, memory: { removed: skipped } }
  },
  attributesOf: (child, asked) => ({
    ...groupAttributes(inOrder(child), asked),
    removed_rsrc_list: removedIn(child.memory),
  }),
})

/** Where the word for the number is looked for: not in metadata, as in Heat. */
const NUMBERED = new Set(['properties', 'isotherm'])

function removedIn(memory: Json): string[] {
  const removed = isJsonObject(memory) ? memory.removed : null
  return Array.isArray(removed) ? removed.map(String) : []
}

/**
 * Removed once, a name is not used again; in the mode `update` only those count that are named now. A group that has never
 * had members takes the names as they are, so that a stack made anew has the members of the one that it stands for.
 */
function skippedNames(
  given: { readonly removal_policies: readonly Json[]; readonly removal_policies_mode: string },
  { memory, members }: Around,
): string[] {
  const named = given.removal_policies.flatMap((policy) =>
    isJsonObject(policy) && Array.isArray(policy.resource_list) ? policy.resource_list.map(String) : [],
  )
  const byReference = new Map(members.map(({ name, reference }) => [String(reference), name]))
  const known = new Set(members.map(({ name }) => name))
  const before = given.removal_policies_mode === 'update' ? [] : removedIn(memory)
  const earlier = new Set(removedIn(memory))
  const isNew = memory === null && members.length === 0
  const now = named.flatMap((name) => {
    if (isNew || known.has(name) || earlier.has(name)) return name
    return byReference.get(name) ?? []
  })
  return [...new Set([...before, ...now])].sort()
}

function numbers(count: number, skipped: ReadonlySet<string>): string[] {
  const names: string[] = []
  for (let number = 0; names.length < count; number++) if (!skipped.has(String(number))) names.push(String(number))
  return names
}
