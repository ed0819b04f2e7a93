// What Heat does not have, under the same tree: events as they happen, why a resource is as it is, what depends on what, and the
// traversals of a stack.
import { pageOfEvents } from '../../api/listing.js'
import type { EventView } from '../../api/views.js'
import type { Json, JsonObject } from '../../lib/json.js'
import { badRequest } from '../errors.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { listedEvent } from '../views/resource.js'
import type { Watchers } from '../watchers.js'
import { atStack } from './place.js'

const STACK = '/v1/:tenant/stacks/:stack/:id'
const WHOLE: JsonObject = { type: 'integer', minimum: 0 }

export function beyondRoutes(watchers: Watchers): Route[] {
  return [
    get('/watch', 'beyond:watch', 'events as they happen, as server-sent events', (call) => watch(call, watchers), {
      after: { type: 'string' },
    }),
    get(
      '/progress',
      'beyond:progress',
      'how far a stack is',
      async (call) => {
        const { tenant, ref } = await atStack(call)
        return {
          body: plain(
            await tenant.isotherm.progress(ref, { limit: Math.min(call.query.whole('limit') ?? 100, 1_000) }),
          ),
        }
      },
      { limit: WHOLE },
    ),
    get('/graph', 'beyond:graph', 'what depends on what: all of it, around one resource, or by type', graph, {
      around: { type: 'string' },
      depth: WHOLE,
      limit: WHOLE,
    }),
    get('/traversals', 'beyond:traversals', 'the running traversal and those before it', traversals, { limit: WHOLE }),
    get('/resources/:resource/why', 'beyond:why', 'why a resource is as it is', async (call) => {
      const { tenant, ref } = await atStack(call)
      return { body: plain(await tenant.isotherm.why(ref, param(call, 'resource'))) }
    }),
  ]
}

function get(
  subpath: string,
  operation: string,
  summary: string,
  answer: Route['answer'],
  query: { readonly [name: string]: JsonObject } = {},
): Route {
  return { method: 'GET', path: `${STACK}${subpath}`, operation, summary, access: 'read', query, status: 200, answer }
}

/** Views are plain values already. */
const plain = (view: object): Json => JSON.parse(JSON.stringify(view))

const EVENT_ID = /^\d{1,18}-\d{1,18}$/

async function watch(call: Call, watchers: Watchers): Promise<Answer> {
  const { tenant, place, at } = await atStack(call)
  const header = call.headers['last-event-id']
  const after = (typeof header === 'string' ? header : undefined) ?? call.query.text('after')
  if (after !== undefined && !EVENT_ID.test(after)) throw badRequest(`${JSON.stringify(after)} is no event's id`)
  async function* lines(): AsyncGenerator<string> {
    yield 'retry: 2000\n\n'
    for await (const event of watchers.watch(tenant, at.id, after, call.signal)) {
      yield event === 'quiet'
        ? ': quiet\n\n'
        : `id: ${event.id}\nevent: ${kindOf(event)}\ndata: ${JSON.stringify(listedEvent(place, at, event))}\n\n`
    }
    // A watcher that was let go for another reason comes back by itself.
    const { deletedAt } = await tenant.isotherm.stack({ id: at.id })
    if (deletedAt !== null) yield 'event: end\ndata: {}\n\n'
  }
  return {
    stream: lines(),
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  }
}

const kindOf = ({ resource }: EventView) => (resource === undefined ? 'stack' : 'resource')

const NODES_MAX = 2_000

interface Node {
  readonly name: string
  readonly type: string
  readonly requires: readonly string[]
}

async function graph(call: Call): Promise<Answer> {
  const { tenant, ref } = await atStack(call)
  const { resources } = await tenant.isotherm.graph(ref)
  const limit = Math.min(call.query.whole('limit') ?? 500, NODES_MAX)
  const around = call.query.text('around')
  const chosen = around === undefined ? resources : neighbourhood(resources, around, call.query.whole('depth') ?? 1)
  const nodes = chosen.slice(0, limit)
  const names = new Set(nodes.map(({ name }) => name))
  const { counts } = await tenant.isotherm.progress(ref, { limit: 1 })
  const shown = nodes.map(({ name, type, requires }) => ({
    name,
    type,
    requires: requires.filter((one) => names.has(one)),
  }))
  return {
    body: {
      resources: shown,
      complete: nodes.length === chosen.length,
      total: chosen.length,
      types: countsOf(chosen),
      states: { ...counts },
    },
  }
}

/** Those that can be reached in so many steps, in either direction. */
function neighbourhood(resources: readonly Node[], around: string, depth: number): Node[] {
  const near = new Map<string, Set<string>>()
  const join = (one: string, other: string) => near.set(one, (near.get(one) ?? new Set()).add(other))
  for (const { name, requires } of resources) {
    for (const required of requires) {
      join(name, required)
      join(required, name)
    }
  }
  const found = new Set([around])
  // Each step looks from what the last one found, and ends where nothing was.
  let edge = [around]
  for (let step = 0; step < depth && edge.length > 0; step++) {
    edge = [...new Set(edge.flatMap((name) => [...(near.get(name) ?? [])]))].filter((name) => !found.has(name))
    for (const name of edge) found.add(name)
  }
  return resources.filter(({ name }) => found.has(name))
}

function countsOf(resources: readonly Node[]): JsonObject {
  const counts: { [type: string]: number } = {}
  for (const { type } of resources) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

/** Told by the stack's own events: each traversal begins and ends with one. */
async function traversals(call: Call): Promise<Answer> {
  const { tenant, stack, ref } = await atStack(call)
  const limit = Math.min(call.query.whole('limit') ?? 50, 500)
  const events = await pageOfEvents(tenant.parts, ref, { names: [stack.name], newestFirst: true, limit: limit * 4 })
  const found = new Map<number, EventView[]>()
  for (const event of events) {
    if (event.resource === undefined) found.set(event.traversal, [event, ...(found.get(event.traversal) ?? [])])
  }
  const shown = [...found].slice(0, limit).map(([traversal, told]): JsonObject => {
    const [first, last] = [told[0], told.at(-1)]
    const ended = last && !last.status.endsWith('_IN_PROGRESS')
    return {
      traversal,
      status: last?.status ?? '',
      reason: last?.reason ?? '',
      began_at: first?.at ?? null,
      ended_at: ended ? last.at : null,
      superseded: !ended && traversal < stack.traversal,
      running: traversal === stack.traversal && stack.status === 'IN_PROGRESS',
    }
  })
  return { body: { traversals: shown } }
}
