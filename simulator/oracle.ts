// The oracle: at rest, reality equals the template. Each name has exactly one thing with exactly the declared properties,
// references and attributes resolved, and there is nothing else; a composite has all that stands inside it.
import { canonical, isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import type { FarSide, RealThing } from './far-side.js'
import { asLeft } from './left-to-others.js'
import { type Inner, insideOf, isComposite, outputOf } from './nests.js'
import type { Pictures } from './pictures.js'
import type { ResourceView, Rows, StackView } from './rows.js'
import { CREW, isOnlyRow, type Signals } from './signalled.js'
import type { SimTemplate } from './templates.js'
import { attributesOf, canRest } from './types.js'

/** What is not at rest after a suspend, or at rest after a resume, in the stack and in those nested in it. */
export function* restless(stack: StackView, rows: Rows, far: FarSide): Iterable<string> {
  if (stack.action !== 'SUSPEND' && stack.action !== 'RESUME') return
  const wanted = stack.action === 'SUSPEND'
  const inside = withNested(stack, rows)
  for (const { name, physical_id, stack_id, current } of rows.resources) {
    const thing = inside.has(stack_id) && current ? far.things.get(physical_id ?? '') : undefined
    // What is only referred to is nobody's to be brought to rest.
    if (thing && thing.foreign !== 'referred' && thing.suspended !== (wanted && canRest(thing.type)))
      yield `${name} (${thing.id}) is ${thing.suspended ? 'suspended' : 'not suspended'}`
  }
}

/** The ids of a stack and of those that its current resources are brought about by, however deep. */
function withNested(stack: StackView, rows: Rows): ReadonlySet<number> {
  const ids = new Set([stack.id])
  const current = new Set(rows.resources.flatMap((row) => (row.current ? row.token : [])))
  for (const { id, uid, parent_id } of rows.stacks) if (ids.has(parent_id ?? 0) && current.has(uid)) ids.add(id)
  return ids
}

/** @returns what differs; empty when nothing does. */
export function differences(
  template: SimTemplate,
  stackUid: string,
  rows: Rows,
  { far, retained, pictures, signals }: Omit<World, 'rows'>,
): string[] {
  const level = new Level(template, stackUid, { rows, far, retained, pictures, signals })
  return [...level.problems()]
}

interface World {
  readonly rows: Rows
  readonly far: FarSide
  readonly retained: ReadonlySet<string>
  readonly pictures: Pictures
  readonly signals: Signals
}

/** One stack, and the stacks that are nested in it. */
class Level {
  readonly #things = new Map<string, RealThing>()
  readonly #nested = new Map<string, Level>()
  readonly #left: string[] = []

  constructor(
    readonly declared: { readonly [name: string]: Inner },
    readonly uid: string,
    readonly world: World,
  ) {
    for (const thing of world.far.things.values()) {
      if (thing.stack !== uid || world.retained.has(thing.token)) continue
      const other = this.#things.get(thing.name)
      if (other) this.#left.push(`there are two of ${thing.name}: ${other.id} and ${thing.id}`)
      else this.#things.set(thing.name, thing)
    }
  }

  *problems(): Iterable<string> {
    yield* this.#left
    for (const thing of this.#things.values()) {
      const wanted = this.declared[thing.name]
      if (!wanted || isComposite(wanted.type)) yield `${thing.name} (${thing.id}) is left over`
      if (thing.suspended) yield `${thing.name} (${thing.id}) is suspended`
      // A snapshot may have failed for whoever asked for it, and go on: it changes nothing of the thing.
      if (thing.operation && thing.operation.action !== 'snapshot')
        yield `an operation goes on at ${thing.name} (${thing.id})`
    }
    for (const [name, wanted] of Object.entries(this.declared)) {
      if (isComposite(wanted.type)) yield* this.#inside(name, wanted)
      else if (isOnlyRow(wanted.type) || wanted.externalId !== undefined) yield* this.#noted(name, wanted)
      else yield* this.#compare(name, wanted)
    }
    yield* this.#strays()
  }

  *#compare(name: string, wanted: Inner): Iterable<string> {
    const thing = this.#things.get(name)
    if (!thing) return yield `${name} is missing`
    if (thing.type !== wanted.type) yield `${name} is a ${thing.type}, not a ${wanted.type}`
    const [is, should] = [canonical(thing.properties), canonical(asLeft(wanted, this.#resolved(wanted), thing))]
    if (is !== should) yield `${name} (${thing.id}) has ${is}, not ${should}`
  }

  /** What is on no far side, or is not this stack's there. */
  *#noted(name: string, { externalId }: Inner): Iterable<string> {
    const row = this.#rowOf(name)
    const { rows, signals } = this.world
    const isLate = signals.isMarkedDuring(rows.stacks.find(({ uid }) => uid === this.uid)?.traversal, row?.token)
    const isThere = row !== undefined && row.physical_id !== null && (row.status === 'COMPLETE' || isLate)
    if (!isThere) yield `${name} is missing`
    if (externalId === undefined) return
    if (row?.physical_id !== externalId) yield `${name} is ${row?.physical_id}, and refers to ${externalId}`
    if (!this.world.far.things.has(externalId)) yield `${name} refers to ${externalId}, which is gone`
  }

  *#inside(name: string, { type }: Inner): Iterable<string> {
    const level = this.#levelOf(name)
    const stack = this.#stackOf(name)
    if (!level || !stack) return yield `the stack of ${name} is missing`
    if (stack.status !== 'COMPLETE') yield `the stack of ${name} is ${stack.action}_${stack.status}`
    const [size, wanted] = [Object.keys(level.declared).length, this.world.signals.sizeOf(stack.uid)]
    if (type === CREW && size !== wanted) yield `${name} has ${size} members, and was told to be ${wanted}`
    for (const problem of level.problems()) yield `${name}: ${problem}`
  }

  /** Nested stacks that nobody wants. */
  *#strays(): Iterable<string> {
    const { stacks } = this.world.rows
    const own = stacks.find(({ uid }) => uid === this.uid)
    const wanted = new Set(Object.keys(this.declared).map((name) => this.#stackOf(name)?.uid))
    for (const { name, uid, parent_id, deleted_at } of stacks) {
      if (own && parent_id === own.id && deleted_at === null && !wanted.has(uid)) yield `the stack ${name} is left over`
    }
  }

  /** The stack of a composite: its uid is the token of the version that is current. */
  #stackOf(name: string): StackView | undefined {
    const { stacks } = this.world.rows
    const row = this.#rowOf(name)
    return row && stacks.find(({ uid, deleted_at }) => uid === row.token && deleted_at === null)
  }

  #rowOf(name: string): ResourceView | undefined {
    const { stacks, resources } = this.world.rows
    const own = stacks.find(({ uid }) => uid === this.uid)
    return resources.find((one) => one.stack_id === own?.id && one.name === name && one.current)
  }

  #levelOf(name: string): Level | undefined {
    const known = this.#nested.get(name)
    if (known) return known
    const [wanted, stack] = [this.declared[name], this.#stackOf(name)]
    const names = this.world.rows.definitions.flatMap((one) => (one.stack_id === stack?.id ? one.name : []))
    const inside = wanted && insideOf(wanted.type, this.#resolved(wanted), names)
    if (!inside || !stack) return undefined
    const declared = this.world.pictures.laidOver(inside, wanted.restore?.snapshot)
    const level = new Level(declared, stack.uid, this.world)
    this.#nested.set(name, level)
    return level
  }

  #resolved({ properties }: Inner): JsonObject {
    const expected: JsonObject = {}
    for (const [key, value] of Object.entries(properties)) {
      const resolved = this.resolve(value)
      if (resolved !== null) expected[key] = resolved
    }
    return expected
  }

  /** A value as a definition or as a template has it. */
  resolve(value: Json): Json {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item))
    if (!isJsonObject(value)) return value
    if (Array.isArray(value.$)) return this.#referred(String(value.$[1]), value.$[2])
    if (typeof value.get_resource === 'string') return this.#referred(value.get_resource)
    if (Array.isArray(value.get_attr)) return this.#referred(String(value.get_attr[0]), value.get_attr[1])
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, this.resolve(field)]))
  }

  #referred(name: string, attribute?: Json): Json {
    const wanted = this.declared[name]
    if (wanted && isComposite(wanted.type)) {
      const level = this.#levelOf(name)
      if (attribute === undefined) return level?.uid ?? null
      return level?.resolve(outputOf(wanted.type, String(attribute), level.declared)) ?? null
    }
    if (wanted && isOnlyRow(wanted.type))
      return attribute === undefined ? (this.#rowOf(name)?.physical_id ?? null) : null
    const thing = this.#things.get(name) ?? this.world.far.things.get(wanted?.externalId ?? '')
    if (!thing) return null
    return attribute === undefined ? thing.id : (attributesOf(thing)[String(attribute)] ?? null)
  }
}
