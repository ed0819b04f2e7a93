// The shapes that pass between deciding, acting and settling.

import type { Json, JsonObject } from '../lib/json.js'
import type { PolledAction } from '../provider/contract.js'
import type { ErrorClass } from '../provider/error.js'
import type { Intent } from '../store/claim.js'

/** The identity of a piece of work: which row, under which claim, for whom. */
export interface WorkKey {
  readonly stackId: number
  readonly id: number
  readonly fence: number
  readonly traversal: number
  readonly phase: 'update' | 'cleanup' | null
}

export interface KnownThing {
  readonly physicalId: string
  readonly properties: JsonObject
  readonly attributes: JsonObject
  readonly privateData: Json
}

/** A provider call to be made. Everything it needs has been read; no transaction is open. */
export interface Work extends WorkKey {
  readonly stackUid: string
  readonly stackName: string
  readonly project: string
  /** The trace that it belongs to, as W3C Trace Context writes it. */
  readonly traceparent: string | null
  readonly name: string
  readonly type: string
  readonly token: string
  readonly attempt: number
  readonly task: Task
  /** What the row requires while the work is under way. */
  readonly requires: readonly number[]
  /** What settles it: absent for a delete. */
  readonly intent: Intent | undefined
}

export type Task =
  | { readonly kind: 'create'; readonly wanted: JsonObject; readonly resume: boolean }
  | { readonly kind: 'update'; readonly wanted: JsonObject; readonly thing: KnownThing }
  /** `physicalId` is null when a create was interrupted before it told: the thing is looked for by its token. */
  | { readonly kind: 'delete'; readonly physicalId: string | null; readonly thing: Omit<KnownThing, 'physicalId'> }
  | PendingTask

export interface PendingTask {
  readonly kind: 'poll' | 'cancel'
  readonly action: PolledAction
  readonly operation: PendingOperation
}

export interface PendingOperation {
  readonly handle: Json
  /** What was asked of the provider: a deletion may have to wait for the create that it interrupts. */
  readonly of: PolledAction
  /** The create may have been asked for something else: once it has ended, it is brought to what is wanted. */
  readonly mend: boolean
  readonly physicalId: string | null
  readonly properties: JsonObject
  readonly attributes: JsonObject
  readonly privateData: Json
  /** Why it is cancelled; undefined while it is wanted. */
  readonly cancelReason: string | undefined
}

/** What became of a call. */
export type Outcome =
  | { readonly kind: 'done'; readonly physicalId: string; readonly attributes: JsonObject; readonly privateData: Json }
  | { readonly kind: 'gone' }
  /** Given up before its end, to be taken up again by anybody. */
  | { readonly kind: 'handedBack' }
  | {
      readonly kind: 'pending'
      readonly handle: Json
      readonly of: PolledAction
      readonly mend: boolean
      readonly pollAfterSeconds: number
      readonly physicalId: string | null
    }
  | {
      readonly kind: 'failed'
      readonly errorClass: ErrorClass
      readonly message: string
      readonly retryAfterSeconds: number
      readonly physicalId: string | null
    }

export interface FinishedWork {
  readonly work: Work
  readonly outcome: Outcome
}

/** The action that a row's status shows while the task is under way. */
export function actionOf(task: Task): 'CREATE' | 'UPDATE' | 'DELETE' {
  const kind = task.kind === 'poll' || task.kind === 'cancel' ? task.action : task.kind
  return ({ create: 'CREATE', update: 'UPDATE', delete: 'DELETE' } as const)[kind]
}
