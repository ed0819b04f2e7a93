// What the function given to `defineStack` writes on: parameters, conditions, resources and outputs, each name once.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { InvalidInput } from '../../lib/problem.js'
import type { AttributeSchemas, ResourceType } from '../../provider/contract.js'
import type { AttributesIn, NamedType, PropertiesIn, TypeInput } from './built-in.js'
import { Condition, documentOf, type Expression, Misuse, type Owner, Reference } from './expression.js'
import type { ConditionInput } from './functions.js'
import type { AttributesOf, Input, JsonInput, PropertiesRest } from './input.js'
import type { Places } from './place.js'

type ParameterKind = 'string' | 'number' | 'boolean' | 'comma_delimited_list' | 'json'
type ParameterValue<K> = K extends 'string'
  ? string
  : K extends 'number'
    ? number
    : K extends 'boolean'
      ? boolean
      : K extends 'comma_delimited_list'
        ? string[]
        : never

export interface ParameterOptions<K extends ParameterKind> {
  readonly type: K
  readonly default?: Json
  readonly label?: string
  readonly description?: string
  /** Its value is never shown. */
  readonly hidden?: boolean
  /** Its value may not change while the stack exists. */
  readonly immutable?: boolean
  readonly constraints?: readonly { readonly [rule: string]: Json }[]
  readonly tags?: readonly string[]
}

export interface ResourceOptions {
  /** What comes first although nothing refers to it. */
  readonly dependsOn?: AnyResource | readonly AnyResource[]
  /** Where it is false there is no such resource. */
  readonly condition?: ConditionInput
  readonly deletionPolicy?: 'Delete' | 'Retain' | 'Snapshot'
  readonly updatePolicy?: Input<JsonObject>
  readonly metadata?: Input<JsonObject>
  readonly description?: string
  readonly externalId?: Input<string>
  /** What only Isotherm knows, under the key `isotherm` of the resource. */
  readonly isotherm?: Input<JsonObject>
}

export interface OutputOptions {
  readonly description?: string
  readonly condition?: ConditionInput
}

/** A resource of a stack: what stands for it, and its attributes. */
export interface Resource<A extends AttributeSchemas> {
  readonly name: string
  /** What get_resource gives; mostly the physical id. */
  readonly ref: Expression<string>
  readonly attributes: AttributesOf<A>
  /** An attribute of a type that the compiler does not know. */
  attribute(name: string): Reference<never>
}

interface AnyResource {
  readonly name: string
  readonly ref: Expression<string>
}

type Section = 'parameters' | 'conditions' | 'resources' | 'outputs'

const VERSION = '2021-04-16'

export class Stack {
  readonly #owner: Owner
  readonly #places: Places
  readonly #description: string | undefined
  readonly #sections: { readonly [section in Section]: { [name: string]: Json } } = {
    parameters: {},
    conditions: {},
    resources: {},
    outputs: {},
  }
  #closed = false
  readonly types = new Set<ResourceType>()

  readonly stackName: Expression<string>
  readonly stackId: Expression<string>
  readonly projectId: Expression<string>

  constructor(owner: Owner, places: Places, description: string | undefined) {
    this.#owner = owner
    this.#places = places
    this.#description = description
    const pseudo = (name: string) => new Reference<string>({ get_param: name }, owner)
    this.stackName = pseudo('OS::stack_name')
    this.stackId = pseudo('OS::stack_id')
    this.projectId = pseudo('OS::project_id')
  }

  /** What may be different from stack to stack. */
  parameter<const K extends ParameterKind>(name: string, options: ParameterOptions<K>): Reference<ParameterValue<K>> {
    this.#declare('parameters', name, options)
    return new Reference({ get_param: name }, this.#owner)
  }

  /** A truth over parameters with a name. */
  condition(name: string, truth: ConditionInput): Condition {
    this.#declare('conditions', name, truth)
    return new Condition(name, this.#owner)
  }

  /** A thing. Its name is what it is known by from one update to the next. */
  resource<const T extends TypeInput>(
    name: string,
    type: T,
    ...[properties, options = {}]: PropertiesRest<PropertiesIn<T>, ResourceOptions>
  ): Resource<AttributesIn<T>> {
    const { dependsOn, deletionPolicy, updatePolicy, externalId, condition, metadata, description, isotherm } = options
    this.#declare('resources', name, {
      type: this.#nameOf(type),
      description,
      condition,
      properties,
      metadata,
      depends_on: dependsOn === undefined ? undefined : this.#namesOf(dependsOn, name),
      deletion_policy: deletionPolicy,
      update_policy: updatePolicy,
      external_id: externalId,
      isotherm,
    })
    const owner = this.#owner
    return {
      name,
      ref: new Reference<string>({ get_resource: name }, owner),
      attributes: attributesOf(name, owner),
      attribute: (attribute) => new Reference<never>({ get_attr: [name, attribute] }, owner),
      ...unspeakable(name),
    }
  }

  /** What the stack tells. */
  output(name: string, value: JsonInput, { description, condition }: OutputOptions = {}): void {
    this.#declare('outputs', name, { value, description, condition })
  }

  /** The document; nothing can be added afterwards. */
  close(): { readonly [section: string]: Json } {
    this.#closed = true
    const sections = Object.entries(this.#sections).filter(([, entries]) => Object.keys(entries).length > 0)
    const described = this.#description === undefined ? {} : { description: this.#description }
    return Object.freeze({ heat_template_version: VERSION, ...described, ...Object.fromEntries(sections) })
  }

  #declare(section: Section, name: string, written: unknown): void {
    const path = `${section}.${name}`
    const entries = this.#sections[section]
    const earlier = Object.hasOwn(entries, name) ? this.#places.of(path) : undefined
    if (this.#closed) {
      const hint = 'add everything inside the function given to defineStack'
      throw this.#problem(path, new Misuse(`${name} comes too late: the stack is defined already`, hint))
    }
    if (Object.hasOwn(entries, name)) {
      const hint = earlier && `the first is at ${earlier.file}:${earlier.line}`
      throw this.#problem(path, new Misuse(`there are two ${section} named ${name}`, hint))
    }
    this.#places.note(path)
    const document = this.#documentOf(path, name, written)
    Object.defineProperty(entries, name, { value: document, enumerable: true })
  }

  #documentOf(path: string, name: string, written: unknown): Json {
    const steps: string[] = []
    try {
      if (documentOf(name, this.#owner) !== name) throw new Misuse('a name must be known now: it cannot be a reference')
      const document = documentOf(written, this.#owner, steps)
      return isJsonObject(document as Json) ? pruned(document as JsonObject) : (document as Json)
    } catch (error) {
      if (error instanceof Misuse) throw this.#problem([path, ...steps].join('.'), error)
      throw error
    }
  }

  /** Told where it was written: the place is noted first, for a name that is refused as well. */
  #problem(path: string, { message, hint }: Misuse): InvalidInput {
    this.#places.note(path.split('.').slice(0, 2).join('.'))
    return new InvalidInput([{ ...this.#places.of(path), path, message, ...(hint !== undefined && { hint }) }])
  }

  #nameOf(type: TypeInput): string {
    if (typeof type === 'string') return type
    if (isNamed(type)) return type.named
    this.types.add(type)
    return type.name
  }

  #namesOf(resources: AnyResource | readonly AnyResource[], name: string): string[] {
    const listed: readonly AnyResource[] = isList(resources) ? resources : [resources]
    return listed.map((resource) => {
      if (resource.ref.owner?.number === this.#owner.number) return resource.name
      const place = resource.ref.owner?.place ?? 'another place'
      const message = `${resource.name} belongs to another stack, which is defined at ${place}`
      throw this.#problem(`resources.${name}`, new Misuse(message, 'a stack waits for resources of its own only'))
    })
  }
}

const isNamed = (type: TypeInput): type is NamedType => typeof type === 'object' && 'named' in type
const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

function pruned(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Any name gives a reference; whether the type has such an attribute is checked with the types at hand. */
function attributesOf<A extends AttributeSchemas>(name: string, owner: Owner): AttributesOf<A> {
  const known = new Map<string, Reference<never>>()
  return new Proxy(Object.create(null), {
    get(_, attribute): Reference<never> | undefined {
      if (typeof attribute !== 'string') return undefined
      const made = known.get(attribute) ?? new Reference<never>({ get_attr: [name, attribute] }, owner)
      known.set(attribute, made)
      return made
    },
  })
}

/** A resource in a template literal would say nothing of which part of it is meant. */
function unspeakable(name: string): object {
  return {
    [Symbol.toPrimitive](): never {
      const hint = `write its reference (.ref) or one of its attributes (.attributes)`
      throw new Misuse(`the resource ${name} is no text`, hint)
    },
  }
}
