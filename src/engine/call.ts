// One provider call under the engine's conditions: a deadline, reasons to break it off, and what that then means.
import { equalJson } from '../lib/json.js'
import type { World } from '../lib/world.js'
import type { CallContext, Logger, ResourceType } from '../provider/contract.js'
import type { TypeRegistry } from '../provider/registry.js'
import { readRequired } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import { act } from './act.js'
import { referenceOf, thingOf } from './inputs.js'
import { bound, fieldsOf } from './logging.js'
import { discreet, discreetLog } from './secrecy.js'
import { callTimeoutSeconds } from './timeouts.js'
import type { Outcome, Work } from './work.js'

/** What belongs to the engine that calls. */
export interface Caller {
  readonly types: TypeRegistry
  readonly world: World
  readonly log: Logger
  readonly database: Sql
  readonly engineId: string
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
  { work, controller }: { readonly work: Work; readonly controller: AbortController },
): Promise<Outcome | undefined> {
  const { world, types } = caller
  const type = types.get(work.type)
  if (!type) return failedOutcome('fatal', `the type ${work.type} is not registered in this engine`)
  const deadlineSeconds = callTimeoutSeconds(type)
  const over = new AbortController()
  const timedOut = world.sleep(deadlineSeconds, over.signal).then(async () => {
    if (over.signal.aborted) return undefined
    controller.abort(new Error(`timed out after ${deadlineSeconds} s`))
    // A call that does not heed its signal keeps its slot no longer than this.
    await world.sleep(GRACE_SECONDS, over.signal)
    return undefined
  })
  const acted = act(type, contextOf(caller, work, controller.signal, deadlineSeconds, type), work)
  const outcome = await Promise.race([acted, timedOut.then(() => (over.signal.aborted ? acted : undefined))])
  // Without a reason each abort would make an exception with a stack trace, once per call.
  over.abort('over')
  const judged = judge(outcome, controller.signal, work)
  return judged && discreet(judged, work, type)
}

/** What an aborted call means depends on why it was aborted. */
export function judge(outcome: Outcome | undefined, signal: AbortSignal, work: Work): Outcome | undefined {
  if (outcome && (!signal.aborted || outcome.kind !== 'failed')) return outcome
  const reason: unknown = signal.reason
  if (reason instanceof Disowned) return undefined
  if (reason instanceof HandBack) return { kind: 'handedBack' }
  const errorClass = reason instanceof Unwanted ? 'fatal' : 'retry'
  return failedOutcome(errorClass, reason instanceof Error ? reason.message : `aborted: ${work.name}`)
}

function contextOf(
  caller: Caller,
  work: Work,
  signal: AbortSignal,
  deadlineSeconds: number,
  type: ResourceType,
): CallContext {
  const { world, types, log, database, engineId } = caller
  let own: Logger | undefined
  return {
    token: work.token,
    signal,
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
    peer: async (reference) => {
      const rows = await readRequired(database, work.stackId, work.id)
      const found = rows.find((row) => equalJson(referenceOf(row, types.get(row.type)), reference))
      return found ? thingOf(found) : null
    },
    world,
  }
}

function failedOutcome(errorClass: 'fatal' | 'retry', message: string): Outcome {
  return { kind: 'failed', errorClass, message, retryAfterSeconds: 0, physicalId: null }
}
