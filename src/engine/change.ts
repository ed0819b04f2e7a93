// What a change of properties asks for, as a type's schema says.
import type { Change } from '../graph/decide.js'
import type { JsonObject } from '../lib/json.js'
import type { ResourceType } from '../provider/contract.js'
import { changedProperties, needsReplacement } from '../provider/properties.js'

/** The strongest demand among the properties that differ. */
export function changeOf(type: ResourceType, before: JsonObject, wanted: JsonObject): Change {
  const changes = changedProperties(type, before, wanted)
  if (changes.length === 0) return 'none'
  if (changes.some(({ onChange }) => onChange === 'immutable')) return 'immutable'
  return !type.update || needsReplacement(type, before, wanted) ? 'replace' : 'update'
}
