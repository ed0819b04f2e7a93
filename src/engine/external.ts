// What exists already: taken over by a resource (`isotherm.adopt`), or only referred to by one (`external_id`).
import type { Step } from '../graph/decide.js'
import { nextHook } from '../graph/hooks.js'
import { hashOf } from '../lib/json.js'
import type { ClaimedRow, EarlierVersion, Intent } from '../store/claim.js'
import type { Decision } from './prepare.js'
import type { Existing } from './work.js'

/** What a create takes over instead of making something. */
export const existingOf = ({ adopts }: Intent): { readonly existing?: Existing } =>
  adopts === undefined ? {} : { existing: { physicalId: adopts, referred: false } }

/** A version that may have made something of its own takes nothing else over: nobody would know of the first any more. */
export function apartFromOwn(step: Step, versions: readonly EarlierVersion[], { adopts }: Intent): Step {
  if (adopts === undefined || step.kind !== 'create' || !step.resume) return step
  const begun = versions.find(({ id }) => id === step.version)
  return begun?.intent?.adopts === undefined ? { kind: 'replace' } : step
}

/** It is read once; from then on it is as it is. Its properties are nobody's wish, and its deletion neither: it is retained. */
export function prepareReference(row: ClaimedRow, physicalId: string, requires: readonly number[]): Decision {
  if (row.physicalId !== null && row.physicalId !== physicalId) return refused(row)
  const known = { properties: row.properties ?? {}, metadata: {}, retain: true, requires }
  const intent: Intent = { ...known, definitionHash: row.definitionHash ?? '', adopts: physicalId }
  const propertiesHash = REFERRED_HASH
  const gone = row.observed !== null && 'gone' in row.observed
  if (row.physicalId !== null && row.status === 'COMPLETE' && !gone)
    return { kind: 'keep', row, chosen: row, intent, propertiesHash, settlesFinding: row.propertiesHash === null }
  const task = { kind: 'create', wanted: {}, resume: false, existing: { physicalId, referred: true } } as const
  const isAgain = row.status === 'IN_PROGRESS' && row.propertiesHash === propertiesHash
  const hook = isAgain ? undefined : nextHook(row, ['pre-create'])
  if (hook) return { kind: 'hold', row, hook }
  const attempt = isAgain ? row.attempt + 1 : 1
  return { kind: 'begin', row, chosen: row, task, intent, propertiesHash, attempt }
}

/** A thing that is only referred to never becomes the stack's own, nor the other way round: the resource is removed first. */
export const isReferredTo = ({ physicalId, propertiesHash }: Pick<ClaimedRow, 'physicalId' | 'propertiesHash'>) =>
  physicalId !== null && propertiesHash === REFERRED_HASH

export function refused(row: ClaimedRow): Decision {
  const reason = `Update to property external_id of ${row.name} (${row.type}) is not supported`
  return { kind: 'refuse', row, reason }
}

/** Of no properties that anything could have: whatever becomes of its definition, the row says that the thing is not its own. */
const REFERRED_HASH = hashOf('only referred to')
