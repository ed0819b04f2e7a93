// The shapes that pass between deciding, acting and settling.

import type { Observation } from '../graph/observed.js'
import type { Stage } from '../graph/stage.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { PolledAction, VisitVerb } from '../provider/contract.js'
import type { ErrorClass } from '../provider/error.js'
import type { Intent } from '../store/claim.js'
import type { Extensions } from '../template/extensions.js'
import type { Hook } from '../template/hooks.js'

/** The identity of a piece of work: which row, under which claim, for whom. */
export interface WorkKey {
  readonly stackId: number
  readonly id: number
  readonly fence: number
  readonly traversal: number
  readonly phase: Stage | null
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
  /** It waits for a nested stack, and for no engine: its row is parked from the beginning, and settled by whoever has claimed it. */
  readonly parked?: true
  /** What the row requires while the work is under way. */
  readonly requires: readonly number[]
  /** What settles it: absent for a delete. */
  readonly intent: Intent | undefined
  /** The parts that must not be seen; what has any is sealed. */
  readonly secret?: readonly string[]
  /** What the template says of retries and time, in place of the type. */
  readonly limits?: WorkLimits
  /** Where it is to wait, once it is done, until somebody says that it may go on. */
  readonly hooks?: readonly Hook[]
}

export type WorkLimits = Pick<Extensions, 'attemptsMax' | 'timeoutSeconds'>

export type Task =
  | { readonly kind: 'create'; readonly wanted: JsonObject; readonly resume: boolean; readonly existing?: Existing }
  | { readonly kind: 'update'; readonly wanted: JsonObject; readonly thing: KnownThing }
  /** `physicalId` is null when a create was interrupted before it told: the thing is looked for by its token. */
  | { readonly kind: 'delete'; readonly physicalId: string | null; readonly thing: Omit<KnownThing, 'physicalId'> }
  | PendingTask
  | VisitTask

/** A thing that somebody else made: instead of making one it is taken over, or only referred to. */
export interface Existing {
  readonly physicalId: string
  readonly referred: boolean
}

export interface PendingTask {
  readonly kind: 'poll' | 'cancel'
  readonly action: PolledAction
  readonly operation: PendingOperation
}

/** The thing is asked to do something that leaves what it is as it is. */
export interface VisitTask {
  readonly kind: 'visit'
  readonly verb: VisitVerb
  readonly thing: KnownThing
  /** Only what was found is worth telling: a traversal that is about something else looks first. */
  readonly quiet: boolean
  /** Something that others made is taken over: what it is becomes what is recorded of it. */
  readonly adopts: boolean
  /** The last check had found something; of what is taken over, what was last done to it has failed. */
  readonly ailing: boolean
  /** Of an operation that is pending. */
  readonly handle?: Json
  /** It has taken longer than it may: what goes on inside a nested stack is to end. */
  readonly timedOut?: true
}

/** What a visit found or brought. */
export interface Visited {
  readonly kind: 'visited'
  readonly finding: Observation | null
  /** What is wrong, for people. */
  readonly reason: string | null
  /** What a snapshot keeps for `restore`. */
  readonly snapshot: Json
  /** Of a thing that is taken over. */
  readonly live?: {
    readonly properties: JsonObject
    readonly attributes: JsonObject
    /** It cannot be looked at. */
    readonly believed?: true
  }
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
  /** The create that a deletion had to wait for is over: what it made can go now. */
  | {
      readonly kind: 'ended'
      readonly physicalId: string | null
      readonly attributes: JsonObject
      readonly privateData: Json
    }
  | Visited
  /** Given up before its end, to be taken up again by anybody. */
  | { readonly kind: 'handedBack' }
  | {
      readonly kind: 'pending'
      readonly handle: Json
      readonly of: PolledAction | VisitVerb
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
export function actionOf(task: Task) {
  if (task.kind === 'visit') return ACTION_OF_VERB[task.verb]
  const kind = task.kind === 'poll' || task.kind === 'cancel' ? task.action : task.kind
  return ({ create: 'CREATE', update: 'UPDATE', delete: 'DELETE' } as const)[kind]
}

export const ACTION_OF_VERB = {
  check: 'CHECK',
  suspend: 'SUSPEND',
  resume: 'RESUME',
  snapshot: 'SNAPSHOT',
} as const satisfies Record<VisitVerb, string>

export const isVerb = (word: string): word is VisitVerb => Object.hasOwn(ACTION_OF_VERB, word)
