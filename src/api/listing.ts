// Lists that a service pages through: stacks of a project, events of a stack.
import { type EventQuery, readEvent, readEventPage } from '../store/events.js'
import { readNestedStacks } from '../store/nested-tree.js'
import { countStacks, listStackPages, type StackFilter, type StackOrder } from '../store/stack-list.js'
import { canonicalId, getStack, isStackId, NotFound, type Seeker, type StackRef } from './find.js'
import { type EventView, eventView, type StackSummary, stackSummary } from './views.js'
import { type DepthOptions, eventWithin } from './within.js'

/** Null: the stacks of all projects. */
type Listed = Pick<Seeker, 'database'> & { readonly project: string | null }

export type ListedStack = StackSummary & { readonly projectUid: string }

/**
 * Pages of one list, by one statement.
 * @param markers each the id of the last stack of the page before; undefined: the first page
 * @returns each page by its marker; none for a marker that is no stack that is there to be listed, and then the first page
 */
export async function pagesOfStacks(
  { database, project }: Listed,
  filter: StackFilter,
  order: StackOrder,
  markers: readonly (string | undefined)[],
): Promise<Map<string | undefined, ListedStack[]>> {
  const read = (after: readonly string[]) => listStackPages(database, project, filter, order, after)
  const ids = markers.flatMap((marker) => (marker !== undefined && isStackId(marker) ? canonicalId(marker) : []))
  const after = ids.length > 0 ? await read([...new Set(ids)]) : undefined
  const isStray = (marker: string | undefined) => marker === undefined || !after?.has(canonicalId(marker))
  const first = markers.some(isStray) ? await read([]) : undefined
  const pages = new Map<string | undefined, ListedStack[]>()
  for (const marker of new Set([...markers, undefined])) {
    const rows = marker === undefined ? first?.get('') : after?.get(canonicalId(marker))
    if (rows)
      pages.set(
        marker,
        rows.map((row) => Object.assign(stackSummary(row), { projectUid: row.projectUid })),
      )
  }
  return pages
}

export const numberOfStacks = ({ database, project }: Listed, filter: StackFilter): Promise<number> =>
  countStacks(database, project, filter)

/** Throws NotFound. */
export async function pageOfEvents(
  seeker: Seeker,
  ref: StackRef,
  { nestedDepth = 0, ...query }: EventQuery & DepthOptions,
): Promise<EventView[]> {
  const stack = await getStack(seeker, ref)
  const nested = await readNestedStacks(seeker.database, stack.id, { depth: nestedDepth, gone: true })
  const byId = new Map(nested.map((one) => [one.id, one]))
  const rows = await readEventPage(seeker.database, nestedDepth > 0 ? [stack.id, ...byId.keys()] : stack.id, query)
  return rows.map((row) => eventWithin(row, stack, byId.get(row.stackId)))
}

/** Throws NotFound. */
export async function eventOf(seeker: Seeker, ref: StackRef, eventId: string): Promise<EventView> {
  const stack = await getStack(seeker, ref)
  const row = await readEvent(seeker.database, stack.id, eventId)
  if (!row) throw new NotFound(`No event ${eventId} found`)
  return eventView(row, stack)
}
