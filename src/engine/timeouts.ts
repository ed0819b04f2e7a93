// How long things may take.
import type { ResourceType } from '../provider/contract.js'
import type { WorkLimits } from './work.js'

const DEFAULT_SECONDS = 600

/** One call. */
export const callTimeoutSeconds = (type: ResourceType | undefined, limits?: WorkLimits): number =>
  limits?.timeoutSeconds ?? type?.timeoutSeconds ?? DEFAULT_SECONDS

/** A pending operation in all, from its start over every poll. */
export const operationTimeoutSeconds = (type: ResourceType | undefined, limits?: WorkLimits): number =>
  limits?.timeoutSeconds ?? type?.operationTimeoutSeconds ?? callTimeoutSeconds(type)
