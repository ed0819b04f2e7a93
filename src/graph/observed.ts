// What a check found of a version, laid over what was recorded: the decision then mends the difference like any other. Pure.
import { hashOf, type Json, type JsonObject } from '../lib/json.js'
import type { VersionState } from './decide.js'
import { isVisiting } from './stage.js'

/** Kept with a version whose check failed. Null there: a person said that it is unhealthy, and why stands on the row. */
export type Observation =
  | { readonly gone: true }
  /** Those live properties that differ from the recorded ones; of secret ones only that they do. */
  | { readonly properties: JsonObject }
  | { readonly unhealthy: true }

/**
 * The version as the decision is to see it. A visit that failed has not changed the thing, so it counts as sound; what
 * differs is mended as if it had been recorded so; what is gone cannot be chosen and is made anew. What is unhealthy has
 * failed, and becomes what failed versions of its type become.
 */
export function asObserved<V extends VersionState>(version: V, observed: Observation | null): V {
  if (version.status !== 'FAILED' || !isVisiting(version.action)) return version
  if (version.action !== 'CHECK') return { ...version, status: 'COMPLETE' }
  if (observed === null || 'unhealthy' in observed) return version
  if ('gone' in observed) return { ...version, action: 'DELETE' }
  const properties = { ...version.properties, ...observed.properties }
  return { ...version, status: 'COMPLETE', properties, propertiesHash: hashOf(properties) }
}

/** Those of the live values that are not the recorded ones. What was never given may be whatever it likes. */
export function driftOf(recorded: JsonObject, live: JsonObject): { readonly [name: string]: Json } {
  const differing = Object.entries(live).filter(
    ([name, value]) => name in recorded && hashOf(value) !== hashOf(recorded[name] ?? null),
  )
  return Object.fromEntries(differing)
}
