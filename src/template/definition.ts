// What a template says of one resource once parameters and conditions are resolved. This is what is stored, hashed and
// compared; the graph and the engine know templates only in this form.
import { canonical, hashOf, hashOfText, type Json, type JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import type { Extensions } from './extensions.js'
import { setField, type Value } from './value.js'

export interface Definition {
  readonly type: string
  /** Each property's symbolic value. */
  readonly properties: { readonly [name: string]: Value }
  /** Names of the resources that must settle before this one: those referred to and those of `depends_on`; sorted, unique. */
  readonly requires: readonly string[]
  /** `Snapshot`: what it holds is kept before it is deleted. */
  readonly deletionPolicy: 'Delete' | 'Retain' | 'Snapshot'
  readonly metadata: Value
  readonly description?: string
  readonly isotherm?: Extensions
  /** The physical id of what it refers to: such a resource is only read. */
  readonly externalId?: string
  /** What the environment forbids to be done to it. */
  readonly restricted?: readonly ('update' | 'replace')[]
  /**
   * The parts whose values come from hidden parameters, or are secret by their type: `properties.password`, `metadata`. A
   * definition that has this, be it empty, is never stored in clear.
   */
  readonly secret?: readonly string[]
  readonly updatePolicy?: JsonObject
  /** Of a resource that is brought about by a stack of its own. */
  readonly nested?: Nesting
}

/** What a composite resource depends on besides its properties. Counts where definitions are compared. */
export interface Nesting {
  /** Over the files and the part of the environment that it may use. */
  readonly hash: string
  /** The attributes that others ask for, with the first step of the path: `address`, `resource.web.ip`; sorted. */
  readonly asked: readonly string[]
  /** The snapshot of its stack to which that goes back. */
  readonly restore?: KeptStack
}

/** A snapshot that was taken of a nested stack. */
export type KeptStack = {
  /** The stack's own number: that one may be gone by now. */
  readonly stack: number
  /** UUID. */
  readonly snapshot: string
}

/** Where a definition, or a part of it, stands in the user's text. */
export interface Place {
  readonly file?: string
  readonly line: number
  readonly column: number
}

export interface Output {
  readonly value: Value
  readonly description?: string
}

export interface Parameter {
  readonly type: string
  readonly value: Json
  readonly hidden: boolean
  /** Its value may not change while the stack exists. */
  readonly immutable?: boolean
  readonly label?: string
  readonly description?: string
}

/** A template with its parameters resolved: the input of a converge. */
export interface Template {
  readonly description: string
  readonly parameters: { readonly [name: string]: Parameter }
  readonly resources: ReadonlyMap<string, Definition>
  readonly outputs: { readonly [name: string]: Output }
  /** What is read all the same, as in Heat, but surely not meant. */
  readonly warnings?: readonly Problem[]
  /** Finds the place of a path such as `resources.web.properties.port`; the nearest enclosing one when it has none itself. */
  readonly placeOf: (path: string) => Place | undefined
  /** The same path as the template says it: CloudFormation has other names for the keys. Absent: as it is. */
  readonly writtenPath?: (path: string) => string
  /** It was asked for the stack's name or id: another stack's resources may be others, though the template is the same. */
  readonly namesItself?: boolean
}

/** Equal definitions have equal hashes. The description is for people and does not count. */
export const hashDefinition = (definition: Definition): string => writeDefinition(definition).hash

/** @returns its hash, and the JSON text of all but what it requires where the hash was taken over just that and no more is said */
export function writeDefinition(definition: Definition): { hash: string; text?: string } {
  const { type, properties, requires, deletionPolicy, metadata, isotherm, restricted, updatePolicy, nested } =
    definition
  if (isotherm || restricted || nested || definition.externalId !== undefined) return { hash: hashExtended(definition) }
  // A million of these are written at a time: each part once, the keys in the order in which they are hashed.
  const head = `{"deletionPolicy":"${deletionPolicy}","metadata":${canonical(metadata)},"properties":${canonical(sorted(properties))}`
  const tail = `"type":${canonical(type)}}`
  const hash = hashOfText(`${head},"requires":${canonical([...requires])},${tail}`)
  const saysMore = definition.description !== undefined || updatePolicy || definition.secret
  return saysMore ? { hash } : { hash, text: `${head},${tail}` }
}

function hashExtended(definition: Definition): string {
  const { type, properties, requires, deletionPolicy, metadata, isotherm, restricted, updatePolicy, nested } =
    definition
  const said = { deletionPolicy, metadata, properties: sorted(properties), requires: [...requires], type }
  // Where it came from changes nothing of what it is: a resource that was only moved is not visited.
  const { movedFrom: _, ...extended } = isotherm ?? {}
  const policies = {
    ...(Object.keys(extended).length > 0 && { isotherm: extended }),
    ...(restricted && { restricted }),
    ...(definition.externalId !== undefined && { externalId: definition.externalId }),
    // An update policy means something to composites only.
    ...(nested && { updatePolicy: updatePolicy ?? {}, nested: { ...nested, asked: [...nested.asked] } }),
  }
  return hashOf({ ...said, ...(policies as JsonObject) })
}

/** By key: of all that a definition holds, this is what people seldom write in order. */
function sorted(properties: Definition['properties']): JsonObject {
  const names = Object.keys(properties)
  if (names.every((name, nth) => nth === 0 || (names[nth - 1] ?? '') < name)) return properties as JsonObject
  const fields: JsonObject = {}
  for (const name of names.sort()) setField(fields, name, properties[name] ?? null)
  return fields
}
