// The resource types of simulated worlds. They differ in what the engine must get right about each: found again or not,
// replaced or mended after a failure, done at once or pending.
import { isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import {
  type CallContext,
  defineType,
  type Made,
  type Operation,
  type Pending,
  type ResourceType,
  type Snapshot,
  type TypeSpec,
} from '../src/provider/contract.js'
import { ProviderError } from '../src/provider/error.js'
import type { FarSide, RealThing } from './far-side.js'
import type { Actor } from './scheduler.js'

/** `v`, `r`, `a` change in place; `z` asks for a new thing. */
const properties = {
  v: { type: 'any', onChange: 'update' },
  r: { type: 'any', onChange: 'update' },
  a: { type: 'any', onChange: 'update' },
  z: { type: 'any', onChange: 'replace' },
} as const
const attributes = { v: {}, z: {}, serial: {} }
/** What is read of a thing tells of each property. */
const unset = { v: null, r: null, a: null, z: null }

interface Habits {
  readonly name: string
  /** Knows its own work by `find`; otherwise `create` recognises the token. */
  readonly finds: boolean
  readonly whenFailed: 'replace' | 'update'
  readonly recoverBy: 'properties' | 'token'
  readonly updates: boolean
  readonly pends: boolean
  readonly cancels: boolean
  /** Can be compared with reality. */
  readonly reads: boolean
  /** Can be suspended. */
  readonly rests: boolean
}

const plain: Habits = {
  name: 'Sim::Plain',
  finds: true,
  whenFailed: 'replace',
  recoverBy: 'properties',
  updates: true,
  pends: false,
  cancels: false,
  reads: true,
  rests: true,
}

const HABITS: readonly Habits[] = [
  plain,
  { ...plain, name: 'Sim::Token', finds: false, recoverBy: 'token', reads: false },
  { ...plain, name: 'Sim::Mended', whenFailed: 'update', rests: false },
  { ...plain, name: 'Sim::MendedToken', whenFailed: 'update', finds: false, recoverBy: 'token' },
  { ...plain, name: 'Sim::MendedFar', whenFailed: 'update', finds: false },
  { ...plain, name: 'Sim::Fixed', updates: false },
  { ...plain, name: 'Sim::Slow', pends: true, cancels: true },
  { ...plain, name: 'Sim::SlowToken', pends: true, finds: false, recoverBy: 'token' },
  { ...plain, name: 'Sim::SlowMendedFar', pends: true, finds: false, whenFailed: 'update' },
  { ...plain, name: 'Sim::SlowMended', pends: true, cancels: true, whenFailed: 'update' },
]

const habitsOf = (typeName: string) => HABITS.find(({ name }) => name === typeName)

export const canRest = (typeName: string): boolean => habitsOf(typeName)?.rests ?? false
export const canBeRead = (typeName: string): boolean => habitsOf(typeName)?.reads ?? false
export const canBeUpdated = (typeName: string): boolean => habitsOf(typeName)?.updates ?? false

export const typeNames = HABITS.map(({ name }) => name)

const CALL_TIMEOUT_SECONDS = 20

/** The types as one engine holds them: its calls wait at its own gates. */
export function simulatedTypes(far: FarSide, engine: Actor): ResourceType[] {
  return HABITS.map((habits) => simulatedType(far, engine, habits))
}

function simulatedType(far: FarSide, engine: Actor, habits: Habits): ResourceType {
  type Spec = TypeSpec<typeof properties>
  const { name, finds, whenFailed, recoverBy, updates, pends, cancels, reads, rests } = habits
  const pending = () => pends && far.chance.happens(far.weather.pendingRate)
  const ask = <T>(call: CallContext, verb: string, effect: () => T) => far.ask(engine, call, verb, effect)
  const update: NonNullable<Spec['update']> = (call, thing, wanted) =>
    ask(call, 'update', () => {
      refusePoison(wanted)
      const real = far.thingOf(name, thing.physicalId)
      if (real && pending()) return pendingAnswer(far, real, 'update', wanted)
      return madeOf(finish(far.change(thing.physicalId, call.name, wanted)))
    })
  const spec: Spec = {
    name,
    properties: updates ? properties : fixed(properties),
    attributes,
    timeoutSeconds: CALL_TIMEOUT_SECONDS,
    operationTimeoutSeconds: 120,
    whenFailed,
    recoverBy,
    create: (call, wanted) =>
      ask(call, 'create', () => {
        refusePoison(wanted)
        const under = far.byToken(call.token)
        if (under?.operation?.action === 'delete' && !finds) {
          // It goes on by itself, whoever has forgotten of it; what is wanted comes after.
          far.destroy(under.id)
          throw new ProviderError('conflict', `${under.id} is being deleted`)
        }
        if (under?.operation?.action === 'create' && !finds) return { ...pendingOf(under), physicalId: under.id }
        const real = far.make(call, name, wanted, !finds)
        return pending() ? pendingAnswer(far, real, 'create', wanted) : madeOf(finish(real))
      }),
    snapshot: (call, thing) =>
      ask(call, 'snapshot', () => {
        const real = far.thingOf(name, thing.physicalId)
        if (real && pending()) {
          far.begin(real, 'snapshot', {})
          return pendingOf(real)
        }
        // The same request again, whose answer is told at once: one that was going on is over with it.
        if (real?.operation?.action === 'snapshot') finish(real)
        return keep(far, thing.physicalId)
      }),
    restore: (kept) => {
      const { type, v = null } = isJsonObject(kept) ? kept : {}
      if (type !== name) far.violate(`a ${name} is to go back to what a ${String(type)} has kept`)
      return v === null ? {} : { v }
    },
    delete: (call, thing) => ask(call, 'delete', () => destroy(far, far.thingOf(name, thing.physicalId), pending())),
    ...(updates && { update }),
    ...(reads && {
      read: (call, thing) =>
        ask(call, 'read', () => {
          const real = far.thingOf(name, thing.physicalId)
          return real ? { properties: { ...unset, ...real.properties }, attributes: attributesOf(real) } : null
        }),
    }),
    ...(rests && {
      suspend: (call, thing) =>
        ask(call, 'suspend', () => rest(far, far.thingOf(name, thing.physicalId), 'suspend', pending())),
      resume: (call, thing) =>
        ask(call, 'resume', () => rest(far, far.thingOf(name, thing.physicalId), 'resume', pending())),
    }),
    ...(finds && {
      find: (call) =>
        ask(call, 'find', () => {
          const real = far.byToken(call.token)
          return real ? madeOf(finish(real)) : null
        }),
    }),
    ...(pends && { poll: (call, operation) => ask(call, 'poll', () => poll(far, operation.handle, operation.action)) }),
    ...(cancels && {
      cancel: (call, operation) =>
        ask(call, 'cancel', () => {
          const real = far.ofOperation(operation.handle)
          if (real?.operation?.handle === operation.handle) real.operation = undefined
        }),
    }),
  }
  return defineType(spec)
}

/** What it holds is kept, as it is at this moment. */
function keep(far: FarSide, id: string): Snapshot {
  far.kept.add(id)
  const real = far.things.get(id)
  return { snapshot: real ? { type: real.type, v: real.properties.v ?? null } : null }
}

/** What can never work, whatever is tried. */
function refusePoison(wanted: { readonly v?: Json }): void {
  if (wanted.v === 'poison') throw new ProviderError('invalid', 'v must not be poison')
}

function fixed(schemas: typeof properties) {
  return Object.fromEntries(Object.keys(schemas).map((key) => [key, { type: 'any' }])) as typeof properties
}

export function attributesOf(real: Pick<RealThing, 'properties' | 'serial'>): JsonObject {
  return { v: real.properties.v ?? null, z: real.properties.z ?? null, serial: real.serial }
}

const madeOf = (real: RealThing): Made => ({ physicalId: real.id, attributes: attributesOf(real) })

function finish(real: RealThing): RealThing {
  real.operation = undefined
  return real
}

function pendingOf(real: RealThing): Pending {
  return { pending: { handle: real.operation?.handle ?? null, pollAfterSeconds: 1 } }
}

/** By chance it tells the id at once, or only when the thing is there. */
function pendingAnswer(far: FarSide, real: RealThing, action: 'create' | 'update', wanted: JsonObject): Pending {
  far.begin(real, action, wanted)
  return far.chance.happens(0.5) ? { ...pendingOf(real), physicalId: real.id } : pendingOf(real)
}

function rest(
  far: FarSide,
  real: RealThing | undefined,
  verb: 'suspend' | 'resume',
  pends: boolean,
): Pending | undefined {
  if (!real) return undefined
  if (pends) {
    far.begin(real, verb, {})
    return pendingOf(real)
  }
  far.rest(real.id, verb === 'suspend')
  return undefined
}

function destroy(far: FarSide, real: RealThing | undefined, pends: boolean): Pending | undefined {
  if (!real) return undefined
  if (pends) {
    far.begin(real, 'delete', {})
    return pendingOf(real)
  }
  far.destroy(real.id)
  return undefined
}

/** Asked again after its end, an operation tells again how it ended. */
function poll(far: FarSide, handle: Json, action: Operation['action']): Partial<Made & Snapshot> | Pending | undefined {
  const real = far.ofOperation(handle)
  if (!real) {
    if (action === 'delete') return undefined
    throw new ProviderError('notFound', `nothing has the operation ${String(handle)}`)
  }
  const { operation } = real
  if (operation?.handle !== handle) {
    if ((operation && !far.ended.has(handle)) || action === 'delete')
      throw new ProviderError('fatal', `${String(handle)} was given up`)
    return far.keptBy.get(handle) ?? madeOf(real)
  }
  if (operation.pollsLeft-- > 0) return pendingOf(real)
  if (operation.action !== action)
    far.violate(`poll of the ${operation.action} of ${real.name} as if it were a ${action}`)
  finish(real)
  far.ended.add(handle)
  if (operation.action === 'snapshot') {
    const kept = keep(far, real.id)
    far.keptBy.set(handle, kept)
    return kept
  }
  if (operation.action === 'suspend' || operation.action === 'resume') far.rest(real.id, operation.action === 'suspend')
  if (operation.action === 'delete') {
    far.destroy(real.id)
    return undefined
  }
  return madeOf(operation.action === 'update' ? far.change(real.id, real.name, operation.wanted) : real)
}
