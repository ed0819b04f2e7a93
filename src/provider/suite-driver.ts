// Plays the engine for one resource: calls a type's functions, polls what is pending, and keeps what the engine would.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../lib/json.js'
import {
  type CallContext,
  isPending,
  type Made,
  type Observed,
  type Operation,
  type Pending,
  type PolledAction,
  type ResourceType,
  type Thing,
} from './contract.js'
import { completeProperties } from './properties.js'
import { fakeCall } from './testing.js'

const POLLS_MAX = 100_000

export class Driver {
  readonly token = randomUUID()
  readonly foreignToken = randomUUID()
  readonly #type: ResourceType
  readonly #overrides: Partial<CallContext>

  constructor(type: ResourceType, overrides: Partial<CallContext>) {
    this.#type = type
    this.#overrides = overrides
  }

  /** A call for this resource; each has the same token. */
  call(overrides: Partial<CallContext> = {}): CallContext {
    return fakeCall({ token: this.token, ...this.#overrides, ...overrides })
  }

  /** Begins a create and returns the answer as it comes. */
  async start(wanted: JsonObject, overrides: Partial<CallContext> = {}): Promise<Made | Pending> {
    return this.#type.create(this.call(overrides), completeProperties(this.#type, wanted))
  }

  async create(wanted: JsonObject, overrides: Partial<CallContext> = {}): Promise<Thing> {
    const properties = completeProperties(this.#type, wanted)
    const made = await this.#finish('create', await this.start(wanted, overrides), properties, undefined)
    assert.ok(made?.physicalId !== undefined, 'a completed create tells the physical id')
    return this.#thing(made.physicalId, properties, made)
  }

  /** What the type finds for the call's token, once it is no longer pending. */
  async find(wanted: JsonObject, overrides: Partial<CallContext> = {}): Promise<Thing | null> {
    const properties = completeProperties(this.#type, wanted)
    const found = (await this.#type.find?.(this.call(overrides), properties)) ?? null
    if (found === null) return null
    const made = await this.#finish('create', found, properties, undefined)
    return this.#thing(made?.physicalId ?? '', properties, made ?? {})
  }

  async update(thing: Thing, wanted: JsonObject): Promise<Thing> {
    assert.ok(this.#type.update, 'the type can update')
    const properties = completeProperties(this.#type, wanted)
    const answer = await this.#type.update(this.call(), thing, properties)
    const made = await this.#finish('update', answer, properties, thing)
    return this.#thing(thing.physicalId, properties, { privateData: thing.privateData, ...made })
  }

  async delete(thing: Thing): Promise<void> {
    const answer = await this.#type.delete(this.call(), thing)
    await this.#finish('delete', answer ?? undefined, thing.properties, thing)
  }

  async read(thing: Thing): Promise<Observed | null> {
    const observed = (await this.#type.read?.(this.call(), thing)) ?? null
    if (observed) this.#assertDeclared(observed.attributes)
    return observed
  }

  /** The operation that a pending answer has begun, or undefined when the answer is the end of it. */
  operationOf(
    action: PolledAction,
    answer: Partial<Made> | Pending | undefined,
    properties: JsonObject,
    thing?: Thing,
  ): Operation | undefined {
    if (!isPending(answer)) return undefined
    const physicalId = thing?.physicalId ?? answer.physicalId
    return { action, handle: answer.pending.handle, physicalId, properties, privateData: thing?.privateData ?? null }
  }

  async #finish(
    action: PolledAction,
    first: Partial<Made> | Pending | undefined,
    properties: JsonObject,
    thing: Thing | undefined,
  ): Promise<Partial<Made> | undefined> {
    let answer = first
    let physicalId = thing?.physicalId
    for (let polls = 0; isPending(answer); polls++) {
      assert.ok(polls < POLLS_MAX, 'a pending operation comes to an end')
      const { handle, pollAfterSeconds } = answer.pending
      assert.ok(pollAfterSeconds >= 0, 'pollAfterSeconds is not negative')
      physicalId = answer.physicalId ?? physicalId
      const call = this.call()
      await call.world.sleep(pollAfterSeconds, call.signal)
      assert.ok(this.#type.poll, 'a type that answers pending can poll')
      // The engine stores the handle, so it must survive as JSON.
      const stored = JSON.parse(JSON.stringify(handle))
      const privateData = thing?.privateData ?? null
      answer = await this.#type.poll(call, { action, handle: stored, physicalId, properties, privateData })
    }
    return answer && (physicalId === undefined ? answer : { physicalId, ...answer })
  }

  #thing(physicalId: string, properties: JsonObject, made: Partial<Made>): Thing {
    const attributes = made.attributes ?? {}
    this.#assertDeclared(attributes)
    return { physicalId, properties, attributes, privateData: made.privateData ?? null }
  }

  #assertDeclared(attributes: JsonObject): void {
    const undeclared = Object.keys(attributes).filter((name) => !Object.hasOwn(this.#type.attributes ?? {}, name))
    if (!this.#type.anyAttributes) assert.deepEqual(undeclared, [], 'each attribute given is declared')
  }
}
