// A resource type whose things live in a Map, and whose calls a test can hold, fail and count.
import {
  defineType,
  type Isotherm,
  type JsonObject,
  type OpenOptions,
  open,
  ProviderError,
  type ResourceType,
} from '../src/index.js'
import type { Home } from './databases.js'

export interface LabThing {
  readonly name: string
  readonly properties: JsonObject
}

export class Lab {
  /** Physical id → thing: the reality that a stack is compared with. */
  readonly things = new Map<string, LabThing>()
  /** Physical ids of things that rest. */
  readonly suspended = new Set<string>()
  /** For example `create a`, in the order in which the calls began. */
  readonly calls: string[] = []
  readonly #trouble = new Map<string, (() => Promise<void>)[]>()
  readonly #began = new Map<string, () => void>()

  #sayAborted: () => void = () => {}
  /** Resolves when a call has been aborted. */
  readonly aborted = new Promise<void>((resolve) => {
    this.#sayAborted = resolve
  })

  /** Makes the next calls of this kind (for example `create a`) fail, one error each. */
  fail(call: string, ...errors: Error[]): void {
    this.#before(call, ...errors.map((error) => () => Promise.reject(error)))
  }

  /** Holds the next call of this kind until it is released. */
  hold(call: string): { began: Promise<void>; release(): void } {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    this.#before(call, () => held)
    return { began: this.began(call), release: () => release() }
  }

  /** Resolves when the next call of this kind begins. */
  began(call: string): Promise<void> {
    return new Promise((resolve) => this.#began.set(call, resolve))
  }

  names(): string[] {
    return [...this.things.values()].map(({ name }) => name).sort()
  }

  idOf(name: string): string | undefined {
    return [...this.things].find(([, thing]) => thing.name === name)?.[0]
  }

  #before(call: string, ...steps: (() => Promise<void>)[]): void {
    this.#trouble.set(call, [...(this.#trouble.get(call) ?? []), ...steps])
  }

  async #call(kind: string, name: string, signal: AbortSignal): Promise<void> {
    const call = `${kind} ${name}`
    this.calls.push(call)
    this.#began.get(call)?.()
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener(
        'abort',
        () => {
          this.#sayAborted()
          reject(new ProviderError('fatal', 'aborted'))
        },
        { once: true },
      )
    })
    aborted.catch(() => undefined)
    await Promise.race([this.#trouble.get(call)?.shift()?.(), aborted])
  }

  /** `v` changes in place, `z` replaces; the attribute `v` mirrors the property. */
  readonly type: ResourceType = defineType({
    name: 'Lab::Thing',
    properties: {
      v: { type: 'any', onChange: 'update' },
      z: { type: 'any' },
      key: { type: 'string', secret: true, onChange: 'update' },
    },
    attributes: { v: {}, key: { secret: true } },
    create: async (call, wanted) => {
      const known = this.things.get(call.token)
      await this.#call('create', call.name, call.signal)
      if (!known) this.things.set(call.token, { name: call.name, properties: wanted as JsonObject })
      return { physicalId: call.token, attributes: { v: wanted.v ?? null, key: wanted.key ?? null } }
    },
    find: async (call) => (this.things.has(call.token) ? { physicalId: call.token } : null),
    update: async (call, thing, wanted) => {
      await this.#call('update', call.name, call.signal)
      this.things.set(thing.physicalId, { name: call.name, properties: wanted as JsonObject })
      return { attributes: { v: wanted.v ?? null, key: wanted.key ?? null } }
    },
    read: async (call, thing) => {
      await this.#call('read', call.name, call.signal)
      const live = this.things.get(thing.physicalId)
      return live ? { properties: live.properties, attributes: { v: live.properties.v ?? null } } : null
    },
    snapshot: async (call, thing) => {
      await this.#call('snapshot', call.name, call.signal)
      return { snapshot: { v: this.things.get(thing.physicalId)?.properties.v ?? null } }
    },
    restore: (kept) => kept as JsonObject,
    suspend: async (call, thing) => {
      await this.#call('suspend', call.name, call.signal)
      this.suspended.add(thing.physicalId)
    },
    resume: async (call, thing) => {
      await this.#call('resume', call.name, call.signal)
      this.suspended.delete(thing.physicalId)
    },
    delete: async (call, thing) => {
      await this.#call('delete', call.name, call.signal)
      this.things.delete(thing.physicalId)
    },
  })
}

/** A library over a fresh database with a lab; both are gone when the test is over. */
export async function withLab(
  home: Home,
  story: (isotherm: Isotherm, lab: Lab) => Promise<void>,
  options: OpenOptions = {},
): Promise<void> {
  const lab = new Lab()
  const retry = { baseSeconds: 0.01 }
  const isotherm = await open({ database: await home.open(), types: [lab.type], retry, silentSeconds: 2, ...options })
  try {
    await story(isotherm, lab)
  } finally {
    await isotherm.close()
  }
}

type Properties = { readonly [name: string]: unknown }

/** A template of lab things. */
export function labTemplate(resources: { readonly [name: string]: Properties }) {
  const things = Object.entries(resources).map(([name, properties]) => [name, { type: 'Lab::Thing', properties }])
  return { resources: Object.fromEntries(things) }
}

export const refer = (name: string) => ({ get_resource: name })
export const attribute = (name: string, path = 'v') => ({ get_attr: [name, path] })
