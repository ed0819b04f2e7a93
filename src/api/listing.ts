// Lists that a service pages through: stacks of a project, events of a stack.
import { type EventQuery, readEvent, readEventPage } from '../store/events.js'
import { countStacks, listStackPage, type StackFilter, type StackPage } from '../store/stack-list.js'
import { getStack, NotFound, type Seeker, type StackRef, seekStack } from './find.js'
import { type EventView, eventView, type StackSummary, stackSummary } from './views.js'

/** Throws NotFound when the marker is no stack of the project. */
export async function pageOfStacks(seeker: Seeker, filter: StackFilter, page: StackPage): Promise<StackSummary[]> {
  const { database, project } = seeker
  if (page.marker !== undefined && !(await seekStack(seeker, { id: page.marker }))) {
    throw new NotFound(`there is no stack with the id ${page.marker}`)
  }
  const rows = await listStackPage(database, project, filter, page)
  return rows.map(stackSummary)
}

export const numberOfStacks = ({ database, project }: Seeker, filter: StackFilter): Promise<number> =>
  countStacks(database, project, filter)

/** Throws NotFound. */
export async function pageOfEvents(seeker: Seeker, ref: StackRef, query: EventQuery): Promise<EventView[]> {
  const stack = await getStack(seeker, ref)
  return (await readEventPage(seeker.database, stack.id, query)).map((row) => eventView(row, stack))
}

/** Throws NotFound. */
export async function eventOf(seeker: Seeker, ref: StackRef, eventId: string): Promise<EventView> {
  const stack = await getStack(seeker, ref)
  const row = await readEvent(seeker.database, stack.id, eventId)
  if (!row) throw new NotFound(`No event ${eventId} found`)
  return eventView(row, stack)
}
