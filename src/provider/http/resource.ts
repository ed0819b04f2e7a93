// Isotherm::Http::Resource: anything that a REST endpoint can create, read, update and delete, described by a mapping.
import { equalJson, isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { type CallContext, defineType, type Made, type Pending, type PropertiesOf } from '../contract.js'
import { ProviderError } from '../error.js'
import type { Answer } from './exchange.js'
import { retryAfterSeconds } from './exchange.js'
import { fillJson, fillText, fillUrl } from './placeholder.js'
import { at } from './pointer.js'
import { demand, excerpt, failureOf, isGood, placeholdersFor, type RequestShape, send, shapeOf } from './requests.js'
import { resourceProperties } from './resource-properties.js'

type Wanted = PropertiesOf<typeof resourceProperties>

/** What is known of a thing under way; the handle of a pending operation holds it. */
interface Trail {
  readonly id?: string | undefined
  readonly location?: string | undefined
  /** The far side has accepted the deletion. */
  readonly deleting?: boolean
}

export const HttpResource = defineType({
  name: 'Isotherm::Http::Resource',
  description:
    'A thing behind a REST endpoint. By default POST {url} creates it, GET, PUT and DELETE {url}/{id} read, update and ' +
    'delete it. Requests may hold the placeholders {url}, {id}, {token}, {project}, {stack}, {name}, {location} (the ' +
    'Location of the answer to a create or update) and {body} or {body.some.key}. {token} is the same for every attempt ' +
    'at one thing and no other. 408, 425, 5xx and network trouble are tried again, 429 slowly, 409 and 423 as conflicts; ' +
    '404 and 410 mean gone; any other status fails. Retry-After is kept.',
  properties: resourceProperties,
  attributes: {
    id: { type: 'string', description: 'What the far side calls the thing.' },
    url: { type: 'string', description: 'Where the thing is read.' },
  },
  // The template names further attributes in `attributes`.
  anyAttributes: true,
  operationTimeoutSeconds: 86_400,
  replaces: (before, wanted) =>
    (wanted.replace_on ?? []).some((pointer) => {
      const [was, is] = [before, wanted].map(({ body = null }) => at(body, String(pointer)) ?? null)
      return !equalJson(was ?? null, is ?? null)
    }),
  async create(call, wanted) {
    const shape = createShape(wanted)
    const answer = await demand(call, wanted, shape, placeholdersFor(call, wanted))
    return conclude(call, wanted, answer, { location: locationOf(wanted, answer) })
  },
  find: (call, wanted) => (wanted.find ? lookUp(call, wanted, wanted.find) : createAgain(call, wanted)),
  async read(call, { physicalId, properties: wanted }) {
    const answer = await readThing(call, wanted, physicalId)
    if (!answer) return null
    const properties = wanted.body === undefined ? {} : { body: mirrored(wanted.body, thingIn(wanted, answer)) }
    return { properties, attributes: attributesFrom(call, wanted, answer, physicalId) }
  },
  async update(call, { physicalId: id }, wanted) {
    const shape = shapeOf(wanted.update, { method: 'PUT', body: '{body}' })
    const answer = await demand(call, wanted, shape, placeholdersFor(call, wanted, { id }))
    return conclude(call, wanted, answer, { id, location: locationOf(wanted, answer) })
  },
  delete: (call, { physicalId: id, properties: wanted }) => remove(call, wanted, { id }),
  async poll(call, { action, handle, physicalId, properties: wanted }) {
    const trail = trailFrom(handle, physicalId)
    if (action !== 'delete') return pollReady(call, wanted, trail)
    return trail.deleting ? pollGone(call, wanted, trail) : deleteUnwanted(call, wanted, trail)
  },
})

function createShape(wanted: Wanted): RequestShape {
  const header = wanted.idempotency_header
  const headers: JsonObject = header === '' ? {} : { [header]: '{token}' }
  return shapeOf(wanted.create, { method: 'POST', url: '{url}', body: '{body}', headers })
}

function goneIsNull(error: unknown): null {
  if (error instanceof ProviderError && error.errorClass === 'notFound') return null
  throw error
}

/** What an answer to a create, an update or a question about them means: done or not yet. */
async function conclude(call: CallContext, wanted: Wanted, answer: Answer, trail: Trail): Promise<Made | Pending> {
  const id = trail.id ?? idIn(call, wanted, answer, wanted.id)
  const state = stateOf(wanted, answer)
  // A thing that the far side gave up has an id too: it is recorded first, so that the thing is deleted, and fails then.
  if (state !== 'ready') return pendingWith(wanted, answer, { ...trail, id }, state === 'failed' ? 0 : undefined)
  const known = id ?? idIn(call, wanted, answer, String(wanted.ready?.id ?? wanted.id))
  if (known === undefined) throw new ProviderError('invalid', `properties.id: the answer has nothing at ${wanted.id}`)
  return { physicalId: known, attributes: await attributesAfter(call, wanted, answer, known) }
}

function stateOf({ ready }: Wanted, { status, json }: Answer): 'ready' | 'pending' | 'failed' {
  if (!ready) return 'ready'
  const value = at(json, String(ready.pointer)) ?? null
  if (Array.isArray(ready.fails) && ready.fails.some((failed) => equalJson(failed, value))) return 'failed'
  return status !== 202 && equalJson(ready.equals ?? null, value) ? 'ready' : 'pending'
}

const INTERVAL_SECONDS = 2

function pendingWith({ ready }: Wanted, answer: Answer, trail: Trail, seconds?: number): Pending {
  const interval = typeof ready?.interval_seconds === 'number' ? ready.interval_seconds : INTERVAL_SECONDS
  return pendingAfter(trail, seconds ?? Math.max(interval, retryAfterSeconds(answer) ?? 0))
}

function pendingAfter({ id, location, deleting = false }: Trail, pollAfterSeconds: number): Pending {
  const pending = { handle: { id: id ?? null, location: location ?? null, deleting }, pollAfterSeconds }
  return id === undefined ? { pending } : { pending, physicalId: id }
}

function trailFrom(handle: Json, physicalId: string | undefined): Trail {
  const { id, location, deleting } = isJsonObject(handle) ? handle : {}
  return {
    id: physicalId ?? (typeof id === 'string' ? id : undefined),
    location: typeof location === 'string' ? location : undefined,
    deleting: deleting === true,
  }
}

async function askReady(call: CallContext, wanted: Wanted, trail: Trail): Promise<Answer> {
  const shape = shapeOf(wanted.ready, shapeOf(wanted.read, {}))
  return demand(call, wanted, shape, placeholdersFor(call, wanted, trail)).catch((error: unknown) => {
    // Some endpoints show a thing only a while after they have accepted it.
    goneIsNull(error)
    throw new ProviderError('retry', `not to be seen yet: ${error instanceof Error ? error.message : ''}`)
  })
}

async function pollReady(call: CallContext, wanted: Wanted, trail: Trail): Promise<Made | Pending> {
  const answer = await askReady(call, wanted, trail)
  if (stateOf(wanted, answer) === 'failed') {
    throw new ProviderError('fatal', `the far side gave up: ${excerpt(wanted, answer)}`)
  }
  return conclude(call, wanted, answer, trail)
}

async function remove(call: CallContext, wanted: Wanted, { id }: Trail): Promise<Pending | undefined> {
  const shape = shapeOf(wanted.delete, { method: 'DELETE' })
  const answer = await demand(call, wanted, shape, placeholdersFor(call, wanted, { id })).catch(goneIsNull)
  return answer?.status === 202 ? pendingWith(wanted, answer, { id, deleting: true }) : undefined
}

/** An interrupted create turned up while it was still being made, and nobody wants it: once it has an id it is deleted. */
async function deleteUnwanted(call: CallContext, wanted: Wanted, trail: Trail): Promise<Pending | undefined> {
  if (trail.id !== undefined) return remove(call, wanted, trail)
  const answer = await askReady(call, wanted, trail)
  const state = stateOf(wanted, answer)
  if (state === 'pending') return pendingWith(wanted, answer, trail)
  const id = idIn(call, wanted, answer, String(wanted.ready?.id ?? wanted.id))
  return id === undefined ? undefined : remove(call, wanted, { id })
}

async function pollGone(call: CallContext, wanted: Wanted, trail: Trail): Promise<Pending | undefined> {
  const shape = shapeOf(wanted.read, {})
  const answer = await demand(call, wanted, shape, placeholdersFor(call, wanted, trail)).catch(goneIsNull)
  return answer ? pendingWith(wanted, answer, trail) : undefined
}

/** The address in `Location`, unless it leads to another host: the secret headers would go there. */
function locationOf(wanted: Wanted, { headers }: Answer): string | undefined {
  const location = headers.get('location')
  if (!location || !URL.canParse(location, wanted.url)) return undefined
  const address = new URL(location, wanted.url)
  return address.origin === new URL(wanted.url).origin ? address.href : undefined
}

/** The id of the thing according to `place`: a pointer into the answer, `location`, or a text with placeholders. */
function idIn(call: CallContext, wanted: Wanted, answer: Answer, place: string): string | undefined {
  if (place === 'location') {
    const path = new URL(locationOf(wanted, answer) ?? wanted.url).pathname
    return answer.headers.has('location') ? decodeURIComponent(path.split('/').at(-1) ?? '') || undefined : undefined
  }
  if (!place.startsWith('/')) return fillText(place, placeholdersFor(call, wanted)) || undefined
  return textAt(answer.json, place)
}

function textAt(value: Json, pointer: string): string | undefined {
  const found = at(value, pointer)
  return typeof found === 'number' || (typeof found === 'string' && found !== '') ? String(found) : undefined
}

async function lookUp(call: CallContext, wanted: Wanted, find: JsonObject): Promise<Made | Pending | null> {
  const values = placeholdersFor(call, wanted)
  const answer = await demand(call, wanted, shapeOf(find, { url: '{url}?token={token}' }), values).catch(goneIsNull)
  if (!answer) return null
  const items = at(answer.json, String(find.items ?? '')) ?? null
  const where = isJsonObject(find.where) ? fillJson(find.where, values) : {}
  const candidates = (Array.isArray(items) ? items : [items]).filter((item) => matches(item, where))
  if (candidates.length > 1) throw new ProviderError('invalid', 'properties.find: the token finds more than one thing')
  const id = textAt(candidates[0] ?? null, String(find.id ?? wanted.id))
  if (id === undefined) return null
  return wanted.ready ? pendingAfter({ id }, 0) : { physicalId: id, ...(await attributesOf(call, wanted, id)) }
}

const matches = (item: Json, where: Json): boolean =>
  isJsonObject(where) && Object.entries(where).every(([pointer, value]) => equalJson(at(item, pointer) ?? null, value))

async function attributesOf(call: CallContext, wanted: Wanted, id: string): Promise<Pick<Made, 'attributes'>> {
  const answer = await readThing(call, wanted, id)
  return answer ? { attributes: attributesFrom(call, wanted, answer, id) } : {}
}

/** Statuses that say that nothing was made, now or before. (401 and 403 only say that this cannot be told.) */
const REFUSALS = new Set([400, 404, 405, 410, 413, 415, 422])

/** Without a way to look things up, the far side recognises the repeated request, or the address in it, by the token. */
async function createAgain(call: CallContext, wanted: Wanted): Promise<Made | Pending | null> {
  const shape = createShape(wanted)
  const values = placeholdersFor(call, wanted)
  const answer = await send(call, wanted, shape, values)
  if (REFUSALS.has(answer.status)) return null
  if (!isGood(answer)) throw failureOf(wanted, shape, values, answer)
  return conclude(call, wanted, answer, { location: locationOf(wanted, answer) })
}

async function readThing(call: CallContext, wanted: Wanted, id: string): Promise<Answer | null> {
  const shape = shapeOf(wanted.read, {})
  const values = placeholdersFor(call, wanted, { id })
  return demand(call, wanted, shape, values).catch(goneIsNull)
}

const thingIn = (wanted: Wanted, answer: Answer): Json => at(answer.json, wanted.thing_at) ?? null

/** The attributes from this answer, or from a read when the answer does not tell them all. */
async function attributesAfter(call: CallContext, wanted: Wanted, answer: Answer, id: string): Promise<JsonObject> {
  const pointers = Object.values(wanted.attributes ?? {})
  const isTold = pointers.every((pointer) => at(answer.json, String(pointer)) !== undefined)
  const telling = isTold ? answer : await readThing(call, wanted, id)
  return attributesFrom(call, wanted, telling ?? answer, id)
}

function attributesFrom(call: CallContext, wanted: Wanted, answer: Answer, id: string): JsonObject {
  const url = fillUrl(shapeOf(wanted.read, {}).url, placeholdersFor(call, wanted, { id }))
  const named = Object.entries(wanted.attributes ?? {}).map(([name, pointer]): [string, Json] => [
    name,
    at(answer.json, String(pointer)) ?? null,
  ])
  return { id, url: URL.canParse(url, wanted.url) ? new URL(url, wanted.url).href : url, ...Object.fromEntries(named) }
}

/** The wanted body with the live values in it. What the far side adds is its own affair; what it does not show is trusted. */
function mirrored(wanted: Json, live: Json): Json {
  if (!isJsonObject(wanted) || !isJsonObject(live)) return live ?? wanted
  const fields = Object.entries(wanted).map(([key, field]): [string, Json] => {
    const seen = Object.hasOwn(live, key) ? (live[key] ?? null) : undefined
    return [key, seen === undefined ? field : isJsonObject(field) && isJsonObject(seen) ? mirrored(field, seen) : seen]
  })
  return Object.fromEntries(fields)
}
