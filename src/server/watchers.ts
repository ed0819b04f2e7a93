// Many who watch one stack cost the database what one costs: a single reader follows the stack's events and tells them to all.
import { pageOfEvents } from '../api/listing.js'
import type { EventView } from '../api/views.js'
import type { Tenant } from './tenants.js'

const PAGE = 1_000
/** Who does not take what is sent is let go; a client comes back with the id of the last event it saw. */
const BEHIND_MAX = 10_000

interface Reader {
  readonly listeners: Set<(event: EventView | undefined) => void>
  readonly stop: AbortController
}

export class Watchers {
  readonly #readers = new Map<string, Reader>()

  /** Who is told of events now. */
  get count(): number {
    return [...this.#readers.values()].reduce((sum, { listeners }) => sum + listeners.size, 0)
  }

  /** Events after `after` (default: from the first), then as they happen. Ends with the stack, or with `signal`. */
  async *watch(
    tenant: Tenant,
    stackId: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<EventView | 'quiet'> {
    const queue: (EventView | undefined)[] = []
    let wake = () => {}
    const listen = (event: EventView | undefined) => {
      queue.push(event)
      wake()
    }
    // Listening begins before history is read, so nothing falls between the two.
    const leave = await this.#join(tenant, stackId, listen)
    try {
      let last = after
      for await (const event of history(tenant, stackId, after)) {
        last = event.id
        yield event
      }
      while (!signal.aborted && queue.length < BEHIND_MAX) {
        const [event] = queue.splice(0, 1)
        if (event) {
          if (isBehind(event.id, last)) continue
          last = event.id
          yield event
        } else if (queue.length === 0) {
          if (this.#readers.get(stackId)?.stop.signal.aborted ?? true) return
          const rung = await rest(signal, (ring) => {
            wake = ring
          })
          if (!rung) yield 'quiet'
        }
      }
    } finally {
      leave()
    }
  }

  async #join(tenant: Tenant, stackId: string, listen: (event: EventView | undefined) => void): Promise<() => void> {
    const known = this.#readers.get(stackId) ?? (await this.#begin(tenant, stackId))
    known.listeners.add(listen)
    return () => {
      known.listeners.delete(listen)
      if (known.listeners.size > 0) return
      known.stop.abort()
      if (this.#readers.get(stackId) === known) this.#readers.delete(stackId)
    }
  }

  async #begin(tenant: Tenant, stackId: string): Promise<Reader> {
    const reader: Reader = { listeners: new Set(), stop: new AbortController() }
    this.#readers.set(stackId, reader)
    const after = await tenant.isotherm.lastEvent({ id: stackId })
    void follow(tenant, stackId, after, reader)
    return reader
  }
}

const QUIET_MS = 15_000

/** Until it rings or the signal aborts. @returns false when neither came for a while */
function rest(signal: AbortSignal, give: (ring: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (rung: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', ring)
      resolve(rung)
    }
    const ring = () => end(true)
    const timer = setTimeout(() => end(false), QUIET_MS)
    signal.addEventListener('abort', ring, { once: true })
    give(ring)
  })
}

async function follow(
  { isotherm }: Tenant,
  id: string,
  after: string | undefined,
  { listeners, stop }: Reader,
): Promise<void> {
  try {
    const events = isotherm.watch({ id }, { ...(after !== undefined && { after }), signal: stop.signal })
    for await (const event of events) for (const tell of listeners) tell(event)
  } catch {
    // The database is away for longer than a watch waits: all are let go, and come back by themselves.
  }
  stop.abort()
  for (const tell of listeners) tell(undefined)
}

async function* history({ parts }: Tenant, id: string, after: string | undefined): AsyncGenerator<EventView> {
  let marker = after
  for (;;) {
    const page = await pageOfEvents(parts, { id }, { limit: PAGE, ...(marker !== undefined && { marker }) })
    yield* page
    marker = page.at(-1)?.id ?? marker
    if (page.length < PAGE) return
  }
}

/** Ids are two numbers, compared one after the other. */
function isBehind(id: string, last: string | undefined): boolean {
  if (last === undefined) return false
  const [[xact = 0n, number = 0n], [lastXact = 0n, lastNumber = 0n]] = [id, last].map((one) =>
    one.split('-').map(BigInt),
  ) as [bigint[], bigint[]]
  return xact < lastXact || (xact === lastXact && number <= lastNumber)
}
