// Stacks as a collection: made, listed, foretold, and found by name or id.
import { getStack, seekStack } from '../../api/find.js'
import { numberOfStacks, pageOfStacks } from '../../api/listing.js'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { isStackSortKey, type StackFilter, type StackPage } from '../../store/stack-list.js'
import { parseTemplate } from '../../template/index.js'
import { badRequest, noSuch, Refusal } from '../errors.js'
import { type StackPlace, stackLinks, stackUrl } from '../links.js'
import { oneOf, type Query } from '../query.js'
import { checkStacks, checkTemplate, type Quotas } from '../quotas.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { listedStack, shownStack } from '../views/stack.js'
import { bodyOf, DECLARATION, type Fetch, flagOf, minutesOf, OPTIONS, tagsOf, wantedFrom } from './declaring.js'
import { placeOf } from './place.js'
import { previewedStack } from './previewing.js'

const TEXT = { type: 'string' }
const FLAG = { type: 'boolean' }
const WHOLE = { type: 'integer', minimum: 0 }

const LIST_QUERY: { readonly [name: string]: JsonObject } = {
  limit: WHOLE,
  marker: { ...TEXT, description: 'The id of the last stack of the page before.' },
  sort_keys: { ...TEXT, description: 'stack_name, stack_status, creation_time, updated_time; may be repeated.' },
  sort_dir: { enum: ['asc', 'desc'] },
  show_deleted: FLAG,
  show_nested: FLAG,
  show_hidden: FLAG,
  global_tenant: FLAG,
  with_count: FLAG,
  tags: { ...TEXT, description: 'All of these, with commas between them.' },
  tags_any: TEXT,
  not_tags: TEXT,
  not_tags_any: TEXT,
  id: TEXT,
  name: TEXT,
  stack_name: TEXT,
  status: { ...TEXT, description: 'For example COMPLETE or UPDATE_COMPLETE; may be repeated.' },
  action: TEXT,
  username: TEXT,
  owner_id: TEXT,
  tenant: TEXT,
}

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
    list('/v1/:tenant/stacks', 'stacks:index', 'the stacks of a project'),
    list('/v1/:tenant/stacks/detail', 'stacks:detail', 'the stacks of a project, in detail'),
    {
      method: 'POST',
      path: '/v1/:tenant/stacks',
      operation: 'stacks:create',
      summary: 'make a stack',
      access: 'write',
      body: STACK_BODY,
      status: 201,
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
      answer: (call) => preview(call, fetch),
      asks: true,
    },
    ...lookups(),
  ]
}

// lists

function list(path: string, operation: string, summary: string): Route {
  const answer = (call: Call) => listStacks(call, operation === 'stacks:detail')
  return { method: 'GET', path, operation, summary, access: 'read', query: LIST_QUERY, status: 200, answer }
}

async function listStacks(call: Call, inDetail: boolean): Promise<Answer> {
  const { query } = call
  const tenant = call.tenant()
  const filter = filterOf(query)
  const limit = query.whole('limit')
  const [marker, sort] = [query.text('marker'), sortOf(query)]
  const page = { ...sort, ...(marker && { marker }), ...(limit !== undefined && { limit }) }
  const stacks = await pageOfStacks(tenant.parts, filter, page)
  const place = placeOf(call)
  const shown = inDetail
    ? await Promise.all(stacks.map(async ({ id }) => shownStack(place, await tenant.isotherm.stack({ id }))))
    : stacks.map((stack) => listedStack(place, stack))
  const last = stacks.at(-1)
  const next = limit !== undefined && limit > 0 && stacks.length === limit && last
  const body: JsonObject = {
    stacks: shown,
    ...(next && { links: [{ rel: 'next', href: nextPage(call, last.id) }] }),
    ...(query.flag('with_count') && { count: await numberOfStacks(tenant.parts, filter) }),
  }
  return { body }
}

/** The newest first, unless something else is asked for. */
function sortOf(query: Query): Pick<StackPage, 'sort' | 'descending'> {
  const named = query.list('sort_keys', { commas: true })
  const keys = named.filter(isStackSortKey)
  if (keys.length < named.length)
    throw badRequest('sort_keys: there are stack_name, stack_status, creation_time, updated_time')
  const direction = oneOf('sort_dir', query.text('sort_dir') ?? (keys.length > 0 ? 'asc' : 'desc'), ['asc', 'desc'])
  return { sort: keys.length > 0 ? keys : ['creation_time'], descending: direction === 'desc' }
}

function filterOf(query: Query): StackFilter {
  const some = (...names: string[]) => {
    const words = names.flatMap((name) => query.list(name))
    return words.length > 0 ? words : undefined
  }
  const tagged = (name: string) => {
    const tags = query.list(name, { commas: true })
    return tags.length > 0 ? tags : undefined
  }
  const [statuses, actions] = statesOf(query)
  const uuids = (name: string) => some(name)?.filter((id) => UUID.test(id))
  const found = {
    ids: uuids('id'),
    owners: uuids('owner_id'),
    names: some('name', 'stack_name'),
    users: some('username'),
    statuses,
    actions,
    tags: tagged('tags'),
    tagsAny: tagged('tags_any'),
    notTags: tagged('not_tags'),
    notTagsAny: tagged('not_tags_any'),
  }
  return {
    ...defined(found),
    withDeleted: query.flag('show_deleted'),
    ...(query.flag('show_nested') && { withNested: true }),
  }
}

/** `status=UPDATE_COMPLETE` says both. */
function statesOf(query: Query): [string[] | undefined, string[] | undefined] {
  const states = query
    .list('status')
    .map((word) => STATE.exec(word.toUpperCase()) ?? [word, undefined, word.toUpperCase()])
  const statuses = states.flatMap(([, , status]) => status ?? [])
  const actions = [
    ...states.flatMap(([, action]) => action ?? []),
    ...query.list('action').map((word) => word.toUpperCase()),
  ]
  return [statuses.length > 0 ? statuses : undefined, actions.length > 0 ? actions : undefined]
}

const STATE = /^([A-Z]+)_(IN_PROGRESS|COMPLETE|FAILED)$/
const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i

const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

function nextPage(call: Call, marker: string): string {
  const url = new URL(call.url, call.origin)
  url.searchParams.set('marker', marker)
  return url.href
}

// commands

async function create(call: Call, fetch: Fetch, quotas: Quotas): Promise<Answer> {
  const tenant = call.tenant()
  const body = bodyOf(call.body)
  const name = nameOf(body)
  if (body.converge !== undefined) throw badRequest('converge: it is for updates only')
  if (body.adopt_stack_data) return adopt(call, body, name, quotas)
  const wanted = await wantedFrom(body, fetch)
  checkTemplate(wanted.template, quotas)
  await checkStacks(tenant, quotas)
  const disabled = flagOf('disable_rollback', body.disable_rollback) ?? true
  const minutes = minutesOf(body) ?? DEFAULT_MINUTES
  if (await seekStack(tenant.parts, name)) throw exists(name)
  await tenant.isotherm.up({
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
  const { uid: id } = await getStack(tenant.parts, name)
  return madeAt(call, { name, id })
}

function madeAt(call: Call, stack: StackPlace): Answer {
  const place = placeOf(call)
  return {
    body: { stack: { id: stack.id, links: stackLinks(place, stack) } },
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
  await tenant.isotherm.adopt({
    stack: name,
    document: adoptedDocument(body.adopt_stack_data ?? null),
    timeoutSeconds: (minutesOf(body) ?? DEFAULT_MINUTES) * 60,
    ...(own && { template }),
    ...(given && { environment }),
    ...(Object.keys(files).length > 0 && { files }),
  })
  const { uid: id } = await getStack(tenant.parts, name)
  return madeAt(call, { name, id })
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

async function preview(call: Call, fetch: Fetch): Promise<Answer> {
  const tenant = call.tenant()
  const body = bodyOf(call.body)
  const name = nameOf(body)
  if (await seekStack(tenant.parts, name)) throw exists(name)
  const wanted = await wantedFrom(body, fetch)
  const foreseen = await tenant.isotherm.preview({ stack: name, ...wanted })
  return { body: { stack: previewedStack(placeOf(call), foreseen, body) } }
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
  return name && id ? { name: decodeURIComponent(name), id } : undefined
}
