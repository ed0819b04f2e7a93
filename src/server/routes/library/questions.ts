// Questions to the library: what there is, how it is, and why.
import { getStack } from '../../../api/find.js'
import { STACKS_PAGE } from '../../../api/stack-page.js'
import { type DepthOptions, pageWithin } from '../../../api/within.js'
import { badRequest } from '../../errors.js'
import { type Call, param, type Route } from '../../route.js'
import { Body, declarationIn, declaring, given, OPTION } from './body.js'
import { libraryRoute, refOf, STACK } from './place.js'

const WHOLE = { type: 'integer', minimum: 0 }
export const DEPTH = { nestedDepth: { ...WHOLE, description: 'How deep nested stacks are looked into.' } }
const EVENTS_MAX = 1_000
const RESOURCES_MAX = 1_000
const WAIT_SECONDS_MAX = 60

const failing = {
  type: ['object', 'null'],
  description:
    'In progress, but engines fail to go on with it, and have put it aside. Null or absent: nothing of the kind.',
  required: ['stack', 'why', 'since', 'failingSeconds', 'nextAttemptSeconds'],
  properties: {
    stack: { type: 'string', description: 'Whose turns fail: its own, or those of a stack nested in it.' },
    why: { type: 'string' },
    since: { type: 'string', format: 'date-time' },
    failingSeconds: { type: 'number' },
    nextAttemptSeconds: { type: ['number', 'null'], description: 'About; null while no engine is alive.' },
  },
}
const FAILING = { type: 'object', properties: { failing } }

const stack = (call: Call) => call.tenant().isotherm
const resourceOf = (call: Call) => param(call, 'resource')

export const questionRoutes: readonly Route[] = [
  libraryRoute('GET', '/stacks', 'stacks', 'stacks by name, a page at a time; without outputs', stacks, {
    query: {
      nested: { type: 'boolean' },
      after: { type: 'string', description: 'A name: only stacks that come after it.' },
      limit: { ...WHOLE, maximum: STACKS_PAGE },
    },
    told: { type: 'array', items: FAILING },
  }),
  libraryRoute(
    'GET',
    STACK,
    'stack',
    'a stack with its parameters and outputs',
    (call) => stack(call).stack(refOf(call)),
    { told: FAILING },
  ),
  libraryRoute('GET', `${STACK}/resources`, 'resources', 'the resources of a stack', resources, {
    query: {
      ...DEPTH,
      after: { type: 'string', description: 'A name: only resources that come after it.' },
      afterStack: { type: 'string', description: 'The id of the nested stack that it is in.' },
      limit: { ...WHOLE, maximum: RESOURCES_MAX, description: 'So many names; there is a next page after so many.' },
    },
  }),
  libraryRoute(
    'GET',
    `${STACK}/nested`,
    'nested',
    'the stacks that are nested in a stack',
    (call) => stack(call).nested(refOf(call), depthOf(call)),
    { query: DEPTH },
  ),
  libraryRoute('GET', `${STACK}/resources/:resource`, 'resource', 'a resource in detail', (call) =>
    stack(call).resource(refOf(call), resourceOf(call)),
  ),
  libraryRoute('GET', `${STACK}/resources/:resource/why`, 'why', 'why a resource is as it is', (call) =>
    stack(call).why(refOf(call), resourceOf(call)),
  ),
  libraryRoute('GET', `${STACK}/events`, 'events', 'what has happened, oldest first', events, {
    query: {
      after: { type: 'string', description: 'An event id: only what came after it.' },
      limit: WHOLE,
      last: { ...WHOLE, description: 'The newest so many instead.' },
      ...DEPTH,
    },
  }),
  libraryRoute('GET', `${STACK}/last-event`, 'lastEvent', 'where the history ends', async (call) => ({
    id: (await stack(call).lastEvent(refOf(call))) ?? null,
  })),
  libraryRoute(
    'GET',
    `${STACK}/progress`,
    'progress',
    'how far a stack is',
    (call) => {
      const limit = Math.min(call.query.whole('limit') ?? 100, RESOURCES_MAX)
      return stack(call).progress(refOf(call), { limit, ...depthOf(call) })
    },
    { query: { limit: WHOLE, ...DEPTH }, told: FAILING },
  ),
  libraryRoute('GET', `${STACK}/graph`, 'graph', 'what depends on what', (call) => stack(call).graph(refOf(call))),
  libraryRoute('GET', `${STACK}/run`, 'attach', 'the command under way, or the last one', async (call) => {
    const { stack: name, id, traversal } = await stack(call).attach(refOf(call))
    return { stack: name, id, traversal }
  }),
  libraryRoute('GET', `${STACK}/at-rest`, 'settled', 'the stack once it is at rest, or null after a while', atRest, {
    query: { waitSeconds: { ...WHOLE, maximum: WAIT_SECONDS_MAX } },
  }),
  libraryRoute('GET', `${STACK}/preview-down`, 'previewDown', 'what taking a stack down would do', (call) =>
    stack(call).previewDown(refOf(call)),
  ),
  libraryRoute('GET', `${STACK}/preview-rollback`, 'previewRollback', 'what a rollback would do', (call) =>
    stack(call).previewRollback(refOf(call)),
  ),
  libraryRoute(
    'GET',
    `${STACK}/snapshots/:snapshot/preview-restore`,
    'previewRestore',
    'what going back to a snapshot would do',
    (call) => stack(call).previewRestore(refOf(call), param(call, 'snapshot')),
  ),
  libraryRoute(
    'POST',
    '/validate',
    'validate',
    'every problem of a template',
    async (call) => {
      const body = new Body(call.body)
      const options = { ...declarationIn(body), ...given({ allowUnknownTypes: body.flag('allowUnknownTypes') }) }
      return { problems: await stack(call).validate(options) }
    },
    { access: 'read', asks: true, body: declaring({ allowUnknownTypes: OPTION.flag }) },
  ),
  libraryRoute(
    'POST',
    '/graph',
    'graphOf',
    'a template as a graph of names',
    (call) => stack(call).graphOf(declarationIn(new Body(call.body))),
    { access: 'read', asks: true, body: declaring() },
  ),
  libraryRoute('GET', `${STACK}/snapshots`, 'snapshots', 'the snapshots of a stack', (call) =>
    stack(call).snapshots(refOf(call)),
  ),
  libraryRoute('GET', `${STACK}/snapshots/:snapshot`, 'showSnapshot', 'a snapshot, by its id or its name', (call) =>
    stack(call).showSnapshot(refOf(call), param(call, 'snapshot')),
  ),
  libraryRoute('GET', '/types', 'types', 'the types of resources', async (call) => stack(call).typeViews()),
  libraryRoute('GET', '/engines', 'engines', 'when each engine was last heard of', async (call) =>
    // Where they run is the operators' business.
    (await stack(call).engines()).map(({ id, pulseSeconds }) => ({ id, pulseSeconds })),
  ),
]

export const depthOf = ({ query }: Call): DepthOptions => given({ nestedDepth: query.whole('nestedDepth') })

const EVENT_ID = /^\d{1,18}-\d{1,18}$/

export function eventIdIn(text: string | undefined): string | undefined {
  if (text === undefined || EVENT_ID.test(text)) return text
  throw badRequest(`${JSON.stringify(text)} is no event's id`)
}

async function stacks(call: Call): Promise<object> {
  const { query } = call
  const limit = Math.min(query.whole('limit') ?? STACKS_PAGE, STACKS_PAGE)
  return stack(call).stacks({ nested: query.flag('nested'), limit, ...given({ after: query.text('after') }) })
}

async function resources(call: Call): Promise<object> {
  const { parts } = call.tenant()
  const limit = Math.min(call.query.whole('limit') ?? RESOURCES_MAX, RESOURCES_MAX)
  const [name, stackId] = [call.query.text('after'), call.query.text('afterStack')]
  if (name === undefined && stackId !== undefined) throw badRequest('afterStack: it goes with after')
  const after = name === undefined ? undefined : { name, ...given({ stackId }) }
  return pageWithin(parts.database, await getStack(parts, refOf(call)), { ...depthOf(call), after, limit })
}

async function events(call: Call): Promise<object> {
  const limit = Math.min(call.query.whole('limit') ?? EVENTS_MAX, EVENTS_MAX)
  const after = eventIdIn(call.query.text('after'))
  const last = call.query.whole('last')
  if (after !== undefined && last !== undefined) throw badRequest('last: it does not go with after')
  const newest = last === undefined ? undefined : Math.min(last, EVENTS_MAX)
  return stack(call).events(refOf(call), { limit, ...given({ after, last: newest }), ...depthOf(call) })
}

/** Waits instead of its caller, but not for ever: what lies between them may not let a silent connection live. */
async function atRest(call: Call): Promise<object> {
  const waitSeconds = Math.min(call.query.whole('waitSeconds') ?? 0, WAIT_SECONDS_MAX)
  const over = AbortSignal.timeout(Math.max(1, waitSeconds * 1000))
  const run = await stack(call).attach(refOf(call))
  try {
    return { stack: await run.settled({ signal: AbortSignal.any([call.signal, over]) }) }
  } catch (error) {
    if (over.aborted || call.signal.aborted) return { stack: null }
    throw error
  }
}
