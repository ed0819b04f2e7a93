// Lists that a service pages through: stacks of a project, events of a stack.
import { type EventQuery, readEvent, readEventPage } from '../store/events.js'
import { readNestedStacks } from '../store/nested-tree.js'
import { countStacks, isMarker, listStackPage, type StackFilter, type StackPage } from '../store/stack-list.js'
import { getStack, isStackId, NotFound, type Seeker, type StackRef } from './find.js'
import { type EventView, eventView, type StackSummary, stackSummary } from './views.js'
import { type DepthOptions, eventWithin } from './within.js'

/** Null: the stacks of all projects. */
type Listed = Pick<Seeker, 'database'> & { readonly project: string | null }

export type ListedStack = StackSummary & { readonly projectUid: string }

/** Throws NotFound when the marker is no stack that is there to be listed. */
export async function pageOfStacks(
  { database, project }: Listed,
  filter: StackFilter,
  page: StackPage,
): Promise<ListedStack[]> {
  const { marker } = page
  const missing = () => new NotFound(`there is no stack with the id ${marker}`)
  if (marker !== undefined && !isStackId(marker)) throw missing()
  const rows = await listStackPage(database, project, filter, page)
  // After what is not there nothing comes, as after the last one.
  if (rows.length === 0 && marker !== undefined && !(await isMarker(database, project, marker))) throw missing()
  return rows.map((row) => ({ ...stackSummary(row), projectUid: row.projectUid }))
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
