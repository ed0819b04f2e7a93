// What is said of a composite while its stack is at work and when that has come to rest: outcomes, as a provider call would
// have them, and the handle with which a row waits.
import { isJsonObject, type JsonObject } from '../../lib/json.js'
import type { Composition } from '../../provider/composite.js'
import { physicalName } from '../../provider/physical-name.js'
import type { ChildRow } from '../../store/nested.js'
import type { Outcome, Work } from '../work.js'

/** The nested stack's name. */
export const nameOf = ({ stackName: stack, name, token }: Work): string => physicalName({ stack, name, token })

/** What the row's handle says of a pending composite. */
export interface Waiting {
  /** The command could not be given, because the stack was held: it is still to be given. */
  readonly todo?: true
  /** One step of several: after so many seconds of rest it is composed again. */
  readonly againAfterSeconds?: number
  /** The rest between two steps has begun. */
  readonly resting?: true
}

/** So long is a nested stack waited for without a look: it wakes whoever waits for it. */
export const NEVER_SECONDS = 1e9
/** A nested stack that somebody holds is come by again so soon. */
export const HELD_SECONDS = 0.05

export const removes = (work: Work) =>
  work.task.kind === 'delete' || (work.task.kind === 'poll' && work.task.operation.of === 'delete')

export function waitingOf({ task }: Work): Waiting {
  const handle = task.kind === 'poll' || task.kind === 'cancel' ? task.operation.handle : null
  if (!isJsonObject(handle)) return {}
  const { todo, againAfterSeconds, resting: rests } = handle
  return {
    ...(todo === true && { todo }),
    ...(typeof againAfterSeconds === 'number' && { againAfterSeconds }),
    ...(rests === true && { resting: rests }),
  }
}

/** The step has been reached, and the rest after it is over. */
export const isAgain = (work: Work, child: ChildRow | undefined): boolean => {
  const { againAfterSeconds, resting: rests } = waitingOf(work)
  return child?.status === 'COMPLETE' && (rests === true || againAfterSeconds === 0)
}

export function pending(work: Work, composition?: Composition, { todo }: Waiting = {}): Outcome {
  const { againAfterSeconds } = composition ?? waitingOf(work)
  const handle: JsonObject = {
    ...(againAfterSeconds !== undefined && { againAfterSeconds }),
    ...(todo && { todo }),
  }
  return {
    kind: 'pending',
    handle,
    of: removes(work) ? 'delete' : work.task.kind === 'create' ? 'create' : 'update',
    mend: false,
    pollAfterSeconds: todo ? HELD_SECONDS : NEVER_SECONDS,
    physicalId: work.token,
  }
}

export const resting = (work: Work, seconds: number): Outcome => ({
  kind: 'pending',
  handle: { againAfterSeconds: seconds, resting: true },
  of: work.task.kind === 'create' ? 'create' : 'update',
  mend: false,
  pollAfterSeconds: seconds,
  physicalId: work.token,
})

export const failed = (message: string, physicalId: string | null = null): Outcome => ({
  kind: 'failed',
  errorClass: 'fatal',
  message,
  retryAfterSeconds: 0,
  physicalId,
})

export const gone = (work: Work): Outcome => failed(`the stack around ${work.name} is not there`)

/** `Resource CREATE failed: Acme::Thing: resources.web: no space` inside becomes `Acme::Thing: resources.web: no space`. */
export const insideReason = (reason: string): string => reason.replace(/^Resource \w+ failed: (?=\S+: resources\.)/, '')
