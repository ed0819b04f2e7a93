// Why a resource is as it is: what it waits for, who holds it, what went wrong, when it is tried again.
import { equalJson } from '../lib/json.js'
import type { Sql } from '../store/database.js'
import { readNewestEvents } from '../store/events.js'
import { findNestedStack } from '../store/nested-tree.js'
import { readFront, readNames } from '../store/progress.js'
import { readStack, type StackRow } from '../store/stacks.js'
import { readDefinitionHistory } from '../store/templates.js'
import { type ResourceRow, readAwaited } from '../store/views.js'
import { type EventView, eventView, resourceView, untilNextLook, type WhyView } from './views.js'

export async function why(sql: Sql, stack: StackRow, rows: readonly [ResourceRow, ...ResourceRow[]]): Promise<WhyView> {
  const [row, ...others] = rows
  const events = await readNewestEvents(sql, stack.id, { name: row.name, limit: EVENTS_SHOWN, among: EVENTS_LOOKED_AT })
  const awaited = row.state === 'waiting' ? await readAwaited(sql, stack.id, row.id) : []
  const required = [...rows, ...awaited].flatMap(({ requires }) => requires)
  const nameOf = await readNames(sql, stack.id, required)
  const views: EventView[] = events.map((event) => eventView(event, stack))
  return {
    resource: resourceView(row, nameOf),
    because: [
      ...sentences(stack, row, others, awaited, views, await replacement(sql, stack, row, views)),
      ...(await inside(sql, stack, row)),
    ],
    waitsFor: awaited.map((other) => ({
      name: other.name,
      status: resourceView(other, nameOf).status,
      elapsedSeconds: other.elapsedSeconds,
    })),
    heldBy:
      row.engineId === null
        ? null
        : {
            engine: row.engineId,
            host: row.engineHost ?? 'unknown',
            pid: row.enginePid ?? 0,
            pulseSeconds: row.enginePulseSeconds ?? 0,
          },
    nextAttemptSeconds: untilNextLook(row.dueSeconds),
    lastError: row.reason,
    otherVersions: others.map((other) => resourceView(other, nameOf)),
    events: views,
  }
}

/** What is still to be done inside, or failed there: where to look further. */
async function inside(sql: Sql, stack: StackRow, { name, status, state }: ResourceRow): Promise<string[]> {
  const id = await findNestedStack(sql, stack.id, name)
  if (id === undefined || (state !== 'parked' && status === 'COMPLETE')) return []
  const nested = await readStack(sql, id)
  const front = await readFront(sql, id, INSIDE_SHOWN_MAX + 1)
  const open = front.filter((row) => row.status !== 'COMPLETE' || row.phase !== null)
  const some = open.slice(0, INSIDE_SHOWN_MAX).map((row) => `${name}/${row.name}`)
  const more = open.length > some.length ? ' and others' : ''
  const said = `Its stack ${nested.name} is ${nested.action}_${nested.status}.`
  return some.length === 0 ? [said] : [said, `Ask further about ${some.join(', ')}${more}.`]
}

const INSIDE_SHOWN_MAX = 5
const EVENTS_SHOWN = 10
/** Of a longer history only the end is looked at. */
const EVENTS_LOOKED_AT = 10_000

function sentences(
  stack: StackRow,
  row: ResourceRow,
  others: readonly ResourceRow[],
  awaited: readonly ResourceRow[],
  events: readonly EventView[],
  replaced: string | undefined,
): string[] {
  const said: string[] = [stateSentence(stack, row, awaited)]
  if (replaced !== undefined) said.push(replaced)
  if (row.reason !== null) said.push(`The last trouble: ${row.reason}.`)
  if (row.replaces !== null) {
    const gone = !others.some(({ id }) => id === row.replaces)
    said.push(`It replaced version ${row.replaces}${gone ? ', which is gone' : ', which is still to be deleted'}.`)
  }
  const last = events.at(-1)
  if (last) said.push(`The last event: ${last.status} at ${last.at}${last.reason ? ` (${last.reason})` : ''}.`)
  return said
}

/** Why there is another thing than at first: what its definition said before and says now. */
async function replacement(
  sql: Sql,
  stack: StackRow,
  { name, type }: ResourceRow,
  events: readonly EventView[],
): Promise<string | undefined> {
  const begun = events.findLastIndex(({ status }) => status === 'CREATE_IN_PROGRESS')
  const made = events.slice(0, Math.max(0, begun)).some(({ status }) => status === 'CREATE_COMPLETE')
  const event = events[begun]
  if (!made || !event) return undefined
  const [now, before] = await readDefinitionHistory(sql, stack.id, name, 2)
  const [was, is] = [before?.body.properties ?? {}, now?.body.properties ?? {}]
  const keys = Object.keys({ ...was, ...is })
  const changed = keys.filter((key) => !equalJson(was[key] ?? null, is[key] ?? null))
  const cause =
    now?.since === event.traversal && changed.length > 0
      ? `its ${changed.join(', ')} changed in the template`
      : 'what it depends on changed, or the earlier one had failed'
  return `A new ${type} took its place at ${event.at}: ${cause}.`
}

function stateSentence(stack: StackRow, row: ResourceRow, awaited: readonly ResourceRow[]): string {
  const action = (row.visit ?? row.action).toLowerCase()
  const forSeconds = row.elapsedSeconds === null ? '' : ` for ${Math.round(row.elapsedSeconds)} s`
  switch (row.state) {
    case 'waiting':
      if (row.hook !== null)
        return `It waits for its hook ${row.hook} to be cleared: isotherm hook-clear ${stack.name} ${row.name}.`
      if (stack.status !== 'IN_PROGRESS') return 'It was not reached: the stack stopped before it was its turn.'
      return `It waits for ${awaited.map(({ name }) => name).join(', ') || `${row.awaiting} others`} to settle.`
    case 'ready':
      return (row.dueSeconds ?? 0) > 0
        ? `Its ${action} is tried again in ${Math.ceil(row.dueSeconds ?? 0)} s, after attempt ${row.attempt}.`
        : stack.status === 'IN_PROGRESS'
          ? 'It is ready; an engine with a free slot will take it. If none does, no engine is running.'
          : 'It was ready when the stack stopped.'
    case 'running':
      return `Its ${action} has been running${forSeconds}, attempt ${row.attempt}, in engine ${row.engineId} (process ${row.enginePid} on ${row.engineHost}).`
    case 'parked':
      if (untilNextLook(row.dueSeconds) === null) return `Its ${action} has been under way inside${forSeconds}.`
      return `Its ${action} has been pending${forSeconds}; it is looked at again in ${Math.max(0, Math.ceil(row.dueSeconds ?? 0))} s.`
    default:
      return row.status === 'FAILED' ? `Its ${action} failed.` : `It is at rest: ${row.action} ${row.status}.`
  }
}
