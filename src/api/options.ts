// What the library is asked with.

import type { DeclareOptions } from '../engine/declare/options.js'
import type { TreeLimits } from '../engine/declare/tree-limits.js'
import type { RetentionPolicy } from '../engine/retention.js'
import type { RetryPolicy } from '../engine/retry.js'
import type { Telemetry } from '../engine/telemetry.js'
import type { JsonObject } from '../lib/json.js'
import type { World } from '../lib/world.js'
import type { Logger, ResourceType } from '../provider/contract.js'
import type { Database } from '../store/database.js'
import type { StackAbout } from '../store/stacks.js'
import type { WatchOptions } from './reality.js'

export type { DeclareOptions }

export interface OpenOptions {
  /** `memory:`, a directory (default `./.isotherm/`), a `postgres://` URL, or a database that is already open. */
  readonly database?: string | Database
  /**
   * What secrets are sealed with: 64 hexadecimal digits, or base64 of 32 bytes. Default: `keyFile`, else, for a
   * directory, the file `key` in it, else ISOTHERM_KEY or ISOTHERM_KEY_FILE of the environment; a directory without any
   * gets a file. False: none at all.
   */
  readonly key?: string | false
  readonly keyFile?: string
  /** Types of your own, besides the built-in ones. */
  readonly types?: readonly ResourceType[]
  /** Built-in types whose names begin so do not exist here, also not for nested templates. */
  readonly refuseTypes?: readonly string[]
  /**
   * How deep the stacks of this process' commands may be nested, and how many resources each may have with all that is nested in it.
   * It holds for a stack until another command says otherwise. Default: five levels, any number.
   */
  readonly treeLimits?: Partial<TreeLimits>
  /** Engines in this process. Default 1; 0 only issues commands and looks. */
  readonly engines?: number
  /** Provider calls at once, for each engine. Default 100. */
  readonly slots?: number
  readonly project?: string
  /** Where relative paths of local resources begin. Default: the working directory. */
  readonly baseDirectory?: string
  /** Seconds after which a silent engine is given up for dead. Default 10. */
  readonly silentSeconds?: number
  /** The first rest of an engine that waits for work, in seconds; on PostgreSQL it grows to at most ten times this. Default 0.5. */
  readonly idleSeconds?: number
  /** Seconds that running calls get to finish when the library is closed. Default 5. */
  readonly drainSeconds?: number
  readonly retry?: Partial<RetryPolicy>
  /** How long history is kept; false never forgets anything. Only a process with engines forgets. */
  readonly retention?: Partial<RetentionPolicy> | false
  readonly log?: Logger
  /** Is told what the engines of this process do, for example by `Metrics`. */
  readonly telemetry?: Telemetry
  /**
   * What of the network the HTTP types may reach for a project: asked of the very address that is connected to, after DNS and on
   * each redirect. Default: everything.
   */
  readonly mayReach?: (address: string, project: string) => boolean
  /**
   * Where a server for these stacks is reached, for example `https://heat.example.com:8004`: what the addresses begin with by which
   * resources are signalled. A promise: it is known later. Default: nowhere, and attributes that tell such addresses are null.
   */
  readonly publicUrl?: string | Promise<string>
  readonly world?: World
}

export interface ValidateOptions extends Omit<DeclareOptions, 'stack'> {
  /** Types that are not registered are warned of instead of refused. Default false. */
  readonly allowUnknownTypes?: boolean
  /** With it: only those of these names. Default: all. Not over a server. */
  readonly unknownTypesMeant?: (name: string) => boolean
}

export interface UpOptions extends DeclareOptions {
  /** What a failure asks for. Default `rollback`. */
  readonly onFailure?: 'rollback' | 'stop' | 'continue'
  /** The whole traversal fails after so many seconds. Default: no limit. */
  readonly timeoutSeconds?: number
  /** Looks at reality first: what is gone, differs or is unwell is mended too. Default false. */
  readonly convergeReality?: boolean
  /** From now on any engine checks the stack every so often, and mends it up to a limit; null ends that. Default: as before. */
  readonly watchReality?: WatchOptions | null
  /** Refuses (Conflict, NotFound, Outdated) unless the stack is to be made, or is the one with this id. Default: either. */
  readonly presume?: 'new' | { readonly id: string; readonly traversal?: number }
  /** Kept with the stack and shown again; absent ones stay as they are. */
  readonly about?: StackAbout
}

/** Of suspend, resume, check and the like. */
export interface ActionOptions {
  /** The whole traversal fails after so many seconds. Default: no limit. */
  readonly timeoutSeconds?: number
}

export interface AdoptOptions extends Omit<DeclareOptions, 'template' | 'templateFile'> {
  /** What `abandon` gave, or Heat's `stack abandon`. */
  readonly document: JsonObject
  /** Instead of the document's. */
  readonly template?: string | JsonObject
  /** Nothing that others made is taken away because something else fails. Default `stop`. */
  readonly onFailure?: 'stop' | 'continue'
  readonly timeoutSeconds?: number
}

export interface DownOptions {
  readonly timeoutSeconds?: number
  /** Default `continue`: what can be deleted is, though something else cannot. */
  readonly onFailure?: 'stop' | 'continue'
}

export interface PatchOptions {
  /** A definition replaces or adds a resource; null removes one. */
  readonly resources: { readonly [name: string]: object | null }
  readonly onFailure?: 'rollback' | 'stop' | 'continue'
  readonly timeoutSeconds?: number
}
