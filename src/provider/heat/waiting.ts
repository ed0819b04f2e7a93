// Waiting as an operation: a moment is slept through, anything longer is pending and holds no slot. No clock is read:
// the handle carries the seconds that are left once the poll it asks for has come.
import { isJsonObject, type Json } from '../../lib/json.js'
import type { CallContext, Pending } from '../contract.js'

const SLEPT_SECONDS = 1
const STEP_SECONDS = 60

/** Waits `seconds` (below 0: for ever): undefined when that is over, else pending. */
export async function wait(call: CallContext, seconds: number): Promise<Pending | undefined> {
  call.signal.throwIfAborted()
  if (seconds < 0 || seconds > SLEPT_SECONDS) return pendingFor(seconds)
  if (seconds > 0) await call.world.sleep(seconds, call.signal)
  call.signal.throwIfAborted()
  return undefined
}

/** Goes on with a wait: undefined when it is over. */
export function waitOn(handle: Json): Pending | undefined {
  if (!isJsonObject(handle) || typeof handle.secondsLeft !== 'number') return undefined
  return handle.secondsLeft === 0 ? undefined : pendingFor(handle.secondsLeft)
}

function pendingFor(seconds: number): Pending {
  const step = seconds < 0 ? STEP_SECONDS : Math.min(seconds, STEP_SECONDS)
  const secondsLeft = seconds < 0 ? seconds : seconds - step
  return { pending: { handle: { secondsLeft }, pollAfterSeconds: step } }
}
