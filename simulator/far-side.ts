// The far side: a reality of its own. Calls arrive late, fail before or after their effect, outlive their engine, or are
// never answered. It refuses a fence below one it has seen, and it knows what each token made; everything it is asked to
// do is checked against what must never happen.
import type { Json, JsonObject } from '../src/lib/json.js'
import type { CallContext, Snapshot } from '../src/provider/contract.js'
import { type ErrorClass, ProviderError } from '../src/provider/error.js'
import type { Chance } from './chance.js'
import { Actor, type Scheduler } from './scheduler.js'

export interface RealThing {
  readonly id: string
  /** Of the version whose it is; of what others made one that no row has. */
  token: string
  /** The stack's uid. */
  stack: string
  /** What its stack calls it. */
  name: string
  readonly type: string
  properties: JsonObject
  /** How often it was changed: an attribute that only the far side knows. */
  serial: number
  operation: RealOperation | undefined
  suspended: boolean
  /** Others made it: it is free to be taken over, has been, or is only referred to. */
  foreign?: 'free' | 'taken' | 'referred'
  /** What others have changed since somebody looked. */
  readonly tampered: Set<string>
}

export interface RealOperation {
  readonly handle: number
  readonly action: 'create' | 'update' | 'delete' | 'suspend' | 'resume' | 'snapshot'
  readonly wanted: JsonObject
  pollsLeft: number
}

/** How often and how badly things go wrong; all zero is a world in which providers succeed. */
export interface Weather {
  failRate: number
  /** Calls that take seconds, some longer than their deadline. */
  slowRate: number
  /** Answers that never come. */
  silentRate: number
  pendingRate: number
}

export const fairWeather: Weather = { failRate: 0, slowRate: 0, silentRate: 0, pendingRate: 0.5 }

/** Without `invalid`, which a provider says only of what can never work: see `poison`. */
const CLASSES: readonly ErrorClass[] = ['retry', 'retry', 'throttled', 'conflict', 'fatal', 'notFound']

export interface FarSideRules {
  /** Whether it remembers which token made what; a mutation takes it away. */
  readonly remembersTokens: boolean
}

/** What its stack calls a thing, and whose that is. */
interface ThingPlace {
  /** The stack's uid. */
  readonly stack: string
  readonly name: string
  readonly project: string
}

export class FarSide {
  /** Physical ids of what was ever kept in a snapshot. */
  readonly kept = new Set<string>()
  /** What operations have kept, by their handles: whoever asks once more is told once more. */
  readonly keptBy = new Map<Json, Snapshot>()
  readonly things = new Map<string, RealThing>()
  readonly violations: string[] = []
  readonly actor = new Actor('far side', 'farside')
  weather: Weather = { ...fairWeather }
  /** Calls by verb, for scenarios that count them. */
  readonly calls: { verb: string; name: string; engine: string; fence: number; token: string }[] = []
  /** Operations that were polled to their end, by their handles: whatever has begun since, that is how they ended. */
  readonly ended = new Set<Json>()
  /** Answers that engines have heard, in that order: what they have not written yet is part of the state of the world. */
  readonly heard: { readonly token: string; readonly fence: number; readonly answer: string }[] = []
  /** Things that nobody manages any more: what they use may go. */
  spared: (thing: RealThing) => boolean = () => false
  /** Things that go before their replacements are made, whoever uses them. */
  givesWay: (thing: RealThing) => boolean = () => false
  /** What becomes of a call, where a scenario wants to say it; else chance does. */
  fate: ((call: CallContext, verb: string) => Fate | undefined) | undefined
  readonly #fences = new Map<string, number>()
  readonly #buried = new Set<string>()
  readonly #gaveWay = new Set<string>()
  /** `user used`: what told the user of the used is gone, as it may be before either. */
  readonly #hearsay = new Set<string>()
  /** By token. */
  readonly #places = new Map<string, ThingPlace>()
  #lastId = 0
  #lastHandle = 0
  readonly #begunOn = new Map<number, string>()

  constructor(
    readonly scheduler: Scheduler,
    readonly chance: Chance,
    readonly say: (line: string) => void,
    readonly rules: FarSideRules = { remembersTokens: true },
  ) {}

  /** One call from an engine: it is sent, takes effect at some moment, and is answered at a later one. */
  async ask<T>(engine: Actor, call: CallContext, verb: string, effect: () => T): Promise<T> {
    const fate = this.fate?.(call, verb) ?? this.#fateOf()
    const title = `${verb} ${call.name}`
    await this.scheduler.gate(engine, { kind: 'send', label: title, text: asked(call) })
    const place = this.#places.get(call.token)
    if (place && place.project !== call.project)
      this.violate(`${title} is asked for ${call.project}, but it is of ${place.project}`)
    this.calls.push({ verb, name: call.name, engine: engine.name, fence: call.fence, token: call.token })
    const answered = this.#carryOut(engine, call, title, fate, effect)
    if (!fate.heedsSignal) return answered
    answered.catch(() => undefined)
    return Promise.race([answered, aborted(call.signal)])
  }

  async #carryOut<T>(engine: Actor, call: CallContext, title: string, fate: Fate, effect: () => T): Promise<T> {
    const { scheduler } = this
    if (!fate.brisk) {
      await scheduler.gate(this.actor, {
        kind: 'land',
        label: `${title} lands`,
        text: asked(call),
        notBefore: scheduler.now + fate.latency,
      })
    }
    let answer: { value: T } | { error: unknown }
    try {
      if (fate.failure?.when === 'before') throw fate.failure.error
      this.#refuseStale(call)
      answer = { value: effect() }
      this.say(
        `far side: ${title} (fence ${call.fence})${engine.state === 'dead' ? ', though its engine is dead' : ''}`,
      )
      if (fate.failure) throw fate.failure.error
    } catch (error) {
      answer = { error }
      this.say(
        `far side: ${title} (fence ${call.fence}) fails: ${error instanceof Error ? error.message.slice(0, 60) : ''}`,
      )
    }
    if (fate.silent) await new Promise(() => undefined)
    if (!fate.brisk) await scheduler.gate(engine, { kind: 'answer', label: `${title} answered`, text: asked(call) })
    this.heard.push({ token: call.token, fence: call.fence, answer: `${title} ${JSON.stringify(answer)}` })
    if ('error' in answer) throw answer.error
    return answer.value
  }

  #fateOf(): Fate {
    const { weather, chance } = this
    const slow = chance.happens(weather.slowRate)
    const latency = slow ? (chance.happens(0.5) ? 1 + chance.int(5) : 15 + chance.int(40)) : 0
    const failure = chance.happens(weather.failRate)
      ? { when: chance.happens(0.5) ? ('before' as const) : ('after' as const), error: this.#anyError() }
      : undefined
    const silent = chance.happens(weather.silentRate)
    return { brisk: !slow && chance.happens(0.4), latency, failure, silent, heedsSignal: chance.happens(0.6) }
  }

  #anyError(): Error {
    const { chance } = this
    if (chance.happens(0.15)) return Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
    if (chance.happens(0.1)) return new Error(`nonsense \0 \ud800 ${'x'.repeat(9000)}`)
    const errorClass = chance.pick(CLASSES)
    return new ProviderError(errorClass, `a simulated ${errorClass}`, errorClass === 'throttled' ? 2 : undefined)
  }

  #refuseStale(call: CallContext): void {
    const seen = this.#fences.get(call.token) ?? 0
    if (call.fence < seen)
      throw new ProviderError('fatal', `the far side has seen fence ${seen}, this is ${call.fence}`)
    this.#fences.set(call.token, call.fence)
  }

  // ── what it can do ────────────────────────────────────────────────────────────────────────────────────────────────

  byToken(token: string): RealThing | undefined {
    if (!this.rules.remembersTokens) return undefined
    for (const thing of this.things.values()) if (thing.token === token) return thing
    return undefined
  }

  /** @param idempotent whether a token that was used already gives the same thing again. */
  make(call: CallContext, type: string, wanted: JsonObject, idempotent: boolean): RealThing {
    const known = this.byToken(call.token)
    // As a good far side does: the token is known, so this is the same request again, whatever else it says.
    if (known && idempotent) return known
    if (known) this.violate(`${call.name} is made twice with one token`)
    if (this.#buried.has(call.token) && !idempotent) this.violate(`${call.name} is made again after its deletion`)
    const { token } = call
    const { stack, name } = this.#places.get(token) ?? { stack: call.stackId, name: call.name }
    const thing = this.#add({ token, stack, name, type, properties: wanted })
    this.#checkReferences(thing)
    return thing
  }

  #add(about: Pick<RealThing, 'token' | 'stack' | 'name' | 'type' | 'properties'>): RealThing {
    const id = `p${++this.#lastId}`
    const thing: RealThing = { id, ...about, serial: 0, operation: undefined, suspended: false, tampered: new Set() }
    this.things.set(id, thing)
    return thing
  }

  /** What a type is asked about. */
  thingOf(type: string, id: string): RealThing | undefined {
    const thing = this.things.get(id)
    if (thing && thing.type !== type) this.violate(`${type} is asked about ${thing.name} (${id}), a ${thing.type}`)
    return thing
  }

  /** Others make something, which may be taken over. */
  foreign(type: string, properties: JsonObject): RealThing {
    const token = `of others ${this.#lastId + 1}`
    return Object.assign(this.#add({ token, stack: '', name: 'theirs', type, properties }), {
      foreign: 'free' as const,
    })
  }

  /** Others make something, which stays theirs: nobody here may touch it. */
  referred(type: string, properties: JsonObject): RealThing {
    return Object.assign(this.foreign(type, properties), { foreign: 'referred' as const })
  }

  /** A row says that it is its own now. */
  takenOver(id: string, token: string): void {
    const thing = this.things.get(id)
    if (thing?.foreign !== 'free') return
    const { stack = '', name = '' } = this.#places.get(token) ?? {}
    Object.assign(thing, { stack, name, token, foreign: 'taken' as const })
    this.say(`${thing.name} (${id}) is taken over`)
  }

  #leaveAlone(thing: RealThing, what: string): void {
    if (thing.foreign === 'referred') this.violate(`${thing.name} (${thing.id}) is only referred to, and is ${what}`)
  }

  change(id: string, name: string, wanted: JsonObject): RealThing {
    const thing = this.things.get(id)
    if (!thing) {
      this.violate(`update of ${name} (${id}), which is gone`)
      throw new ProviderError('notFound', `${id} is gone`)
    }
    this.#leaveAlone(thing, 'changed')
    if (thing.suspended) this.violate(`${name} (${id}) is updated while it is suspended`)
    thing.properties = wanted
    thing.serial++
    for (const known of this.#hearsay) if (known.startsWith(`${id} `)) this.#hearsay.delete(known)
    this.#checkReferences(thing)
    return thing
  }

  /** Whose it is, and what it is called there, changes nothing of the thing. */
  place(token: string, place: ThingPlace): void {
    const known = this.#places.get(token)
    if (known?.name === place.name && known.stack === place.stack && known.project === place.project) return
    this.#places.set(token, place)
    const { stack, name } = place
    for (const thing of this.things.values()) if (thing.token === token) Object.assign(thing, { stack, name })
  }

  /** Nobody manages it any more; what was going on at it has come to nothing. */
  letGo(token: string): void {
    for (const thing of this.things.values()) if (thing.token === token) thing.operation = undefined
  }

  rest(id: string, suspended: boolean): void {
    const thing = this.things.get(id)
    if (!thing) return
    this.#leaveAlone(thing, suspended ? 'suspended' : 'resumed')
    thing.suspended = suspended
    thing.operation = undefined
  }

  /** Somebody who knows nothing of us takes it away, or changes it. */
  tamper(thing: RealThing): void {
    const gone = this.chance.happens(0.5)
    this.say(`somebody ${gone ? 'takes away' : 'changes'} ${thing.name} (${thing.id})`)
    if (gone) return void this.things.delete(thing.id)
    const property = this.chance.pick(Object.keys(thing.properties))
    thing.properties = { ...thing.properties, [property]: 'tampered' }
    thing.tampered.add(property)
  }

  destroy(id: string): void {
    const thing = this.things.get(id)
    if (!thing) return
    this.#leaveAlone(thing, 'deleted')
    if (this.givesWay(thing)) this.#gaveWay.add(id)
    for (const other of this.#gaveWay.has(id) ? [] : this.things.values()) {
      if (other === thing || this.spared(other)) continue
      const isHearsay = this.#hearsay.has(`${other.id} ${id}`)
      const uses = Object.entries(other.properties).some(([key, value]) => value === id && !(isHearsay && key === 'a'))
      if (uses) this.violate(`${thing.name} (${id}) is deleted while ${other.name} (${other.id}) uses it`)
    }
    this.#noteHearsay(thing)
    this.#buried.add(thing.token)
    this.things.delete(id)
  }

  /**
   * Whoever has the attribute of another requires that one, and by it what its value names. One that makes way for its replacement,
   * or is replaced inside a nested stack, goes before those who have its attribute.
   */
  #noteHearsay({ id, stack, properties: { z } }: RealThing): void {
    for (const other of this.things.values()) {
      if (z !== undefined && other.properties.a === z && (this.#gaveWay.has(id) || other.stack !== stack))
        this.#hearsay.add(`${other.id} ${String(z)}`)
    }
  }

  begin(thing: RealThing, action: RealOperation['action'], wanted: JsonObject): RealOperation {
    thing.operation = { handle: ++this.#lastHandle, action, wanted, pollsLeft: 1 + this.chance.int(2) }
    this.#begunOn.set(thing.operation.handle, thing.id)
    return thing.operation
  }

  /** The thing that an operation is or was about. */
  ofOperation(handle: Json): RealThing | undefined {
    return typeof handle === 'number' ? this.things.get(this.#begunOn.get(handle) ?? '') : undefined
  }

  #checkReferences(thing: RealThing): void {
    if (this.spared(thing)) return
    for (const value of Object.values(thing.properties)) {
      if (typeof value !== 'string' || this.#gaveWay.has(value)) continue
      if (/^p\d+$/.test(value) && !this.things.has(value)) {
        this.violate(`${thing.name} (${thing.id}) is given ${value}, which is gone`)
      }
    }
  }

  violate(message: string): void {
    this.violations.push(message)
  }
}

/** Of which version, and by whose claim. */
const asked = ({ token, fence }: CallContext): string => `${token} ${fence}`

export interface Fate {
  /** Lands and is answered in the moment it is sent. */
  readonly brisk: boolean
  readonly latency: number
  readonly failure: { readonly when: 'before' | 'after'; readonly error: Error } | undefined
  readonly silent: boolean
  readonly heedsSignal: boolean
}

export const kindFate: Fate = { brisk: false, latency: 0, failure: undefined, silent: false, heedsSignal: true }

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
