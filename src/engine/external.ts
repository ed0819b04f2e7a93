// What exists already: taken over by a resource (`isotherm.adopt`), or only referred to by one (`external_id`).
import { hashOf } from '../lib/json.js'
import type { ClaimedRow, Intent } from '../store/claim.js'
import type { Decision } from './prepare.js'
import type { Existing } from './work.js'

/** What a create takes over instead of making something. */
export const existingOf = ({ adopts }: Intent): { readonly existing?: Existing } =>
  adopts === undefined ? {} : { existing: { physicalId: adopts, referred: false } }

/** It is read once; from then on it is as it is. Its properties are nobody's wish, and its deletion neither: it is retained. */
export function prepareReference(row: ClaimedRow, physicalId: string, requires: readonly number[]): Decision {
  if (row.physicalId !== null && row.physicalId !== physicalId) {
    const reason = `Update to property external_id of ${row.name} (${row.type}) is not supported`
    return { kind: 'refuse', row, reason }
  }
  const known = { properties: row.properties ?? {}, metadata: {}, retain: true, requires }
  const intent: Intent = { ...known, definitionHash: row.definitionHash ?? '', adopts: physicalId }
  const propertiesHash = row.propertiesHash ?? EMPTY_HASH
  const gone = row.observed !== null && 'gone' in row.observed
  if (row.physicalId !== null && row.status === 'COMPLETE' && !gone)
    return { kind: 'keep', row, chosen: row, intent, propertiesHash }
  const task = { kind: 'create', wanted: {}, resume: false, existing: { physicalId, referred: true } } as const
  return { kind: 'begin', row, chosen: row, task, intent, propertiesHash, attempt: row.attempt + 1 }
}

const EMPTY_HASH = hashOf({})
