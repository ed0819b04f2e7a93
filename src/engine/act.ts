// Acting: one provider call, with no transaction open. Whatever the provider answers or throws becomes an Outcome.
import { driftOf } from '../graph/observed.js'
import type { JsonObject } from '../lib/json.js'
import { storable } from '../lib/storable.js'
import {
  type CallContext,
  isPending,
  type Made,
  type Pending,
  type PolledAction,
  type ResourceType,
} from '../provider/contract.js'
import { classifyDefault, ProviderError } from '../provider/error.js'
import { changeOf } from './change.js'
import { sensibleWait } from './timeouts.js'
import { visit } from './visit-call.js'
import type { Existing, Outcome, PendingTask, Task, Work } from './work.js'

/** @returns the outcome; never rejects. */
export async function act(type: ResourceType, call: CallContext, work: Work): Promise<Outcome> {
  try {
    return recordable(await perform(type, call, work.task))
  } catch (error) {
    return recordable(failure(type, error))
  }
}

/** What a type says, and the far side behind it, must not keep its outcome from being settled. */
function recordable(outcome: Outcome): Outcome {
  if (outcome.kind === 'pending')
    return storable({ ...outcome, pollAfterSeconds: sensibleWait(outcome.pollAfterSeconds) })
  if (outcome.kind === 'failed')
    return storable({ ...outcome, retryAfterSeconds: sensibleWait(outcome.retryAfterSeconds) })
  return storable(outcome)
}

async function perform(type: ResourceType, call: CallContext, task: Task): Promise<Outcome> {
  switch (task.kind) {
    case 'create':
      return create(type, call, task)
    case 'update': {
      if (!type.update) throw new ProviderError('invalid', `${type.name} cannot be updated in place`)
      return outcomeOf(await type.update(call, task.thing, task.wanted), 'update', task.thing)
    }
    case 'delete':
      return remove(type, call, task)
    case 'poll':
      return poll(type, call, task)
    case 'visit':
      return visit(type, call, task)
    case 'cancel': {
      const { cancelReason, physicalId } = task.operation
      await type.cancel?.(call, operationOf(task))
      return failed('fatal', cancelReason ?? 'cancelled', physicalId)
    }
  }
}

async function create(
  type: ResourceType,
  call: CallContext,
  { wanted, resume, existing }: Extract<Task, { kind: 'create' }>,
): Promise<Outcome> {
  if (existing) return takeOver(type, call, wanted, existing)
  // An earlier attempt may have made it and died, or lost the answer: ask before making anything.
  const found = resume && type.find ? await type.find(call, wanted) : null
  const made = found ?? (await type.create(call, wanted))
  // A type that mends what has failed may have been asked for something else when it made this thing.
  const mend = resume && type.whenFailed === 'update'
  if (isPending(made)) return outcomeOf(made, 'create', undefined, mend)
  return mend ? mended(type, call, made, wanted) : outcomeOf(made, 'create')
}

/** What exists is read; unless it is only referred to, it is brought to what is wanted. */
async function takeOver(
  type: ResourceType,
  call: CallContext,
  wanted: JsonObject,
  existing: Existing,
): Promise<Outcome> {
  const { physicalId, referred } = existing
  // As in Heat, what cannot be looked at is taken at its word.
  if (referred && !type.read) return { kind: 'done', physicalId, attributes: {}, privateData: null }
  if (!type.read) throw new ProviderError('invalid', `${type.name} cannot be read, so ${physicalId} cannot be taken up`)
  const thing = { physicalId, properties: wanted, attributes: {}, privateData: null }
  const live = await type.read(call, thing).catch((error: unknown) => throwOf(type, existing, error))
  if (live === null) throw new ProviderError('invalid', `there is no ${type.name} ${physicalId}`)
  const { attributes } = live
  const drift = referred ? {} : driftOf(wanted, live.properties)
  if (Object.keys(drift).length === 0) return { kind: 'done', physicalId, attributes, privateData: null }
  const found = { ...thing, properties: { ...wanted, ...drift }, attributes }
  if (!type.update || changeOf(type, found.properties, wanted) !== 'update') {
    const names = Object.keys(drift).join(', ')
    throw new ProviderError('invalid', `${physicalId} is otherwise in ${names}, which cannot be changed in place`)
  }
  return outcomeOf(await type.update(call, found, wanted), 'update', found)
}

/** Types are written for things that they made: of one that is only referred to there are no properties to go by. */
function throwOf({ name }: ResourceType, { physicalId, referred }: Existing, error: unknown): never {
  if (!referred || !(error instanceof TypeError)) throw error
  const message = `${name} cannot be read by its id alone, so external_id cannot refer to ${physicalId}`
  throw new ProviderError('invalid', message, undefined, { cause: error })
}

async function mended(type: ResourceType, call: CallContext, made: Made, wanted: JsonObject): Promise<Outcome> {
  if (!type.update) return outcomeOf(made, 'create')
  const thing = { properties: wanted, attributes: {}, privateData: null, ...made }
  return outcomeOf(await type.update(call, thing, wanted), 'update', thing)
}

/** An interrupted create that nobody wants any more is looked for by its token before it is forgotten. */
async function remove(
  type: ResourceType,
  call: CallContext,
  { physicalId, thing }: Extract<Task, { kind: 'delete' }>,
): Promise<Outcome> {
  let known = physicalId === null ? undefined : { ...thing, physicalId }
  if (!known) {
    // Without `find` the create itself recognises its token: asked again, it tells what it made.
    const made = type.find ? await type.find(call, thing.properties) : await askedAgain(type, call, thing.properties)
    if (made === null) return { kind: 'gone' }
    if (isPending(made)) return outcomeOf(made, 'create')
    known = { ...thing, ...made, attributes: made.attributes ?? {}, privateData: made.privateData ?? null }
  }
  const answer = await type.delete(call, known)
  return answer && isPending(answer) ? outcomeOf(answer, 'delete', known) : { kind: 'gone' }
}

/** What was asked for can never work, then it never has: there is nothing to be undone. */
async function askedAgain(type: ResourceType, call: CallContext, wanted: JsonObject): Promise<Made | Pending | null> {
  try {
    return await type.create(call, wanted)
  } catch (error) {
    if (classOf(type, error) === 'invalid') return null
    throw error
  }
}

async function poll(type: ResourceType, call: CallContext, task: PendingTask): Promise<Outcome> {
  if (!type.poll) throw new ProviderError('fatal', `${type.name} answered pending but has no poll function`)
  const { physicalId, attributes, privateData, properties, of, mend } = task.operation
  const answer = await ended(type, task, type.poll(call, operationOf(task)))
  const before = { physicalId, attributes, privateData }
  if (answer && isPending(answer)) return outcomeOf(answer, of, before, mend)
  if (of === 'delete') return { kind: 'gone' }
  const made = { ...before, ...answer, physicalId: answer?.physicalId ?? physicalId }
  // Its deletion is begun afresh. Begun here, whoever took it over would poll the create again, of a thing that is gone.
  if (task.action === 'delete')
    return { kind: 'ended', ...made, attributes: made.attributes ?? {}, privateData: made.privateData ?? null }
  if (mend && made.physicalId !== null) return mended(type, call, { ...made, physicalId: made.physicalId }, properties)
  return outcomeOf(answer ?? {}, of, before)
}

/** A create that nobody wants any more has ended as well when nobody knows of it any more. */
async function ended<T>(
  type: ResourceType,
  { action, operation }: PendingTask,
  polled: Promise<T>,
): Promise<T | undefined> {
  try {
    return await polled
  } catch (error) {
    if (action !== 'delete' || operation.of === 'delete' || classOf(type, error) !== 'notFound') throw error
    return undefined
  }
}

function operationOf({ operation }: PendingTask) {
  const { of, handle, physicalId, properties, privateData } = operation
  return { action: of, handle, physicalId: physicalId ?? undefined, properties, privateData }
}

type Before = { physicalId: string | null; attributes: Made['attributes']; privateData: Made['privateData'] }

function outcomeOf(answer: Partial<Made> | Pending, of: PolledAction, before?: Partial<Before>, mend = false): Outcome {
  const physicalId = answer.physicalId ?? before?.physicalId ?? null
  if (isPending(answer)) return { kind: 'pending', ...answer.pending, of, mend, physicalId }
  if (physicalId === null) return failed('fatal', 'the type told no physical id', null)
  return {
    kind: 'done',
    physicalId,
    attributes: answer.attributes ?? before?.attributes ?? {},
    privateData: answer.privateData ?? before?.privateData ?? null,
  }
}

function failure(type: ResourceType, error: unknown): Outcome {
  const errorClass = classOf(type, error)
  const retryAfterSeconds = error instanceof ProviderError ? (error.retryAfterSeconds ?? 0) : 0
  return { kind: 'failed', errorClass, message: messageOf(error), retryAfterSeconds, physicalId: null }
}

const classOf = (type: ResourceType, error: unknown) => type.classify?.(error) ?? classifyDefault(error)

function failed(errorClass: 'fatal', message: string, physicalId: string | null): Outcome {
  return { kind: 'failed', errorClass, message, retryAfterSeconds: 0, physicalId }
}

const MESSAGE_LENGTH_MAX = 4_000

/** A message of bounded length: writing down what happened must never fail because of what happened. */
function messageOf(error: unknown): string {
  const causes: string[] = []
  for (let cause: unknown = error; cause instanceof Error && causes.length < 4; cause = cause.cause) {
    if (cause.message && !causes.some((text) => text.includes(cause.message))) causes.push(cause.message)
  }
  const text = causes.join(': ') || String(error)
  return text.length <= MESSAGE_LENGTH_MAX ? text : `${text.slice(0, MESSAGE_LENGTH_MAX)}…`
}
