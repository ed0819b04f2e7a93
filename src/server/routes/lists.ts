// Lists of stacks: filtered, sorted, a page at a time; of one project, or of all for whoever may see them.
import { type ListedStack, numberOfStacks, pagesOfStacks } from '../../api/listing.js'
import type { JsonObject } from '../../lib/json.js'
import type { Database } from '../../store/database.js'
import { isStackSortKey, type StackFilter, type StackOrder } from '../../store/stack-list.js'
import type { Caller } from '../caller.js'
import { forbidden } from '../errors.js'
import type { Place } from '../links.js'
import { oneOf, type Query } from '../query.js'
import type { Answer, Call, Route } from '../route.js'
import type { Tenant } from '../tenants.js'
import { listedStack, shownStack } from '../views/stack.js'
import { placeOf } from './place.js'

export interface Listing {
  /** Stacks with one of these tags are left out unless `show_hidden` is said. */
  readonly hiddenTags: readonly string[]
  /** Sees all projects. */
  readonly database: Database
  /** Who may ask for the stacks of all projects. */
  readonly seesAll: (caller: Caller) => boolean
}

export const listRoutes = (listing: Listing): Route[] => [
  list('/v1/:tenant/stacks', 'stacks:index', 'the stacks of a project', listing),
  list('/v1/:tenant/stacks/detail', 'stacks:detail', 'the stacks of a project, in detail', listing),
]

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

function list(path: string, operation: string, summary: string, listing: Listing): Route {
  const answer = (call: Call) => listStacks(call, operation === 'stacks:detail', listing)
  return { method: 'GET', path, operation, summary, access: 'read', query: LIST_QUERY, status: 200, answer }
}

async function listStacks(call: Call, inDetail: boolean, listing: Listing): Promise<Answer> {
  const marker = call.query.text('marker') || undefined
  const answer = (markers: readonly (string | undefined)[]) => listed(call, markers, inDetail, listing)
  if (call.query.flag('global_tenant')) return { body: (await answer([marker]))(marker) }
  const { kind, togetherMax } = kindOf(call, marker)
  return { body: await call.tenant().lists.ask(kind, marker, answer, togetherMax) }
}

/** What one statement reads, and one turn of the event loop writes, stays short. */
const ROWS_TOGETHER_MAX = 1_000

/** What is listed, and where its links lead, is all in the address. But for the marker it is the same for all pages of a list. */
function kindOf({ origin, url, query }: Call, marker: string | undefined): { kind: string; togetherMax: number } {
  const limit = marker !== undefined && query.whole('limit')
  if (!limit) return { kind: `${origin} ${url}`, togetherMax: Number.POSITIVE_INFINITY }
  const kind = `${origin} ${url.replace(MARKER, '$1')} after`
  return { kind, togetherMax: Math.max(1, Math.floor(ROWS_TOGETHER_MAX / limit)) }
}

const MARKER = /([?&])marker=[^&]*/g

/** The pages that begin after these. @returns the text of one of them. */
async function listed(
  call: Call,
  markers: readonly (string | undefined)[],
  inDetail: boolean,
  listing: Listing,
): Promise<(marker: string | undefined) => string> {
  const { query } = call
  const isGlobal = query.flag('global_tenant')
  if (isGlobal && !listing.seesAll(call.caller)) throw forbidden()
  const tenant = call.tenant()
  const seeker = isGlobal ? { database: listing.database, project: null } : tenant.parts
  const filter = filterOf(query, isGlobal, listing)
  const limit = query.whole('limit')
  const order = { ...sortOf(query), ...(limit !== undefined && { limit }) }
  const pages = await pagesOfStacks(seeker, filter, order, markers)
  const counted = query.flag('with_count') ? { count: await numberOfStacks(seeker, filter) } : {}
  const placeOfOne = placesOf(call, isGlobal)
  const show =
    inDetail && !isGlobal ? await detailed(tenant, [...pages.values()].flat(), placeOfOne) : brief(placeOfOne, isGlobal)
  const texts = new Map(
    [...pages].map(([marker, stacks]) => {
      const last = limit && stacks.length === limit ? stacks.at(-1) : undefined
      const links = last && { links: [{ rel: 'next', href: nextPage(call, last.id) }] }
      return [marker, JSON.stringify({ stacks: stacks.flatMap(show), ...links, ...counted })]
    }),
  )
  // A marker that is no stack of the project says nothing, as in Heat.
  return (marker) => texts.get(marker) ?? texts.get(undefined) ?? ''
}

type PlaceOfOne = (stack: ListedStack) => Place

function placesOf(call: Call, isGlobal: boolean): PlaceOfOne {
  const place = placeOf(call)
  return ({ projectUid }) => (isGlobal ? { ...place, tenant: projectUid } : place)
}

/** What a foreign stack was given and gives is for its own project. */
const brief = (placeOfOne: PlaceOfOne, isGlobal: boolean) => (stack: ListedStack) => ({
  ...listedStack(placeOfOne(stack), stack),
  ...(isGlobal && { project: stack.projectUid }),
})

/** One that was forgotten meanwhile is left out. */
async function detailed(
  tenant: Tenant,
  stacks: readonly ListedStack[],
  placeOfOne: PlaceOfOne,
): Promise<(stack: ListedStack) => JsonObject[]> {
  const views = new Map(await Promise.all(stacks.map(async ({ id }) => [id, await tenant.stacks.ask(id)] as const)))
  return (stack) => {
    const view = views.get(stack.id)
    return view ? [shownStack(placeOfOne(stack), view)] : []
  }
}

/** The newest first, unless something else is asked for; keys that nothing can be sorted by say nothing, as in Heat. */
function sortOf(query: Query): Pick<StackOrder, 'sort' | 'descending'> {
  const named = new Set(query.list('sort_keys', { commas: true }))
  const keys = [...named].filter(isStackSortKey)
  const asked = query.text('sort_dir') || (keys.length > 0 ? 'asc' : 'desc')
  const direction = oneOf('sort_dir', asked, ['asc', 'desc'])
  return { sort: keys.length > 0 ? keys : ['creation_time'], descending: direction === 'desc' }
}

function filterOf(query: Query, isGlobal: boolean, { hiddenTags }: Listing): StackFilter {
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
    notTagsAny: withHidden(tagged('not_tags_any'), query.flag('show_hidden') ? [] : hiddenTags),
    projects: isGlobal ? some('tenant') : undefined,
  }
  return {
    ...defined(found),
    withDeleted: query.flag('show_deleted'),
    ...(query.flag('show_nested') && { withNested: true }),
  }
}

function withHidden(tags: string[] = [], hidden: readonly string[]): string[] | undefined {
  const all = [...tags, ...hidden]
  return all.length > 0 ? all : undefined
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
