// Groups whose size may change by itself: OS::Heat::AutoScalingGroup. Members have names of their own, and the oldest goes
// first, so that a group that shrinks and grows renews itself.
import { createHash } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { type Around, defineComposite } from '../composite.js'
import type { PropertySchemas, Signalled } from '../contract.js'
import { groupAttributes, nextStep, plainData, rollingOf } from './members.js'
import { adjusted, ignored, readAdjustment, restFrom, restOf, stillRests } from './scaling.js'

const size = { type: 'integer', onChange: 'update', schema: { minimum: 0 } } as const

const properties = {
  resource: { type: 'map', required: true, onChange: 'update', description: 'What each member is, as in a template.' },
  min_size: { ...size, required: true },
  max_size: { ...size, required: true },
  desired_capacity: { ...size, description: 'How many at first; signals of a policy change it.' },
  cooldown: { type: 'integer', onChange: 'update', description: 'Seconds of rest after it was scaled.' },
  rolling_updates: {
    type: 'map',
    onChange: 'update',
    description: 'How a changed definition reaches the members: min_in_service, max_batch_size, pause_time.',
  },
} as const satisfies PropertySchemas

/** What a scaling group remembers: how many it was told to be, and under which wish of the template. */
interface Memory {
  readonly capacity: number | undefined
  readonly desired: Json
  readonly names: readonly string[]
  readonly serial: number
  /** Until when further signals are ignored, in seconds since 1970. */
  readonly restsUntil?: number
}

/** A group that was adopted from a document that says nothing of this is as many as it has. */
const memoryOfAdopted = (members: Around['members'], { desired }: Limits): Memory => ({
  capacity: members.length,
  desired: desired ?? null,
  names: members.map(({ name }) => name),
  serial: members.length,
})

function memoryIn(memory: Json): Memory {
  const { capacity, desired = null, names, serial } = isJsonObject(memory) ? memory : {}
  const restsUntil = restOf(memory)
  return {
    ...(restsUntil > 0 && { restsUntil }),
    capacity: typeof capacity === 'number' ? capacity : undefined,
    desired,
    names: Array.isArray(names) ? names.map(String) : [],
    serial: Number(serial ?? 0),
  }
}

export interface Limits {
  readonly min: number
  readonly max: number
  readonly desired: number | undefined
}

/** A wish that has changed in the template counts more than what signals said before. */
function capacityOf({ min, max, desired }: Limits, memory: Memory): number {
  const told = memory.desired === (desired ?? null) ? memory.capacity : undefined
  return Math.max(min, Math.min(max, told ?? desired ?? min))
}

/** The names that stay, failed and oldest ones leaving first, and new ones for what is missing. */
function membersNamed(count: number, memory: Memory, { token, members }: Around): { names: string[]; serial: number } {
  const failed = new Set(members.filter(({ status }) => status === 'FAILED').map(({ name }) => name))
  const ordered = [...memory.names].sort((one, other) => Number(failed.has(other)) - Number(failed.has(one)))
  const names = ordered.slice(Math.max(0, ordered.length - count))
  let { serial } = memory
  while (names.length < count) {
    const name = newName(token, serial++)
    if (!names.includes(name)) names.push(name)
  }
  return { names, serial }
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

function newName(token: string, serial: number): string {
  const digest = createHash('sha256').update(`${token}/${serial}`).digest()
  return [...digest.subarray(0, 12)].map((byte) => BASE32[byte % 32]).join('')
}

export function composeScaling(limits: Limits, definition: Json, rolling: Json | undefined, around: Around) {
  const adopted = around.memory === null && around.members.length > 0
  const memory = adopted ? memoryOfAdopted(around.members, limits) : memoryIn(around.memory)
  const count = capacityOf(limits, memory)
  const { names, serial } = membersNamed(count, memory, around)
  const plain = plainData(definition, 'properties.resource')
  const definitionOf = (): JsonObject => (isJsonObject(plain) ? plain : {})
  const step = nextStep({
    names,
    definitionOf,
    members: around.members,
    rolling: rollingOf(rolling),
    creating: undefined,
  })
  const { restsUntil } = memory
  const rest = restsUntil === undefined ? {} : { restsUntil }
  const remembered = { capacity: count, desired: limits.desired ?? null, names, serial, ...rest }
  return { ...step, memory: remembered }
}

/** A signal changes how many the group remembers it is to be; the update that follows makes it so. */
export function scaled(
  { limits, cooldown }: { readonly limits: Limits; readonly cooldown: number | undefined },
  notes: Json,
  body: Json,
  nowSeconds: number,
): Signalled {
  const memory = memoryIn(notes)
  const size = capacityOf(limits, memory)
  const wanted = adjusted(size, readAdjustment(body), limits)
  if (wanted === size) return ignored(notes, `it stays at ${size}, between ${limits.min} and ${limits.max}`)
  const until = memory.restsUntil ?? 0
  if (until > nowSeconds) return ignored(notes, stillRests(nowSeconds, until))
  const { names, serial } = memory
  const told = { capacity: wanted, desired: limits.desired ?? null, names: [...names], serial }
  return {
    privateData: { ...told, ...restFrom(nowSeconds, cooldown) },
    message: `from ${size} to ${wanted}`,
    updates: true,
  }
}

function boundsWrong({
  min_size: min,
  max_size: max,
  desired_capacity: desired,
}: {
  [name: string]: Json | undefined
}) {
  const problems: { property: string; message: string }[] = []
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    problems.push({ property: 'min_size', message: `must not be greater than max_size, got ${min} and ${max}` })
  const outside =
    typeof desired === 'number' &&
    ((typeof min === 'number' && desired < min) || (typeof max === 'number' && desired > max))
  if (outside) problems.push({ property: 'desired_capacity', message: `must be between min_size and max_size` })
  return problems
}

interface Sizes {
  readonly min_size: number
  readonly max_size: number
  readonly desired_capacity?: number
}

const limitsOf = ({ min_size: min, max_size: max, desired_capacity: desired }: Sizes): Limits => ({ min, max, desired })

export const AutoScalingGroup = defineComposite({
  name: 'OS::Heat::AutoScalingGroup',
  description: 'Makes resources of one definition, as many as it is told, between a least and a greatest number.',
  properties,
  attributes: {
    outputs: { type: 'map', description: 'Of an attribute, the values by the members’ names.' },
    outputs_list: { type: 'list', description: 'Of an attribute, the values of the members.' },
    current_size: { type: 'integer', description: 'How many members there are.' },
    refs: { type: 'list', description: 'What get_resource gives of each member.' },
    refs_map: { type: 'map', description: 'The same by the members’ names.' },
  },
  looksAtMembers: true,
  validate: boundsWrong,
  signal: ({ properties: given, privateData }, body, nowSeconds) =>
    scaled({ limits: limitsOf(given), cooldown: given.cooldown }, privateData, body, nowSeconds),
  compose: (given, around) => composeScaling(limitsOf(given), given.resource, given.rolling_updates, around),
  attributesOf({ members }, asked) {
    const { attributes = {}, ...own } = groupAttributes(members, asked)
    const lists = asked.flatMap((name) => {
      const attribute = /^outputs_list\.(.+)$/.exec(name)?.[1]
      return attribute === undefined ? [] : [[attribute, members.map((member) => member.attributes[attribute] ?? null)]]
    })
    return { ...own, outputs: attributes, outputs_list: Object.fromEntries(lists), current_size: members.length }
  },
})
