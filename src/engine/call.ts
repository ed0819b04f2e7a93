// One provider call under the engine's conditions: a deadline, reasons to break it off, and what that then means.
import type { World } from '../lib/world.js'
import type { CallContext, Logger, ResourceType } from '../provider/contract.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Database } from '../store/database.js'
import { act } from './act.js'
import type { Deadlines } from './deadlines.js'
import type { Interruption } from './interruption.js'
import { bound, fieldsOf } from './logging.js'
import { leavePeer, peerOf } from './peers.js'
import { discreet, discreetLog } from './secrecy.js'
import { signalAddress } from './signal-address.js'
import { callTimeoutSeconds } from './timeouts.js'
import type { Outcome, Work } from './work.js'

/** What belongs to the engine that calls. */
export interface Caller {
  readonly types: TypeRegistry
  readonly world: World
  readonly log: Logger
  readonly database: Database
  readonly engineId: string
  readonly deadlines: Deadlines
  /** What of the network a project's templates may reach from here. Default: all. */
  readonly mayReach?: (address: string, project: string) => boolean
  /** Where a server for these stacks is reached. Default: nowhere. */
  readonly publicUrl?: string | Promise<string>
}

/** Reasons for which an engine breaks a call off. */
export class Unwanted extends Error {}
export class Disowned extends Error {}
export class HandBack extends Error {}

/** How long a call may go on once it was told to end. */
export const GRACE_SECONDS = 5

/** @returns undefined when the work belongs to somebody else by now. */
export async function callProvider(
  caller: Caller,
  { work, interruption }: { readonly work: Work; readonly interruption: Interruption },
): Promise<Outcome | undefined> {
  const type = caller.types.get(work.type)
  if (!type) return failedOutcome('fatal', `the type ${work.type} is not registered in this engine`)
  const deadlineSeconds = callTimeoutSeconds(type, work.limits)
  const outcome = await inTime(caller.deadlines, deadlineSeconds, interruption, () =>
    act(type, contextOf(caller, work, interruption, deadlineSeconds, type), work),
  )
  const judged = judge(outcome, interruption, work)
  return judged && discreet(judged, work, type)
}

/** What a call gives; undefined when it gives nothing in time, nor a moment after it was told to end. */
function inTime<T>(
  deadlines: Deadlines,
  seconds: number,
  interruption: Interruption,
  call: () => Promise<T>,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let cancel = deadlines.set(seconds, () => {
      interruption.interrupt(new Error(`timed out after ${seconds} s`))
      // A call that does not heed its signal keeps its slot no longer than this.
      cancel = deadlines.set(GRACE_SECONDS, () => resolve(undefined))
    })
    const over = () => cancel()
    call().finally(over).then(resolve, reject)
  })
}

/** What a call that was broken off means depends on why it was. */
export function judge(outcome: Outcome | undefined, { reason }: Interruption, work: Work): Outcome | undefined {
  if (outcome && (!reason || outcome.kind !== 'failed')) return outcome
  if (reason instanceof Disowned) return undefined
  if (reason instanceof HandBack) return { kind: 'handedBack' }
  const errorClass = reason instanceof Unwanted ? 'fatal' : 'retry'
  return failedOutcome(errorClass, reason?.message ?? `interrupted: ${work.name}`)
}

function contextOf(
  caller: Caller,
  work: Work,
  interruption: Interruption,
  deadlineSeconds: number,
  type: ResourceType,
): CallContext {
  const { world, log, engineId, mayReach } = caller
  let own: Logger | undefined
  return {
    token: work.token,
    get signal() {
      return interruption.signal
    },
    deadlineSeconds,
    attempt: work.attempt,
    fence: work.fence,
    // Most calls log nothing, so their logger is made when it is asked for.
    get log() {
      own ??= discreetLog(bound(log, fieldsOf(work, engineId)), work, type)
      return own
    },
    project: work.project,
    stack: work.stackName,
    stackId: work.stackUid,
    name: work.name,
    peer: (reference) => peerOf(caller, work, reference),
    leave: (reference) => leavePeer(caller, work, reference),
    signalUrl: () => signalAddress(caller, work),
    ...(mayReach && { mayReach: (address: string) => mayReach(address, work.project) }),
    world,
  }
}

/** What we got wrong around a call must not end the process. Whether the provider was called nobody knows: whoever comes next asks it. */
export const brokenCall = (error: unknown): Outcome =>
  failedOutcome(
    'retry',
    `the engine could not make this call: ${error instanceof Error ? error.name : 'unknown error'}`,
  )

function failedOutcome(errorClass: 'fatal' | 'retry', message: string): Outcome {
  return { kind: 'failed', errorClass, message, retryAfterSeconds: 0, physicalId: null }
}
