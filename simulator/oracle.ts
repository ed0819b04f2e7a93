// The oracle: at rest, reality equals the template. Each name has exactly one thing with exactly the declared properties,
// references and attributes resolved, and there is nothing else.
import { canonical, isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import type { FarSide, RealThing } from './far-side.js'
import type { Rows, StackView } from './rows.js'
import type { SimTemplate, Wanted } from './templates.js'
import { attributesOf, canRest } from './types.js'

/** What is not at rest after a suspend, or at rest after a resume. */
export function* restless(stack: StackView, rows: Rows, far: FarSide): Iterable<string> {
  if (stack.action !== 'SUSPEND' && stack.action !== 'RESUME') return
  const wanted = stack.action === 'SUSPEND'
  for (const { name, physical_id, stack_id, current } of rows.resources) {
    const thing = stack_id === stack.id && current ? far.things.get(physical_id ?? '') : undefined
    if (thing && thing.suspended !== (wanted && canRest(thing.type)))
      yield `${name} (${thing.id}) is ${thing.suspended ? 'suspended' : 'not suspended'}`
  }
}

/** @returns what differs; empty when nothing does. */
export function differences(
  template: SimTemplate,
  stackUid: string,
  far: FarSide,
  retained: ReadonlySet<string>,
): string[] {
  const problems: string[] = []
  const things = new Map<string, RealThing>()
  for (const thing of far.things.values()) {
    if (thing.stack !== stackUid || retained.has(thing.token)) continue
    if (things.has(thing.name))
      problems.push(`there are two of ${thing.name}: ${things.get(thing.name)?.id} and ${thing.id}`)
    else things.set(thing.name, thing)
    if (!template[thing.name]) problems.push(`${thing.name} (${thing.id}) is left over`)
    if (thing.suspended) problems.push(`${thing.name} (${thing.id}) is suspended`)
    if (thing.operation) problems.push(`an operation goes on at ${thing.name} (${thing.id})`)
  }
  for (const [name, wanted] of Object.entries(template)) {
    const thing = things.get(name)
    if (thing) problems.push(...compare(thing, wanted, things))
    else problems.push(`${name} is missing`)
  }
  return problems
}

function* compare(thing: RealThing, wanted: Wanted, things: ReadonlyMap<string, RealThing>): Iterable<string> {
  if (thing.type !== wanted.type) yield `${thing.name} is a ${thing.type}, not a ${wanted.type}`
  const expected: JsonObject = {}
  for (const [key, value] of Object.entries(wanted.properties)) {
    const resolved = resolve(value, things)
    if (resolved !== null) expected[key] = resolved
  }
  const [is, should] = [canonical(thing.properties), canonical(expected)]
  if (is !== should) yield `${thing.name} (${thing.id}) has ${is}, not ${should}`
}

function resolve(value: Json, things: ReadonlyMap<string, RealThing>): Json {
  const call = isJsonObject(value) && Array.isArray(value.$) ? value.$ : undefined
  if (!call) return value
  const [, name, attribute] = call
  const thing = things.get(String(name))
  if (!thing) return null
  return attribute === undefined ? thing.id : (attributesOf(thing)[String(attribute)] ?? null)
}
