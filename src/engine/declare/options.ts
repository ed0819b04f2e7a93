// What is declared: a template and all that comes with it.
import type { Json, JsonObject } from '../../lib/json.js'
import type { Pseudo } from '../../template/resolve.js'
import type { TreeLimits } from './tree-limits.js'

/** HOT as text, or as an object of the same shape, or a stream of definitions in it. */
export type TemplateInput =
  | string
  | { readonly [section: string]: unknown }
  | { readonly resources: AsyncIterable<readonly [string, object]> }

export interface DeclareOptions {
  readonly stack: string
  readonly template: TemplateInput
  /** The template's file name, for messages. */
  readonly templateFile?: string
  readonly parameters?: { readonly [name: string]: Json }
  readonly environment?: JsonObject
  /** Contents for `get_file`, and templates that are used as types, by the name the template uses. */
  readonly files?: { readonly [name: string]: string }
}

/** What a declaration knows of its stack besides the template. */
export interface Standpoint extends Pseudo {
  readonly treeLimits?: Partial<TreeLimits>
  /** Another one for each update of the stack, and the same for whoever declares that update again. */
  readonly updateId?: string
}
