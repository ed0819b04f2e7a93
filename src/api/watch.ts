// Events as they happen, read from the stack's history; whoever remembers the last id can go on from there later.
import type { World } from '../lib/world.js'
import type { Database } from '../store/database.js'
import { readStack, type StackRow } from '../store/stacks.js'
import { patiently } from './patience.js'
import type { EventView } from './views.js'
import { type DepthOptions, eventsWithin } from './within.js'

const PAGE = 1_000
const LOOK_SECONDS_MIN = 0.02
const LOOK_SECONDS_MAX = 0.5

export interface WatchedFrom extends DepthOptions {
  /** An event's id: only what came after it. */
  readonly after?: string | undefined
}

/** Ends when `signal` aborts, or when the stack is gone and its history has been told. */
export async function* watch(
  database: Database,
  world: World,
  find: () => Promise<StackRow>,
  { after, signal, nestedDepth = 0 }: WatchedFrom & { readonly signal: AbortSignal },
): AsyncGenerator<EventView> {
  const stack = await find()
  let last = after
  let rest = LOOK_SECONDS_MIN
  while (!signal.aborted) {
    // Looked at before the events are read, so that those that tell of the deletion are not missed.
    const now = await patiently(world, signal, () => readStack(database, stack.id))
    const gone = now.deletedAt !== null
    const events = await patiently(world, signal, () =>
      eventsWithin(database, stack, { after: last, limit: PAGE, nestedDepth }),
    )
    for (const event of events) {
      last = event.id
      yield event
      if (signal.aborted) return
    }
    if (events.length > 0) rest = LOOK_SECONDS_MIN
    else if (gone) return
    else {
      await world.sleep(rest, signal)
      rest = Math.min(LOOK_SECONDS_MAX, rest * 1.5)
    }
  }
}
