// The contract between the engine and a resource type. A type is data plus a few functions; it is told *which* thing and
// *what is wanted*, never what happened before, and each function must be safe to call again with the same arguments.
import type { Json, JsonObject } from '../lib/json.js'
import type { World } from '../lib/world.js'
import type { Composite } from './composite.js'
import type { ErrorClass } from './error.js'

export type PropertyKind = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'map' | 'any'

export interface PropertySchema {
  readonly type: PropertyKind
  readonly description?: string
  readonly required?: boolean
  readonly default?: Json
  /** What a changed value asks for: `update` in place, `replace` by a new thing, `immutable` = refuse. Default `replace`. */
  readonly onChange?: 'update' | 'replace' | 'immutable'
  /** Never shown: not in events, errors, views or plans. */
  readonly secret?: boolean
  /** Further JSON Schema (draft 2020-12) keywords for the value, for example `{ minimum: 1 }` or `{ enum: ['a', 'b'] }`. */
  readonly schema?: JsonObject
}

export interface AttributeSchema {
  readonly type?: PropertyKind
  readonly description?: string
  readonly secret?: boolean
}

export type PropertySchemas = { readonly [name: string]: PropertySchema }
export type AttributeSchemas = { readonly [name: string]: AttributeSchema }

type KindOf = {
  string: string
  integer: number
  number: number
  boolean: boolean
  list: Json[]
  map: JsonObject
  any: Json
}
type Present<S extends PropertySchema> = S['required'] extends true ? true : S extends { default: Json } ? true : false

/** The values of a type's properties as its functions receive them: defaults filled in, the rest optional. */
export type PropertiesOf<P extends PropertySchemas> = {
  readonly [K in keyof P as Present<P[K]> extends true ? K : never]: KindOf[P[K]['type']]
} & { readonly [K in keyof P as Present<P[K]> extends true ? never : K]?: KindOf[P[K]['type']] }

export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
  /** A logger that adds these fields to each of its lines, for loggers that can do it themselves (pino's can). */
  child?(fields: object): Logger
}

/** What every call receives besides its own arguments. */
export interface CallContext {
  /** Belongs to the version of the resource and outlives retries: the same token must never make a second thing. */
  readonly token: string
  /** Aborts when the deadline passes, the user cancels, or this engine can no longer prove that it is alive. */
  readonly signal: AbortSignal
  /** Seconds from the start of the call until `signal` aborts. */
  readonly deadlineSeconds: number
  /** 1 for the first attempt. */
  readonly attempt: number
  /** Rises whenever the resource is handed on; a far side that can compare should refuse a lower one. */
  readonly fence: number
  readonly log: Logger
  readonly project: string
  readonly stack: string
  /** The stack's public id (a UUID). */
  readonly stackId: string
  /** The resource's logical name. */
  readonly name: string
  /** The thing with this reference among those that this resource requires; null when there is none. */
  peer(reference: Json): Promise<Thing | null>
  /** The thing with this reference is not needed by this one any more: its type's `left` says what that means to it. */
  leave(reference: Json): Promise<void>
  /**
   * An address that signals this version of the resource and nothing else, by HTTP POST or PUT, without any user: a secret. It is the
   * same each time, and ends with the version. Null when the engine knows of no server.
   */
  signalUrl(): Promise<string | null>
  /**
   * Whether an address of the network may be reached for this project, where operators limit that. To be asked of the very address
   * that is connected to, after DNS and on each redirect.
   */
  readonly mayReach?: (address: string) => boolean
  readonly world: World
}

/** A thing that exists, as the engine knows it. */
export interface Thing<P = JsonObject> {
  readonly physicalId: string
  /** The properties of the last completed create or update. */
  readonly properties: P
  readonly attributes: JsonObject
  /** The type's own notes, stored with the thing and shown to nobody. */
  readonly privateData: Json
}

/** A thing was made, found or changed. */
export interface Made {
  readonly physicalId: string
  readonly attributes?: JsonObject
  readonly privateData?: Json
}

/** Not done yet: the handle is stored, the slot is freed, and any engine calls `poll` after `pollAfterSeconds`, a day at most. */
export interface Pending {
  readonly pending: { readonly handle: Json; readonly pollAfterSeconds: number }
  /** Known already, for example the id of a thing that is still being built. */
  readonly physicalId?: string
}

export interface Observed {
  /** The live values of those properties that can be read back. */
  readonly properties: JsonObject
  readonly attributes: JsonObject
}

export type PolledAction = 'create' | 'update' | 'delete'

/** What a stack's actions ask of each thing; none changes what the thing is. */
export type VisitVerb = 'check' | 'suspend' | 'resume' | 'snapshot'

/** What a snapshot keeps: given to `restore` when the stack goes back to it. */
export interface Snapshot {
  readonly snapshot: Json
}

/** What became of a signal. */
export interface Signalled {
  /** The thing's own notes from now on. */
  readonly privateData: Json
  readonly attributes?: JsonObject
  /** What the sender is told. */
  readonly message: string
  /** Nothing came of it: nothing is noted. */
  readonly ignored?: true
  /** The thing is to be updated, though nothing that is wanted of it has changed: its notes have. */
  readonly updates?: true
  /** It is meant for the thing with this reference, which this one requires; when that ignores it, so does this one. */
  readonly passOn?: { readonly to: Json; readonly body: Json }
}

/** An operation under way, given to `poll` and `cancel`. */
export interface Operation<P = JsonObject> {
  readonly action: PolledAction | VisitVerb
  readonly handle: Json
  /** Absent while a create has not told its id. */
  readonly physicalId: string | undefined
  /** What is wanted (for a delete: what it had). */
  readonly properties: P
  readonly privateData: Json
}

/** A resource type. `defineType` infers the types of the properties in all functions. */
export interface TypeSpec<P extends PropertySchemas = PropertySchemas> {
  /** For example `Acme::Thing`. */
  readonly name: string
  readonly description?: string
  readonly properties: P
  readonly attributes?: AttributeSchemas
  /** Seconds that one call may take before it is aborted. Default 600. */
  readonly timeoutSeconds?: number
  /** Seconds that a pending operation may take in all, from its start over every poll. Default: `timeoutSeconds`. */
  readonly operationTimeoutSeconds?: number
  /** Attempts of one action before it fails. Default 5. */
  readonly attemptsMax?: number
  /**
   * What a version becomes whose create or update has failed: `replace` makes a new one (default, as in Heat),
   * `update` tries again on the same thing.
   */
  readonly whenFailed?: 'replace' | 'update'
  /**
   * What `find` and a repeated `create` need in order to recognise their own work after a crash. `properties` (default):
   * the wanted properties are recorded before the call. `token`: the token is enough, and one write is saved.
   */
  readonly recoverBy?: 'properties' | 'token'
  /** What it is pending for comes as a signal to something that it requires: until then there is nothing to be done. */
  readonly awaitsSignals?: boolean
  /** A property that each update of the stack gives another value, unless the template gives it one. */
  readonly renewedBy?: string
  /** Any property name is accepted (as OS::Heat::None does). */
  readonly anyProperties?: boolean
  /** Any attribute name is accepted. */
  readonly anyAttributes?: boolean

  create(call: CallContext, wanted: PropertiesOf<P>): Promise<Made | Pending>
  /**
   * The thing that an earlier `create` with this token made, or null; pending while it is still being made. Without it,
   * `create` itself must recognise the token.
   */
  find?(call: CallContext, wanted: PropertiesOf<P>): Promise<Made | Pending | null>
  /** The live state, or null when the thing is gone. */
  read?(call: CallContext, thing: Thing<PropertiesOf<P>>): Promise<Observed | null>
  /** Brings the existing thing to `wanted`. Without it every change replaces. */
  update?(
    call: CallContext,
    thing: Thing<PropertiesOf<P>>,
    wanted: PropertiesOf<P>,
  ): Promise<Omit<Made, 'physicalId'> | Pending>
  /** Makes the thing not be. A thing that is already gone is done. */
  delete(call: CallContext, thing: Thing<PropertiesOf<P>>): Promise<void | Pending>
  /** The state of an operation that answered pending. For a delete, `undefined` means done. */
  poll?(
    call: CallContext,
    operation: Operation<PropertiesOf<P>>,
  ): Promise<Partial<Made & Snapshot> | Pending | undefined>
  /** Nobody wants the operation any more: stop it if that is possible. Afterwards the version counts as failed. */
  cancel?(call: CallContext, operation: Operation<PropertiesOf<P>>): Promise<void>
  /**
   * What is wrong with the thing beyond its properties, in words; undefined when nothing is. Its properties are compared
   * by `read` already.
   */
  check?(call: CallContext, thing: Thing<PropertiesOf<P>>): Promise<string | undefined | Pending>
  /** Brings the thing to rest without unmaking it. One that rests already is done. Without it, suspending does nothing. */
  suspend?(call: CallContext, thing: Thing<PropertiesOf<P>>): Promise<void | Pending>
  /** Undoes `suspend`. A thing that is not suspended is done. */
  resume?(call: CallContext, thing: Thing<PropertiesOf<P>>): Promise<void | Pending>
  /** Keeps what the thing holds, somewhere or in the answer; `restore` is given the answer. */
  snapshot?(call: CallContext, thing: Thing<PropertiesOf<P>>): Promise<Snapshot | Pending>
  /** Properties that, laid over those of the template, bring back what the snapshot holds. Pure. */
  restore?(snapshot: Json): JsonObject
  /**
   * Something from outside concerns this thing; returns what is to be noted of it. Runs in a transaction: no waiting in it.
   * `nowSeconds` is the database's clock, in seconds since 1970.
   */
  signal?(thing: Thing<PropertiesOf<P>>, body: Json, nowSeconds: number): Signalled
  /** Something that required this thing goes, and says so (`leave`): returns its notes from then on. Pure. */
  left?(thing: Thing<PropertiesOf<P>>): Json
  /**
   * Whether this change takes a new thing although each changed property could be updated alone. Asked besides
   * `onChange`, with completed properties; must be pure.
   */
  replaces?(before: PropertiesOf<P>, wanted: PropertiesOf<P>): boolean
  /** What `get_resource` gives. Default: the physical id. */
  reference?(thing: Thing<PropertiesOf<P>>): Json
  /**
   * Rules over several properties; `undefined` stands for a value that is not known yet, null for one that is absent.
   * Returns messages by property.
   */
  validate?(properties: { readonly [name: string]: Json | undefined }): { property: string; message: string }[]
  classify?(error: unknown): ErrorClass | undefined
  /** Brought about by a stack of its own: see `defineComposite`. The functions above are not called then. */
  readonly composite?: Composite
}

/** A type as the engine holds it: the property types are erased, the schemas remain. */
export type ResourceType = TypeSpec

/** A resource type whose schemas the compiler knows, so that a program's use of it can be checked. */
export interface TypedResourceType<
  P extends PropertySchemas = PropertySchemas,
  A extends AttributeSchemas = AttributeSchemas,
> extends ResourceType {
  readonly properties: P
  readonly attributes?: A
}

/** Declares a resource type. Throws when the declaration contradicts itself. */
export function defineType<
  const P extends PropertySchemas,
  const A extends AttributeSchemas = { readonly [name in never]: never },
>(spec: TypeSpec<P> & { readonly attributes?: A }): TypedResourceType<P, A> {
  if (!/^[A-Za-z][\w.]*(::[A-Za-z][\w.]*)*$/.test(spec.name)) {
    throw new TypeError(`type name ${JSON.stringify(spec.name)}: expected words joined by ::, for example Acme::Thing`)
  }
  for (const [name, schema] of Object.entries(spec.properties)) {
    if (schema.onChange === 'update' && !spec.update) {
      throw new TypeError(`${spec.name}: property ${name} says onChange 'update', but the type has no update function`)
    }
    if (schema.required && schema.default !== undefined) {
      throw new TypeError(`${spec.name}: property ${name} is required and has a default; choose one`)
    }
  }
  if (spec.suspend && !spec.resume) throw new TypeError(`${spec.name}: it has suspend, so it needs resume`)
  // The engine validates properties against the schemas before it calls, so the erased type is safe to call.
  return spec as unknown as TypedResourceType<P, A>
}

export const isPending = (answer: object | undefined): answer is Pending => answer !== undefined && 'pending' in answer
