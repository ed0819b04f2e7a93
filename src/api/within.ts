// Looking into nested stacks: resources by their path, and what there is as deep as it is asked for.
import { groupBy } from '../lib/group-by.js'
import { NotFound } from '../lib/trouble.js'
import type { Sql } from '../store/database.js'
import { type EventRow, readEventPage, readEvents } from '../store/events.js'
import {
  findNestedStack,
  type NestedStack,
  readEventsOf,
  readNames,
  readNestedStacks,
  readResourcePage,
  readResourcesOf,
} from '../store/nested-tree.js'
import { readStack, type StackRow } from '../store/stacks.js'
import { type ResourceRow, readResource, readResources } from '../store/views.js'
import { type EventView, eventView, type ResourceView, resourceView, type WithinView } from './views.js'

export interface DepthOptions {
  /** How deep nested stacks are looked into. Default 0: not at all; `Infinity` for all of them. */
  readonly nestedDepth?: number
}

/**
 * The stack and the name that a path means: `group/0/server` is `server` in the stack of `0` in the stack of `group`. A name
 * that has slashes itself goes before; what leads nowhere is taken for a name, for whoever looks for it to miss it.
 */
export async function reach(sql: Sql, stack: StackRow, path: string): Promise<{ stack: StackRow; resource: string }> {
  if (!path.includes('/') || (await readResource(sql, stack.id, path)).length > 0) return { stack, resource: path }
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const inside = await findNestedStack(sql, stack.id, path.slice(0, slash))
    if (inside !== undefined && slash < path.length - 1)
      return reach(sql, await readStack(sql, inside), path.slice(slash + 1))
  }
  return { stack, resource: path }
}

/** Those of the stack itself first, then stack by stack. */
export async function resourcesWithin(
  sql: Sql,
  stack: StackRow,
  { nestedDepth = 0 }: DepthOptions,
): Promise<ResourceView[]> {
  const own = viewsOf(await readResources(sql, stack.id))
  const nested = await readNestedStacks(sql, stack.id, { depth: nestedDepth })
  const rows = groupBy(
    await readResourcesOf(
      sql,
      nested.map(({ id }) => id),
    ),
    ({ stackId }) => stackId,
  )
  const inside = nested.flatMap((one) =>
    viewsOf(rows.get(one.id) ?? []).map((view) => ({ ...view, within: withinView(one) })),
  )
  return [...own, ...inside]
}

export interface ResourcePage extends DepthOptions {
  /** Only those that come after this one. */
  readonly after?: { readonly name: string; readonly stackId?: string } | undefined
  /** So many names, each with all its versions. */
  readonly limit: number
}

/** A page of the same, in the same order. Throws NotFound when the stack of the last one is not there any more. */
export async function pageWithin(
  sql: Sql,
  stack: StackRow,
  { nestedDepth = 0, after, limit }: ResourcePage,
): Promise<ResourceView[]> {
  const nested = await readNestedStacks(sql, stack.id, { depth: nestedDepth })
  const places = new Map(nested.map((one) => [one.id, one]))
  const stacks = [{ id: stack.id, uid: stack.uid }, ...nested]
  const first = after?.stackId === undefined ? 0 : stacks.findIndex(({ uid }) => uid === after.stackId)
  if (first < 0) throw new NotFound(`there is no stack ${after?.stackId} in the stack ${stack.name}`)
  const ids = stacks.slice(first).map(({ id }) => id)
  const rows = await readResourcePage(sql, ids, { after: after?.name, limit })
  const nameOf = new Map(rows.map((row) => [row.id, row.name]))
  const others = rows.flatMap(({ requires }) => requires.filter((id) => !nameOf.has(id)))
  const shown = [...new Set(rows.map(({ stackId }) => stackId))]
  for (const { id, name } of await readNames(sql, shown, [...new Set(others)])) nameOf.set(id, name)
  return rows.map((row) => {
    const place = places.get(row.stackId)
    return { ...resourceView(row, nameOf), ...(place && { within: withinView(place) }) }
  })
}

function viewsOf(rows: readonly ResourceRow[]): ResourceView[] {
  const nameOf = new Map(rows.map((row) => [row.id, row.name]))
  return rows.map((row) => resourceView(row, nameOf))
}

const withinView = ({ name, uid, path }: NestedStack): WithinView => ({ stack: name, stackId: uid, path })

export interface EventsOptions extends DepthOptions {
  /** Only what came after the event of this id. */
  readonly after?: string | undefined
  /** At most so many, the oldest of those there are. Default 1,000. */
  readonly limit?: number
  /** The newest so many instead. */
  readonly last?: number
}

/** A page of what has happened, oldest first. */
export async function eventsWithin(
  sql: Sql,
  stack: Pick<StackRow, 'id' | 'name'>,
  { after, limit = 1_000, last, nestedDepth = 0 }: EventsOptions,
): Promise<EventView[]> {
  if (nestedDepth <= 0) {
    const rows = last === undefined ? readEvents(sql, stack.id, after, limit) : readLast(sql, stack.id, last)
    return (await rows).map((row) => eventView(row, stack))
  }
  const nested = new Map(
    (await readNestedStacks(sql, stack.id, { depth: nestedDepth, gone: true })).map((one) => [one.id, one]),
  )
  const ids = [stack.id, ...nested.keys()]
  const rows = await (last === undefined ? readEventsOf(sql, ids, after, limit) : readLast(sql, ids, last))
  return rows.map((row) => eventWithin(row, stack, nested.get(row.stackId)))
}

const readLast = async (sql: Sql, of: number | readonly number[], last: number) =>
  (await readEventPage(sql, of, { newestFirst: true, limit: last })).reverse()

export const eventWithin = (
  row: EventRow,
  stack: Pick<StackRow, 'name'>,
  nested: NestedStack | undefined,
): EventView => (nested ? { ...eventView(row, nested), within: withinView(nested) } : eventView(row, stack))

export interface NestedView extends WithinView {
  /** For example `UPDATE_IN_PROGRESS`. */
  readonly status: string
  readonly reason: string
}

export async function nestedWithin(
  sql: Sql,
  stack: StackRow,
  { nestedDepth = 0 }: DepthOptions,
): Promise<NestedView[]> {
  const nested = await readNestedStacks(sql, stack.id, { depth: nestedDepth })
  return nested.map((one) => ({ ...withinView(one), status: `${one.action}_${one.status}`, reason: one.reason }))
}
