// What a turn knows of the engine it runs in: who it is, what it can make, and how patient it is.
import type { TypeRegistry } from '../provider/registry.js'
import type { RetryPolicy } from './retry.js'
import type { Work } from './work.js'

export interface TurnContext {
  readonly engineId: string
  readonly types: TypeRegistry
  readonly random: () => number
  readonly policyFor: (type: string) => RetryPolicy
}

/** What the template says of this resource outranks what holds for all of its type. */
export function patienceWith({ policyFor }: TurnContext, { type, limits }: Work): RetryPolicy {
  const policy = policyFor(type)
  return limits?.attemptsMax === undefined ? policy : { ...policy, attemptsMax: limits.attemptsMax }
}
