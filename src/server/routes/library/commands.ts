// Commands to the library. Each is durable before the answer is sent; the answer says which traversal it began.
import { seekStack } from '../../../api/find.js'
import type { UpOptions } from '../../../api/options.js'
import type { WatchOptions } from '../../../api/reality.js'
import type { Run } from '../../../api/run.js'
import { isJsonObject, type Json, type JsonObject } from '../../../lib/json.js'
import { badRequest } from '../../errors.js'
import { checkStacks, checkTemplate, type Quotas } from '../../quotas.js'
import { type Call, param, type Route } from '../../route.js'
import { Body, DECLARATION, declarationIn, declaredIn, declaring, given, OPTION, object, optional } from './body.js'
import { libraryRoute, refOf, STACK } from './place.js'

const { flag, text, timeoutSeconds } = OPTION
const ON_FAILURE = ['rollback', 'stop', 'continue'] as const
const ON_FAILURE_DOWN = ['stop', 'continue'] as const
const WATCH = {
  ...object({ minutes: { type: 'number' }, driftLimit: { type: 'integer' } }, ['minutes']),
  type: ['object', 'null'],
}
const VISITS = ['suspend', 'resume', 'check'] as const

const RESOURCES: JsonObject = { type: 'object', minProperties: 1, additionalProperties: { type: ['object', 'null'] } }

/** What `up` and a plan are told besides the declaration. */
export const UP: JsonObject = {
  onFailure: OPTION.onFailure(ON_FAILURE),
  timeoutSeconds,
  convergeReality: flag,
  watchReality: WATCH,
  about: object({
    tags: { type: 'array', items: { type: 'string', maxLength: 80 }, maxItems: 100 },
  }),
}

export const commandRoutes = (quotas: Quotas): Route[] => [
  ...snapshotRoutes,
  adoption(quotas),
  libraryRoute('POST', `${STACK}/abandon`, 'abandon', 'forget a stack, and leave its things', abandon, {
    status: 202,
    body: optional({}),
  }),
  libraryRoute('POST', `${STACK}/preview`, 'preview', 'what up would do', (call) => preview(call, quotas), {
    body: declaring({ convergeReality: flag }),
    asks: true,
    warns: true,
  }),
  command(
    'up',
    'bring a stack to a template',
    (call, body) => up(call, body, quotas),
    declaring({
      ...UP,
      presume: {
        type: ['string', 'object'],
        description: '"new", or {"id": …}: refused unless the stack is that one.',
      },
    }),
  ),
  libraryRoute(
    'POST',
    `${STACK}/preview-patch`,
    'previewPatch',
    'what a patch would do',
    (call) => at(call).previewPatch(refOf(call), { resources: resourcesIn(new Body(call.body)) }),
    { body: object({ resources: RESOURCES }, ['resources']), asks: true, warns: true },
  ),
  command(
    'patch',
    'change some resources of a stack',
    (call, body) =>
      at(call).patch(refOf(call), {
        resources: resourcesIn(body),
        ...given({ onFailure: body.word('onFailure', ON_FAILURE), timeoutSeconds: body.number('timeoutSeconds') }),
      }),
    object(
      {
        resources: RESOURCES,
        onFailure: OPTION.onFailure(ON_FAILURE),
        timeoutSeconds,
      },
      ['resources'],
    ),
  ),
  command(
    'down',
    'delete a stack and everything in it',
    (call, body) =>
      at(call).down(
        refOf(call),
        given({ onFailure: body.word('onFailure', ON_FAILURE_DOWN), timeoutSeconds: body.number('timeoutSeconds') }),
      ),
    optional({ onFailure: OPTION.onFailure(ON_FAILURE_DOWN), timeoutSeconds }),
  ),
  command(
    'rollback',
    'bring a stack back to its last complete template',
    (call, body) => at(call).rollback(refOf(call), timeoutIn(body)),
    optional({ timeoutSeconds }),
  ),
  command(
    'cancel',
    'stop what is under way, and go back unless rollback is false',
    (call, body) => at(call).cancel(refOf(call), given({ rollback: body.flag('rollback') })),
    optional({ rollback: flag }),
  ),
  ...VISITS.map((action) =>
    command(
      action,
      `${action} a stack`,
      (call, body) => at(call)[action](refOf(call), timeoutIn(body)),
      optional({ timeoutSeconds }),
    ),
  ),
  libraryRoute(
    'PUT',
    `${STACK}/watch-reality`,
    'watchReality',
    'have a stack checked every so often; null ends it',
    async (call) => {
      await at(call).watchReality(refOf(call), watchIn(new Body(call.body), 'watch') ?? null)
      return undefined
    },
    { status: 204, body: object({ watch: WATCH }, ['watch']) },
  ),
  libraryRoute(
    'POST',
    `${STACK}/resources/:resource/signal`,
    'signal',
    'tell a resource something',
    async (call) => ({
      message: await at(call).signal(refOf(call), param(call, 'resource'), new Body(call.body).json('body')),
    }),
    { body: object({ body: {} }) },
  ),
  libraryRoute(
    'POST',
    `${STACK}/resources/:resource/mark`,
    'markUnhealthy',
    'say that a resource is unwell, or well after all',
    async (call) => {
      const body = new Body(call.body)
      const options = given({ healthy: body.flag('healthy'), reason: body.text('reason') })
      await at(call).markUnhealthy(refOf(call), param(call, 'resource'), options)
      return undefined
    },
    { status: 204, body: optional({ healthy: flag, reason: { ...text, maxLength: 1_000 } }) },
  ),
  libraryRoute(
    'PUT',
    `${STACK}/resources/:resource/metadata`,
    'updateMetadata',
    "replace a resource's metadata",
    async (call) => {
      if (!isJsonObject(call.body)) throw badRequest('The metadata must be a JSON object.')
      await at(call).updateMetadata(refOf(call), param(call, 'resource'), call.body)
      return undefined
    },
    { status: 204, body: { type: 'object' } },
  ),
]

/** Commands that bring a template. */
const WARNING = ['up', 'patch', 'adopt']

const at = (call: Call) => call.tenant().isotherm
const timeoutIn = (body: Body) => given({ timeoutSeconds: body.number('timeoutSeconds') })

function command(
  word: string,
  summary: string,
  issue: (call: Call, body: Body) => Promise<Run>,
  body: JsonObject,
): Route {
  const give = async (call: Call) => runView(await issue(call, new Body(call.body)))
  const repeated: NonNullable<Route['repeated']> = (_, { stack, id, traversal }) => ({ body: { stack, id, traversal } })
  return libraryRoute('POST', `${STACK}/${word}`, word, summary, give, {
    status: 202,
    body,
    repeated,
    ...(WARNING.includes(word) && { warns: true }),
  })
}

export const runView = ({ stack, id, traversal, warnings }: Run) => ({
  stack,
  id,
  traversal,
  ...(warnings && { warnings }),
})

async function preview(call: Call, quotas: Quotas): Promise<object> {
  const body = new Body(call.body)
  const options = { stack: param(call, 'stack'), ...declarationIn(body) }
  checkTemplate(options.template, quotas)
  return at(call).preview({ ...options, ...given({ convergeReality: body.flag('convergeReality') }) })
}

async function up(call: Call, body: Body, quotas: Quotas): Promise<Run> {
  const options = await declaredUp(call, body, quotas)
  return call.tenant().isotherm.up({ ...options, ...given({ presume: presumedIn(body.json('presume')) }) })
}

/** What a stack is to be brought to, within the project's quotas. */
export async function declaredUp(call: Call, body: Body, quotas: Quotas): Promise<Omit<UpOptions, 'presume'>> {
  const tenant = call.tenant()
  const stack = param(call, 'stack')
  const onFailure = body.word('onFailure', ON_FAILURE)
  const seconds = body.number('timeoutSeconds')
  const isNew = (await seekStack(tenant.parts, stack)) === undefined
  const declared = declarationIn(body)
  checkTemplate(declared.template, quotas)
  if (isNew) await checkStacks(tenant, quotas)
  return {
    stack,
    ...declared,
    ...given({
      onFailure,
      timeoutSeconds: seconds,
      convergeReality: body.flag('convergeReality'),
      watchReality: watchIn(body, 'watchReality'),
    }),
    about: {
      rollbackDisabled: onFailure === 'stop' || onFailure === 'continue',
      ...given({
        madeBy: isNew ? call.caller.user.name : undefined,
        tags: tagsIn(body.map('about')?.tags),
        timeoutMinutes: seconds === undefined ? undefined : Math.ceil(seconds / 60),
      }),
    },
  }
}

function presumedIn(presume: Json): UpOptions['presume'] {
  if (presume === null) return undefined
  if (presume === 'new') return presume
  if (isJsonObject(presume) && typeof presume.id === 'string') {
    const { id, traversal } = presume
    return { id, ...(typeof traversal === 'number' && { traversal }) }
  }
  throw badRequest('presume: expected "new", or an object with the id of the stack')
}

/** Undefined where nothing is said of it; null ends a watch. */
function watchIn(body: Body, name: string): WatchOptions | null | undefined {
  const watch = body.map(name)
  if (!watch) return body.has(name) ? null : undefined
  return {
    minutes: Number(watch.minutes),
    ...(typeof watch.driftLimit === 'number' && { driftLimit: watch.driftLimit }),
  }
}

const tagsIn = (tags: Json | undefined): string[] | undefined => (Array.isArray(tags) ? tags.map(String) : undefined)

function resourcesIn(body: Body): { [name: string]: JsonObject | null } {
  return Object.fromEntries(
    Object.entries(body.map('resources') ?? {}).map(([name, value]) => [name, isJsonObject(value) ? value : null]),
  )
}

// snapshots, and stacks that leave their things behind

const SNAPSHOT = `${STACK}/snapshots/:snapshot`

const snapshotRoutes: readonly Route[] = [
  libraryRoute(
    'POST',
    `${STACK}/snapshots`,
    'snapshot',
    'take a snapshot',
    async (call) => {
      const body = new Body(call.body)
      const options = { ...timeoutIn(body), ...given({ name: body.text('name') }) }
      const { id, run } = await at(call).snapshot(refOf(call), options)
      return { id, run: runView(run) }
    },
    { status: 202, body: optional({ name: { ...text, maxLength: 255 }, timeoutSeconds }) },
  ),
  libraryRoute(
    'DELETE',
    SNAPSHOT,
    'deleteSnapshot',
    'forget a snapshot',
    async (call) => {
      await at(call).deleteSnapshot(refOf(call), param(call, 'snapshot'))
      return undefined
    },
    { status: 204 },
  ),
  libraryRoute(
    'POST',
    `${SNAPSHOT}/restore`,
    'restore',
    'bring a stack back to a snapshot',
    async (call) => {
      const body = new Body(call.body)
      const options = { ...timeoutIn(body), ...given({ onFailure: body.word('onFailure', ON_FAILURE) }) }
      return runView(await at(call).restore(refOf(call), param(call, 'snapshot'), options))
    },
    { status: 202, body: optional({ onFailure: OPTION.onFailure(ON_FAILURE), timeoutSeconds }) },
  ),
]

async function abandon(call: Call): Promise<object> {
  const { document, run } = await at(call).abandon(refOf(call))
  return { document, run: runView(run) }
}

function adoption(quotas: Quotas): Route {
  const body = object(
    {
      ...DECLARATION,
      document: { type: 'object', description: 'What abandoning a stack has told.' },
      onFailure: OPTION.onFailure(ON_FAILURE_DOWN),
      timeoutSeconds,
    },
    ['document'],
  )
  return command('adopt', 'make a stack of things that exist', (call, asked) => adopt(call, asked, quotas), body)
}

async function adopt(call: Call, body: Body, quotas: Quotas): Promise<Run> {
  const tenant = call.tenant()
  await checkStacks(tenant, quotas)
  const template = body.text('template') ?? body.map('template')
  if (template !== undefined) checkTemplate(template, quotas)
  return tenant.isotherm.adopt({
    stack: param(call, 'stack'),
    document: body.map('document') ?? {},
    ...declaredIn(body),
    ...timeoutIn(body),
    ...given({ template, onFailure: body.word('onFailure', ON_FAILURE_DOWN) }),
  })
}
