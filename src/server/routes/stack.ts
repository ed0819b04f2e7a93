// One stack: shown, changed, foretold, deleted, and what it was declared with.

import { declarationOf, templateDocument, visibleEnvironment } from '../../api/declaration.js'
import { canonicalId, isStackId } from '../../api/find.js'
import type { Json, JsonObject } from '../../lib/json.js'
import { badRequest, noSuch, Refusal } from '../errors.js'
import { checkTemplate, type Quotas } from '../quotas.js'
import { type Answer, type Call, type Method, param, type Route } from '../route.js'
import { outputList, shownStack } from '../views/stack.js'
import { told } from '../views/warnings.js'
import {
  bodyOf,
  DECLARATION,
  type Fetch,
  flagOf,
  minutesOf,
  OPTIONS,
  tagsOf,
  type Wanted,
  wantedFrom,
} from './declaring.js'
import { type AtStack, atLivingStack, atStack, etagOf, placeOf } from './place.js'
import { previewedUpdate } from './previewing.js'

const STACK = '/v1/:tenant/stacks/:stack/:id'

const UPDATE_BODY: JsonObject = {
  type: 'object',
  properties: {
    ...DECLARATION,
    ...OPTIONS,
    converge: { type: ['boolean', 'string', 'null'], description: 'Compare with reality first.' },
    clear_parameters: { type: ['array', 'null'], items: { type: 'string' } },
  },
}

export function singleStackRoutes(fetch: Fetch, quotas: Quotas): Route[] {
  return [
    {
      method: 'GET',
      path: STACK,
      operation: 'stacks:show',
      summary: 'a stack',
      access: 'read',
      query: { resolve_outputs: { type: 'boolean' } },
      status: 200,
      answer: show,
    },
    read('/template', 'stacks:template', 'the template of a stack', async (call) => {
      const { tenant, ref } = await atStack(call)
      return templateDocument(tenant.parts, ref)
    }),
    read('/environment', 'stacks:environment', 'the environment of a stack', async (call) => {
      const { tenant, ref } = await atStack(call)
      return { ...EMPTY_ENVIRONMENT, ...(await visibleEnvironment(tenant.parts, ref)) }
    }),
    read('/files', 'stacks:files', 'the files of a stack', async (call) => {
      const { tenant, ref } = await atStack(call)
      return { ...(await declarationOf(tenant.parts, ref)).files }
    }),
    read('/outputs', 'stacks:outputs', 'the outputs of a stack', outputs),
    read('/outputs/:output', 'stacks:output', 'the value of an output', output),
    ...(['PUT', 'PATCH'] as const).flatMap((method) => [
      update(method, STACK, method === 'PUT' ? 'stacks:update' : 'stacks:update_patch', 202, (call) =>
        change(call, fetch, method, quotas),
      ),
      {
        ...update(
          method,
          `${STACK}/preview`,
          method === 'PUT' ? 'stacks:preview_update' : 'stacks:preview_update_patch',
          200,
          (call) => foretell(call, fetch, method, quotas),
        ),
        query: { show_nested: { type: 'boolean' } },
      },
    ]),
    {
      method: 'DELETE',
      path: STACK,
      operation: 'stacks:delete',
      summary: 'delete a stack and everything in it',
      access: 'write',
      status: 204,
      answer: remove,
      repeated: () => ({}),
    },
  ]
}

const EMPTY_ENVIRONMENT = {
  parameters: {},
  resource_registry: {},
  parameter_defaults: {},
  event_sinks: [],
  encrypted_param_names: [],
}

function read(
  subpath: string,
  operation: string,
  summary: string,
  give: (call: Call) => Promise<Json>,
  query?: { readonly [name: string]: JsonObject },
): Route {
  const path = `${STACK}${subpath}`
  const answer = async (call: Call) => ({ body: await give(call) })
  return { method: 'GET', path, operation, summary, access: 'read', status: 200, answer, ...(query && { query }) }
}

const update = (method: Method, path: string, operation: string, status: number, answer: Route['answer']): Route => ({
  method,
  path,
  operation,
  summary: status === 200 ? 'what an update would do' : 'change a stack',
  access: 'write',
  body: UPDATE_BODY,
  status,
  warns: true,
  answer,
  ...(status === 200 ? { asks: true } : { repeated: () => ({}) }),
})

async function show(call: Call): Promise<Answer> {
  const [place, name, id] = [placeOf(call), param(call, 'stack'), param(call, 'id')]
  const view = isStackId(id) ? await call.tenant().stacks.ask(canonicalId(id)) : undefined
  if (view?.name !== name) throw noSuch('Stack', name)
  const bare = call.query.text('resolve_outputs') !== undefined && !call.query.flag('resolve_outputs')
  const { outputs: told, ...shown } = shownStack(place, view)
  return { body: { stack: bare ? shown : { ...shown, outputs: told ?? [] } }, headers: { etag: etagOf(view) } }
}

async function outputs(call: Call): Promise<Json> {
  const { tenant, ref } = await atStack(call)
  const list = outputList(await tenant.isotherm.stack(ref))
  return { outputs: list.map(({ output_key = '', description = '' }) => ({ output_key, description })) }
}

async function output(call: Call): Promise<Json> {
  const { tenant, ref } = await atStack(call)
  const key = param(call, 'output')
  const found = outputList(await tenant.isotherm.stack(ref)).find(({ output_key }) => output_key === key)
  if (!found) throw noSuch('Output', key)
  return { output: found }
}

// commands

/** PUT says the whole anew; PATCH says what differs, and may say nothing at all. */
async function wantedOf(
  call: Call,
  body: JsonObject,
  fetch: Fetch,
  { tenant, ref }: AtStack,
  isPatch: boolean,
): Promise<Wanted> {
  const base = isPatch ? await declarationOf(tenant.parts, ref) : undefined
  return wantedFrom(body, (url) => fetch(url, call.caller), base)
}

async function change(call: Call, fetch: Fetch, method: Method, quotas: Quotas): Promise<Answer> {
  const found = await atLivingStack(call)
  const { tenant, stack, ref } = found
  refuseOnItsWay(stack.action, 'updated')
  const body = call.body === null && method === 'PATCH' ? {} : bodyOf(call.body)
  const wanted = await wantedOf(call, body, fetch, found, method === 'PATCH')
  checkTemplate(wanted.template, quotas)
  const disabled = flagOf('disable_rollback', body.disable_rollback) ?? stack.rollbackDisabled ?? true
  const minutes = minutesOf(body) ?? stack.timeoutMinutes ?? undefined
  const tags = tagsOf(body)
  const converge = flagOf('converge', body.converge) ?? false
  const run = await tenant.isotherm.up({
    stack: stack.name,
    ...wanted,
    onFailure: disabled ? 'stop' : 'rollback',
    ...(converge && { convergeReality: true }),
    ...(minutes !== undefined && { timeoutSeconds: minutes * 60 }),
    presume: ref,
    about: {
      ...((tags || method === 'PUT') && { tags: tags ?? [] }),
      ...(minutes !== undefined && { timeoutMinutes: minutes }),
      rollbackDisabled: disabled,
    },
  })
  return run.warnings ? { body: told(run) } : {}
}

async function foretell(call: Call, fetch: Fetch, method: Method, quotas: Quotas): Promise<Answer> {
  const found = await atLivingStack(call)
  const { tenant, stack, at, place, ref } = found
  const body = call.body === null && method === 'PATCH' ? {} : bodyOf(call.body)
  const wanted = await wantedOf(call, body, fetch, found, method === 'PATCH')
  checkTemplate(wanted.template, quotas)
  const foreseen = await tenant.isotherm.preview({ stack: stack.name, ...wanted })
  const showNested = call.query.flag('show_nested')
  const known = await tenant.isotherm.resources(ref, { nestedDepth: showNested ? Number.POSITIVE_INFINITY : 0 })
  return { body: { ...previewedUpdate(place, at, foreseen, known, showNested), ...told(foreseen) } }
}

/** Existing clients count on it that a stack that is going is not called back by an update that came late. */
function refuseOnItsWay(action: string, verb: string): void {
  if (action === 'DELETE') throw new Refusal(400, 'NotSupported', `A stack that is being deleted cannot be ${verb}.`)
}

async function remove(call: Call): Promise<Answer> {
  const { tenant, stack, ref } = await atLivingStack(call)
  if (stack.action === 'DELETE' && stack.status === 'IN_PROGRESS') return {}
  if (call.body !== null && Object.keys(Object(call.body)).length > 0) throw badRequest('A deletion takes no body.')
  await tenant.isotherm.down(ref)
  return {}
}
