// How long things may take.
import type { ResourceType } from '../provider/contract.js'

const DEFAULT_SECONDS = 600

/** One call. */
export const callTimeoutSeconds = (type: ResourceType | undefined): number => type?.timeoutSeconds ?? DEFAULT_SECONDS

/** A pending operation in all, from its start over every poll. */
export const operationTimeoutSeconds = (type: ResourceType | undefined): number =>
  type?.operationTimeoutSeconds ?? callTimeoutSeconds(type)
