// Events as they happen, as server-sent events whose data are the library's own. Who comes back with `Last-Event-ID` goes on
// where they were.
import type { EventView } from '../../../api/views.js'
import type { Answer, Call, Route } from '../../route.js'
import type { Watchers } from '../../watchers.js'
import { given } from './body.js'
import { libraryRoute, refOf, STACK } from './place.js'
import { DEPTH, depthOf, eventIdIn } from './questions.js'

/** The header that says which stack is watched: a name may come to mean another one, an id does not. */
const STACK_HEADER = 'x-isotherm-stack'

export function watchRoute(watchers: Watchers): Route {
  const route = libraryRoute(
    'GET',
    `${STACK}/watch`,
    'watch',
    'events as they happen, as server-sent events',
    async () => undefined,
    {
      query: { after: { type: 'string', description: 'An event id: only what came after it.' }, ...DEPTH },
    },
  )
  return { ...route, answer: (call) => watch(call, watchers) }
}

async function watch(call: Call, watchers: Watchers): Promise<Answer> {
  const tenant = call.tenant()
  const { id } = await tenant.isotherm.stack(refOf(call))
  const header = call.headers['last-event-id']
  const after = eventIdIn(typeof header === 'string' ? header : call.query.text('after'))
  const { signal } = call
  const depth = depthOf(call)
  // Those who look into nested stacks are few, and each looks as deep as they like: no two of them read the same.
  const events = (): AsyncIterable<EventView | 'quiet'> =>
    depth.nestedDepth
      ? tenant.isotherm.watch({ id }, { ...depth, signal, ...given({ after }) })
      : watchers.watch(tenant, id, after, signal)
  async function* lines(): AsyncGenerator<string> {
    yield ': watching\n\n'
    for await (const event of events()) {
      yield event === 'quiet' ? ': quiet\n\n' : `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`
    }
    // A watcher that was let go for another reason comes back by itself.
    const { deletedAt } = await tenant.isotherm.stack({ id })
    if (deletedAt !== null) yield 'event: end\ndata: {}\n\n'
  }
  return {
    stream: lines(),
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      [STACK_HEADER]: id,
    },
  }
}
