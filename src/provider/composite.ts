// Composite types: a resource that is brought about by a stack of its own. Such a type makes no calls; it only says, purely,
// what the template of that stack is, and what of it can be seen from outside. The engine does the rest.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { isTemplateFile } from '../template/index.js'
import {
  type AttributeSchemas,
  defineType,
  type PropertiesOf,
  type PropertySchemas,
  type ResourceType,
  type Signalled,
  type Thing,
} from './contract.js'
import { ProviderError } from './error.js'

/** A resource of the nested stack as it is now. */
export interface Member {
  readonly name: string
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  /** What `get_resource` gives of it. */
  readonly reference: Json
  readonly attributes: JsonObject
  /** What the nested stack's template says of it. */
  readonly definition: JsonObject
}

/** A thing that the resource requires. */
export interface Peer {
  readonly reference: Json
  readonly type: string
  readonly properties: JsonObject
}

/** What a composition may depend on besides the properties. */
export interface Around {
  /** The resource's name. */
  readonly name: string
  /** Belongs to the version: what is derived from it stays. */
  readonly token: string
  /** Contents by the names that the stack's template uses. */
  readonly files: { readonly [name: string]: string }
  readonly updatePolicy: JsonObject
  /** What the last composition asked to be remembered; null at first. */
  readonly memory: Json
  /** Of the nested stack so far; empty at first. */
  readonly members: readonly Member[]
  /** What the resource requires, by reference, as far as it is known; for types that look at their peers. */
  readonly peers?: readonly Peer[]
}

/** What the nested stack is to become. */
export interface Composition {
  readonly template: string | JsonObject
  /** The file that the template is from: names in it are relative to that. */
  readonly file?: string
  readonly parameters?: JsonObject
  readonly timeoutSeconds?: number
  readonly memory?: Json
  /** This is one step of several: when the stack has come to it, and after so many seconds, it is composed again. */
  readonly againAfterSeconds?: number
}

/** A nested stack that is complete. */
export interface Child {
  /** The stack's public id. */
  readonly id: string
  readonly name: string
  readonly outputs: JsonObject
  readonly members: readonly Member[]
  readonly memory: Json
}

export interface Composite {
  /** Pure. Throws a ProviderError of class `invalid` for what can never be. */
  compose(properties: JsonObject, around: Around): Composition
  /** Attributes as they are stored; `asked` are those that others refer to, as `Nesting.asked` has them. */
  attributes(child: Child, asked: readonly string[]): JsonObject
  /** `compose` or `attributes` looks at the members. */
  readonly looksAtMembers: boolean
  /** `compose` looks at what the resource requires. */
  readonly looksAtPeers: boolean
}

export interface CompositeSpec<P extends PropertySchemas> {
  readonly name: string
  readonly description?: string
  readonly properties: P
  readonly attributes?: AttributeSchemas
  readonly anyProperties?: boolean
  readonly anyAttributes?: boolean
  readonly looksAtMembers?: boolean
  readonly looksAtPeers?: boolean
  compose(properties: PropertiesOf<P>, around: Around): Composition
  /** Besides `resource.<name>…`, which every composite has. */
  attributesOf?(child: Child, asked: readonly string[]): JsonObject
  validate?(properties: { readonly [name: string]: Json | undefined }): { property: string; message: string }[]
  reference?(thing: Thing<PropertiesOf<P>>): Json
  /** The nested stack may change by itself when it is signalled; returns the new memory. */
  signal?(thing: Thing<PropertiesOf<P>>, body: Json, nowSeconds: number): Signalled
}

const neverCalled = async (): Promise<never> => {
  throw new ProviderError('fatal', 'a composite is brought about by the engine')
}

/** Declares a composite type. Whatever changes in its properties, its stack is updated: nothing replaces. */
export function defineComposite<const P extends PropertySchemas>(spec: CompositeSpec<P>): ResourceType {
  const { compose, attributesOf, looksAtMembers = false, looksAtPeers = false, ...rest } = spec
  const type = defineType<P>({
    ...rest,
    whenFailed: 'update',
    recoverBy: 'token',
    // How long the stack may take is said to the stack.
    operationTimeoutSeconds: Number.POSITIVE_INFINITY,
    create: neverCalled,
    update: neverCalled,
    delete: neverCalled,
    // What is asked of it is asked of everything inside it.
    check: neverCalled,
    suspend: neverCalled,
    resume: neverCalled,
    snapshot: neverCalled,
  })
  return {
    ...type,
    composite: {
      looksAtMembers,
      looksAtPeers,
      // As with all functions of a type: the engine has completed the properties by the schemas.
      compose: (properties, around) => compose(properties as PropertiesOf<P>, around),
      attributes: (child, asked) => ({ ...insideOf(child, asked), ...attributesOf?.(child, asked) }),
    },
  }
}

/** `resource.<name>` and `resource.<name>.<attribute>`, as far as they are asked for. */
function insideOf({ members }: Child, asked: readonly string[]): JsonObject {
  const wanted = asked.filter((name) => name.startsWith(INSIDE))
  if (wanted.length === 0) return {}
  const found: JsonObject = {}
  const byName = new Map(members.map((member) => [member.name, member]))
  for (const name of wanted) {
    const value = valueInside(byName, name.slice(INSIDE.length))
    if (value !== undefined) found[name] = value
  }
  return found
}

const INSIDE = 'resource.'

/** A name may contain dots: the longest one that there is counts. */
function valueInside(members: ReadonlyMap<string, Member>, path: string): Json | undefined {
  const whole = members.get(path)
  if (whole) return whole.reference
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const member = members.get(path.slice(0, dot))
    if (member) return member.attributes[path.slice(dot + 1)] ?? deeper(member, path.slice(dot + 1))
  }
  return undefined
}

/** `web.address` of a member whose attribute `web` is a map, as in a nested stack inside a nested stack. */
function deeper(member: Member, path: string): Json {
  const [first = '', ...rest] = path.split('.')
  return rest.reduce<Json>(
    (value, step) => (isJsonObject(value) ? (value[step] ?? null) : null),
    member.attributes[first] ?? null,
  )
}

const STACK_ID = 'OS::stack_id'

/** A template that is used as a type: its parameters are the properties, its outputs the attributes. */
const templateType = (file: string): ResourceType =>
  defineComposite({
    // Its name is a file's name, which `defineType` would refuse.
    name: 'Template',
    description: `The template ${file}.`,
    properties: {},
    anyProperties: true,
    anyAttributes: true,
    compose(properties, { files }) {
      const template = files[file]
      if (template === undefined) throw new ProviderError('invalid', `the file ${file} is not there`)
      return { template, file, parameters: { ...properties } }
    },
    attributesOf: ({ outputs }) => outputs,
    reference: ({ physicalId, attributes }) => attributes[STACK_ID] ?? physicalId,
  })

const templateTypes = new Map<string, ResourceType>()
const KEPT_MAX = 1_000

/** The type that a template's file is; undefined for names of types. */
export function typeOfFile(name: string): ResourceType | undefined {
  if (!isTemplateFile(name)) return undefined
  const known = templateTypes.get(name)
  if (known) return known
  if (templateTypes.size >= KEPT_MAX) templateTypes.clear()
  const made = { ...templateType(name), name }
  templateTypes.set(name, made)
  return made
}
