// One visit's provider call: the thing is asked what the stack's action wants of it, and its answer judged.
import { driftOf, type Observation } from '../graph/observed.js'
import { hashOf, type Json, type JsonObject } from '../lib/json.js'
import { type CallContext, isPending, type Pending, type ResourceType, type Thing } from '../provider/contract.js'
import { ProviderError } from '../provider/error.js'
import type { Outcome, Visited, VisitTask } from './work.js'

export async function visit(type: ResourceType, call: CallContext, task: VisitTask): Promise<Outcome> {
  if (task.handle !== undefined) return polled(type, call, task)
  const { thing, verb } = task
  switch (verb) {
    case 'check':
      return task.adopts ? adopt(type, call, thing) : check(type, call, thing)
    case 'suspend':
    case 'resume':
      return answered((await type[verb]?.(call, thing)) ?? undefined)
    case 'snapshot':
      return keeping(type, await type.snapshot?.(call, thing))
  }
}

async function polled(
  type: ResourceType,
  call: CallContext,
  { verb, thing, handle = null }: VisitTask,
): Promise<Outcome> {
  if (!type.poll) throw new ProviderError('fatal', `${type.name} answered pending but has no poll function`)
  const { physicalId, properties, privateData } = thing
  const answer = await type.poll(call, { action: verb, handle, physicalId, properties, privateData })
  return verb === 'snapshot' ? keeping(type, answer) : answered(answer)
}

type Answer = Pending | { readonly snapshot?: Json } | undefined

/** A deletion may wait for just this: an answer that says nothing of what was kept must not pass for one that kept nothing. */
function keeping(type: ResourceType, answer: Answer): Outcome {
  if (isPending(answer) || answer?.snapshot !== undefined) return answered(answer)
  throw new ProviderError('fatal', `${type.name} was asked for a snapshot, and its answer has none`)
}

function answered(answer: Answer): Outcome {
  if (!isPending(answer)) return { ...sound, snapshot: answer?.snapshot ?? null }
  return { kind: 'pending', ...answer.pending, of: 'check', mend: false, physicalId: null }
}

const sound: Visited = { kind: 'visited', finding: null, reason: null, snapshot: null }

/** Compared with reality: is it there, does it have what was recorded, and is it well. */
async function check(type: ResourceType, call: CallContext, thing: Thing): Promise<Outcome> {
  if (type.read) {
    const live = await type.read(call, thing)
    if (live === null)
      return { ...sound, finding: { gone: true }, reason: `${thing.physicalId} does not exist any more` }
    const drift = driftOf(thing.properties, live.properties)
    if (Object.keys(drift).length > 0)
      return { ...sound, finding: found(type, drift), reason: told(type, thing, drift) }
  }
  const complaint = await type.check?.(call, thing)
  if (typeof complaint === 'object') return answered(complaint)
  return complaint === undefined ? sound : { ...sound, finding: { unhealthy: true }, reason: complaint }
}

/** What it is, as far as it can be read back, is from now on what is recorded of it; the rest is believed. */
async function adopt(type: ResourceType, call: CallContext, thing: Thing): Promise<Outcome> {
  const { properties, attributes } = thing
  if (!type.read) return { ...sound, live: { properties, attributes, believed: true } }
  const live = await type.read(call, thing)
  if (live === null) return { ...sound, finding: { gone: true }, reason: `${thing.physicalId} does not exist` }
  const differing = driftOf(properties, live.properties)
  return { ...sound, live: { properties: { ...properties, ...differing }, attributes: live.attributes } }
}

/** Of a secret only its difference is kept. */
function found(type: ResourceType, drift: JsonObject): Observation {
  const kept = Object.entries(drift).map(([name, live]) => [name, isSecret(type, name) ? hashOf(live) : live])
  return { properties: Object.fromEntries(kept) }
}

const isSecret = (type: ResourceType, name: string): boolean => type.properties[name]?.secret ?? false

function told(type: ResourceType, thing: Thing, drift: JsonObject): string {
  const parts = Object.entries(drift).map(([name, live]) =>
    isSecret(type, name) ? `${name} differs` : difference(name, live, thing.properties[name] ?? null),
  )
  return `differs from what was recorded: ${parts.join(', ')}`
}

function difference(name: string, live: Json, recorded: Json): string {
  const [is, was] = [JSON.stringify(live), JSON.stringify(recorded)]
  return is.length + was.length > SHOWN_MAX ? `${name} differs` : `${name} is ${is}, not ${was}`
}

const SHOWN_MAX = 120
