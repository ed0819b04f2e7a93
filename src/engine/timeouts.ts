// How long things may take.
import type { ResourceType } from '../provider/contract.js'
import type { WorkLimits } from './work.js'

const DEFAULT_SECONDS = 600

/** Why something has failed that took longer. */
export const TIMED_OUT = 'Timed out'

/** One call. */
export const callTimeoutSeconds = (type: ResourceType | undefined, limits?: WorkLimits): number =>
  limits?.timeoutSeconds ?? type?.timeoutSeconds ?? DEFAULT_SECONDS

/** A pending operation in all, from its start over every poll. */
export const operationTimeoutSeconds = (type: ResourceType | undefined, limits?: WorkLimits): number =>
  limits?.timeoutSeconds ?? type?.operationTimeoutSeconds ?? callTimeoutSeconds(type)

/** What is looked at again only later than it may take is looked at when its time is up. */
export const withinTimeSeconds = (pollAfterSeconds: number, limits: WorkLimits | undefined): number =>
  Math.min(pollAfterSeconds, limits?.timeoutSeconds ?? Number.POSITIVE_INFINITY)

/** Whoever asks for longer is asked again after that. */
export const WAIT_SECONDS_MAX = 24 * 60 * 60
/** Where what was said is not a number. */
const WAIT_SECONDS = 1

/** Of a time to wait that a type has told: a number, where it is written in TypeScript. */
export const sensibleWait = (seconds: number): number =>
  Number.isNaN(Number(seconds)) ? WAIT_SECONDS : Math.min(Math.max(0, seconds), WAIT_SECONDS_MAX)
