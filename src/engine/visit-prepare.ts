// Preparing a visit: what a claimed row is to be asked, or what can be said of it without asking. Pure.
import { isVisiting, type VisitingAction } from '../graph/stage.js'
import type { JsonObject } from '../lib/json.js'
import type { ResourceType, VisitVerb } from '../provider/contract.js'
import type { ClaimedRow } from '../store/claim.js'
import type { ChosenVersion, Decision } from './prepare.js'
import { failureText } from './settle.js'
import { operationTimeoutSeconds, TIMED_OUT } from './timeouts.js'
import { eventOfRow, passed } from './visit-settle.js'
import { ACTION_OF_VERB, type KnownThing, type VisitTask, type Work } from './work.js'

const VERBS: { readonly [action in VisitingAction]: VisitVerb } = {
  CHECK: 'check',
  SUSPEND: 'suspend',
  RESUME: 'resume',
  SNAPSHOT: 'snapshot',
}

export function prepareVisit(row: ClaimedRow, type: ResourceType | undefined): Decision {
  const action = row.stackAction
  // Its stack is at work for an earlier visit: only another one makes an end of that.
  if (row.state === 'parked') return isVisiting(action) ? ask(row, row, VERBS[action]) : ask(row, row, 'check', true)
  if (!isVisiting(action)) return look(row, type)
  if (!isSound(row)) return unfit(row, action)
  if (!type) return refuse(row, VERBS[action], `the type ${row.type} is not registered in this engine`)
  if (isOnlyReferredTo(row) && (action === 'SUSPEND' || action === 'RESUME')) return pass(row, action, null, false)
  switch (action) {
    case 'CHECK':
      if (isMarked(row)) return refuse(row, 'check', 'it was marked unhealthy')
      return checks(type) ? ask(row, row, 'check') : pass(row, action, `CHECK not supported for ${row.type}`)
    case 'SUSPEND':
      if (row.action === 'SUSPEND' && row.status === 'COMPLETE' && row.suspended)
        return { kind: 'pass', row, ending: passed(row) }
      return type.suspend ? ask(row, row, 'suspend') : pass(row, action, null)
    case 'RESUME':
      return type.resume && row.suspended ? ask(row, row, 'resume') : pass(row, action, null, false)
    case 'SNAPSHOT':
      return type.snapshot ? ask(row, row, 'snapshot') : pass(row, action, null)
  }
}

/** Before an update plans, reality is looked at: only what differs is worth a word. */
function look(row: ClaimedRow, type: ResourceType | undefined): Decision {
  const known = isSound(row) && !isMarked(row) && type && checks(type)
  return known ? ask(row, row, 'check', true) : { kind: 'pass', row, ending: passed(row) }
}

/** What is suspended is resumed before anything else is done to it; then the row's own visit begins afresh. */
export const resumeFirst = (row: ClaimedRow, chosen: ChosenVersion): Decision => ask(row, chosen, 'resume')

/** What its deletion policy asks for: then the row's own visit, its deletion, begins afresh. */
export const snapshotFirst = (row: ClaimedRow): Decision => ask(row, row, 'snapshot')

/** Somebody else made it, and nobody has looked at it yet, whatever it was asked for meanwhile. What a check has found is known. */
export const isToBeAdopted = ({ physicalId, propertiesHash, observed }: ClaimedRow): boolean =>
  physicalId !== null && propertiesHash === null && observed === null

/** What is taken over is looked at before anything is decided about it; then the row's own visit begins afresh. */
export function adoptFirst(row: ClaimedRow, wanted: JsonObject, secret?: readonly string[]): Decision {
  // Secrets stay behind when a stack is abandoned: they are believed to be the wanted ones, unless they can be read.
  const unsaid = Object.entries(wanted).filter(([name]) => secret?.includes(`properties.${name}`))
  const properties = row.properties ? { ...Object.fromEntries(unsaid), ...row.properties } : wanted
  const decision = ask(row, { ...row, properties, ...(secret && { secret }) }, 'check', true)
  if (decision.kind !== 'begin' || decision.task.kind !== 'visit') return decision
  return { ...decision, task: { ...decision.task, adopts: true, ailing: row.status === 'FAILED' } }
}

/** A pending visit is polled until its end, whoever wants it by now: what it does to the thing cannot be left half done. */
export function carryOnVisit(
  row: ClaimedRow,
  verb: VisitVerb,
  type: ResourceType | undefined,
  limits: Work['limits'],
): Decision {
  const { handle } = row
  const timedOut = (row.elapsedSeconds ?? 0) > operationTimeoutSeconds(type, limits)
  if (timedOut && !type?.composite) {
    // It ends for those who asked for it.
    return refuse({ ...row, traversal: handle?.traversal ?? 0, phase: handle?.phase ?? null }, verb, TIMED_OUT)
  }
  const attempt = Math.max(1, row.attempt)
  const quiet = verb === 'check' && !isVisiting(row.stackAction)
  const late = timedOut ? { timedOut } : {}
  const task = { ...taskOf(row, row, verb, quiet), handle: handle?.operation ?? null, ...late }
  return { kind: 'begin', row, chosen: row, task, intent: undefined, propertiesHash: null, attempt }
}

const checks = (type: ResourceType): boolean => type.read !== undefined || type.check !== undefined

/** It is as others made it, and theirs to bring to rest. */
const isOnlyReferredTo = ({ definition, physicalId }: ClaimedRow): boolean =>
  definition?.externalId !== undefined && definition.externalId === physicalId

/** It exists, and nothing that would change it is half done. */
const isSound = (row: ClaimedRow): boolean =>
  row.physicalId !== null && (row.status === 'COMPLETE' || (row.status === 'FAILED' && isVisiting(row.action)))

/** A person said that it is unhealthy: no look from here can know better. */
const isMarked = (row: ClaimedRow): boolean =>
  row.action === 'CHECK' && row.status === 'FAILED' && row.observed === null

function ask(row: ClaimedRow, chosen: ChosenVersion, verb: VisitVerb, quiet = false): Decision {
  const task = taskOf(row, chosen, verb, quiet)
  return { kind: 'begin', row, chosen, task, intent: undefined, propertiesHash: null, attempt: row.attempt + 1 }
}

const taskOf = (row: ClaimedRow, chosen: ChosenVersion, verb: VisitVerb, quiet = false): VisitTask => ({
  kind: 'visit',
  verb,
  thing: thingOf(chosen),
  quiet,
  adopts: false,
  ailing: row.action === 'CHECK' && row.status === 'FAILED',
})

const thingOf = (version: ChosenVersion): KnownThing => ({
  physicalId: version.physicalId ?? '',
  properties: version.properties ?? {},
  attributes: version.attributes ?? {},
  privateData: version.privateData ?? null,
})

/** The visit is over without a call: the type has nothing to do for it. */
function pass(
  row: ClaimedRow,
  action: VisitingAction,
  reason: string | null,
  suspended: boolean | null = null,
): Decision {
  const { settlement } = passed(row)
  return {
    kind: 'pass',
    row,
    ending: {
      settlement: { ...settlement, action, status: 'COMPLETE', reason, suspended },
      events: [eventOfRow(row, action, 'COMPLETE', reason)],
    },
  }
}

/** Half made, or never made: it cannot be visited, and stays what it is for the next update. */
function unfit(row: ClaimedRow, action: VisitingAction): Decision {
  const state =
    row.action === 'INIT' ? 'it does not exist yet' : `state ${row.action}_${row.status} invalid for ${VERBS[action]}`
  const { settlement } = passed(row)
  const status = row.status === 'IN_PROGRESS' ? ('FAILED' as const) : null
  const brokenOff = status ? [eventOfRow(row, row.action, status, state)] : []
  return {
    kind: 'pass',
    row,
    ending: {
      settlement: { ...settlement, kind: 'failed', status, reason: state },
      events: [...brokenOff, eventOfRow(row, action, 'FAILED', state)],
      failure: failureText({ action, type: row.type, name: row.name }, state),
    },
  }
}

function refuse(row: ClaimedRow, verb: VisitVerb, reason: string): Decision {
  const action = ACTION_OF_VERB[verb]
  const { settlement } = passed(row)
  // That a thing could not be looked at says nothing of the thing.
  const says = verb === 'check' ? {} : ({ action, status: 'FAILED' } as const)
  return {
    kind: 'pass',
    row,
    ending: {
      settlement: { ...settlement, ...says, kind: 'failed', reason },
      events: [eventOfRow(row, action, 'FAILED', reason)],
      failure: failureText({ action, type: row.type, name: row.name }, reason),
    },
  }
}
