// Stacks as a collection: made, foretold, and found by name or id.
import { seekStack } from '../../api/find.js'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { Warned } from '../../lib/problem.js'
import { parseTemplate } from '../../template/index.js'
import { badRequest, noSuch, Refusal } from '../errors.js'
import { type StackPlace, stackLinks, stackUrl } from '../links.js'
import { checkStacks, checkTemplate, type Quotas } from '../quotas.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { told } from '../views/warnings.js'
import { bodyOf, DECLARATION, type Fetch, flagOf, minutesOf, OPTIONS, tagsOf, wantedFrom } from './declaring.js'
import { placeOf } from './place.js'
import { previewedStack } from './previewing.js'

const STACK_BODY: JsonObject = {
  type: 'object',
  properties: {
    stack_name: { type: 'string' },
    ...DECLARATION,
    ...OPTIONS,
    adopt_stack_data: { type: ['string', 'object', 'null'] },
  },
}

export function stackRoutes(fetch: Fetch, quotas: Quotas): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/:tenant/stacks',
      operation: 'stacks:create',
      summary: 'make a stack',
      access: 'write',
      body: STACK_BODY,
      status: 201,
      warns: true,
      answer: (call) => create(call, fetch, quotas),
      repeated: (call, { stack: name, id }) => madeAt(call, { name, id }),
    },
    {
      method: 'POST',
      path: '/v1/:tenant/stacks/preview',
      operation: 'stacks:preview',
      summary: 'what making a stack would do',
      access: 'write',
      body: STACK_BODY,
      status: 200,
      warns: true,
      answer: (call) => preview(call, fetch, quotas),
      asks: true,
    },
    ...lookups(),
  ]
}

// commands

async function create(call: Call, fetch: Fetch, quotas: Quotas): Promise<Answer> {
  const tenant = call.tenant()
  const body = bodyOf(call.body)
  const name = nameOf(body)
  if (body.converge !== undefined) throw badRequest('converge: it is for updates only')
  if (body.adopt_stack_data) return adopt(call, body, name, quotas)
  const wanted = await wantedFrom(body, (url) => fetch(url, call.caller))
  checkTemplate(wanted.template, quotas)
  await checkStacks(tenant, quotas)
  const disabled = flagOf('disable_rollback', body.disable_rollback) ?? true
  const minutes = minutesOf(body) ?? DEFAULT_MINUTES
  if (await seekStack(tenant.parts, name)) throw exists(name)
  const run = await tenant.isotherm.up({
    stack: name,
    ...wanted,
    onFailure: disabled ? 'stop' : 'rollback',
    timeoutSeconds: minutes * 60,
    presume: 'new',
    about: {
      tags: tagsOf(body) ?? [],
      madeBy: call.caller.user.name,
      timeoutMinutes: minutes,
      rollbackDisabled: disabled,
    },
  })
  return madeAt(call, { name, id: run.id }, run)
}

function madeAt(call: Call, stack: StackPlace, warned: Warned = {}): Answer {
  const place = placeOf(call)
  return {
    body: { stack: { id: stack.id, links: stackLinks(place, stack) }, ...told(warned) },
    headers: { location: stackUrl(place, stack) },
  }
}

/** The document that an abandoned stack left; a template in the body stands in for the document's. */
async function adopt(call: Call, body: JsonObject, name: string, quotas: Quotas): Promise<Answer> {
  const tenant = call.tenant()
  if (await seekStack(tenant.parts, name)) throw exists(name)
  await checkStacks(tenant, quotas)
  const { template, environment, files } = await wantedFrom({ template: {}, ...body }, () => Promise.resolve(''))
  const own = typeof template === 'string' || Object.keys(template).length > 0
  const given = Object.keys(environment).length > 0
  const run = await tenant.isotherm.adopt({
    stack: name,
    document: adoptedDocument(body.adopt_stack_data ?? null),
    timeoutSeconds: (minutesOf(body) ?? DEFAULT_MINUTES) * 60,
    ...(own && { template }),
    ...(given && { environment }),
    ...(Object.keys(files).length > 0 && { files }),
  })
  return madeAt(call, { name, id: run.id }, run)
}

/** Clients send it as text. */
function adoptedDocument(data: Json): JsonObject {
  const { document } = parseTemplate(typeof data === 'string' ? { text: data } : { object: Object(data) })
  if (!isJsonObject(document)) throw badRequest('adopt_stack_data must be the document of an abandoned stack.')
  return document
}

/** Heat's `stack_action_timeout`. */
const DEFAULT_MINUTES = 60

const exists = (name: string) => new Refusal(409, 'StackExists', `The Stack (${name}) already exists.`)

function nameOf({ stack_name: name }: JsonObject): string {
  if (typeof name !== 'string' || name === '') throw badRequest('No stack name specified')
  return name
}

async function preview(call: Call, fetch: Fetch, quotas: Quotas): Promise<Answer> {
  const tenant = call.tenant()
  const body = bodyOf(call.body)
  const name = nameOf(body)
  if (await seekStack(tenant.parts, name)) throw exists(name)
  const wanted = await wantedFrom(body, (url) => fetch(url, call.caller))
  checkTemplate(wanted.template, quotas)
  const foreseen = await tenant.isotherm.preview({ stack: name, ...wanted })
  return { body: { stack: previewedStack(placeOf(call), foreseen, body), ...told(foreseen) } }
}

// by name

const SUBPATHS = ['resources', 'events', 'template', 'actions', 'environment', 'files', 'outputs'] as const

/** A stack's name, or its id, or its ARN, leads to its canonical address; existing clients follow with the same method. */
function lookups(): Route[] {
  const lookup = (method: Route['method'], path: string): Route => ({
    method,
    path,
    operation: `stacks:lookup:${method.toLowerCase()}${path.split('/:stack')[1] ?? ''}`,
    summary: 'find a stack by its name or id',
    access: 'signal',
    status: 302,
    answer: (call) => redirect(call, path.split('/:stack/')[1]),
  })
  const base = '/v1/:tenant/stacks/:stack'
  return [
    ...(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) => lookup(method, base)),
    ...SUBPATHS.map((subpath) => lookup('GET', `${base}/${subpath}`)),
    lookup('POST', `${base}/actions`),
  ]
}

async function redirect(call: Call, subpath: string | undefined): Promise<Answer> {
  const tenant = call.tenant()
  const word = param(call, 'stack')
  const { name, id } = arnOf(word) ?? { name: word, id: word }
  const stack = (await seekStack(tenant.parts, { id })) ?? (await seekStack(tenant.parts, name))
  if (!stack) throw noSuch('Stack', word)
  const url = stackUrl(placeOf(call), { name: stack.name, id: stack.uid })
  const search = call.url.includes('?') ? `?${call.url.split('?').slice(1).join('?')}` : ''
  return { headers: { location: `${url}${subpath ? `/${subpath}` : ''}${search}` }, body: {} }
}

/** `arn:openstack:heat::tenant:stacks/name/id` */
function arnOf(word: string): { name: string; id: string } | undefined {
  const [, name, id] = /^arn:openstack:heat::[^:]*:stacks\/([^/]+)\/([^/]+)/.exec(word) ?? []
  return name && id ? { name: decoded(name), id } : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
