// Isotherm::Http::Check: done when an endpoint answers as wanted. Between two tries the operation is pending, so that a
// server which takes its time holds no slot.
import { equalJson, isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import {
  type CallContext,
  defineType,
  type Made,
  type Pending,
  type PropertiesOf,
  type PropertySchemas,
} from '../contract.js'
import { ProviderError } from '../error.js'
import { nothingOutside, physicalName } from '../physical-name.js'
import { blot } from '../secrets.js'
import { type Answer, exchange, NoAnswer, nameOf, type Request } from './exchange.js'
import { at, POINTER_PATTERN } from './pointer.js'

const texts = { additionalProperties: { type: 'string' } } as const

const properties = {
  url: {
    type: 'string',
    required: true,
    onChange: 'update',
    schema: { pattern: '^https?://' },
    description: 'What to ask.',
  },
  method: {
    type: 'string',
    default: 'GET',
    onChange: 'update',
    schema: { pattern: '^[A-Z]+$' },
    description: 'How to ask.',
  },
  headers: { type: 'map', onChange: 'update', schema: texts, description: 'Sent with the request.' },
  secret_headers: {
    type: 'map',
    secret: true,
    onChange: 'update',
    schema: texts,
    description: 'Sent with the request and never shown. With them redirects are not followed.',
  },
  body: { type: 'any', onChange: 'update', description: 'Sent with the request, as JSON unless it is a text.' },
  status: {
    type: 'list',
    default: ['2xx'],
    onChange: 'update',
    schema: { minItems: 1, items: { type: 'string', pattern: '^[1-5](xx|\\d\\d)$' } },
    description:
      'Statuses that are right, for example [200, 204] or [2xx]. Redirects are followed unless 3xx is named here.',
  },
  contains: { type: 'string', onChange: 'update', description: 'A text that the answer contains.' },
  matches: {
    type: 'string',
    onChange: 'update',
    description: 'A regular expression (JavaScript) that the answer matches.',
  },
  json: {
    type: 'map',
    onChange: 'update',
    schema: { propertyNames: { pattern: POINTER_PATTERN } },
    description: 'Values in the answer by JSON pointer, for example { /status: ok }.',
  },
  answer_headers: {
    type: 'map',
    onChange: 'update',
    schema: texts,
    description: 'Texts that headers of the answer contain, for example { content-type: text/html }.',
  },
  timeout_seconds: {
    type: 'number',
    default: 60,
    onChange: 'update',
    schema: { minimum: 0, maximum: 43_200 },
    description: 'Seconds until the check fails; 0 tries once.',
  },
  interval_seconds: {
    type: 'number',
    default: 1,
    onChange: 'update',
    schema: { minimum: 0.1, maximum: 3600 },
    description: 'Seconds between two tries.',
  },
  request_timeout_seconds: {
    type: 'number',
    default: 10,
    onChange: 'update',
    schema: { exclusiveMinimum: 0, maximum: 600 },
    description: 'Seconds that one try may take.',
  },
  triggers: {
    type: 'map',
    onChange: 'update',
    description: 'Anything; when it changes, the endpoint is checked again. Refer here to what the answer depends on.',
  },
} as const satisfies PropertySchemas

type Wanted = PropertiesOf<typeof properties>

export const HttpCheck = defineType({
  name: 'Isotherm::Http::Check',
  description: 'Waits until an endpoint answers as wanted. Any change of its properties makes it check again.',
  properties,
  attributes: {
    status: { type: 'integer', description: 'The status of the answer that was right.' },
    body: { type: 'string', description: 'The text of that answer, its first 64 KiB.' },
    json: { type: 'any', description: 'That answer read as JSON; null when it is none, or longer than 64 KiB.' },
  },
  recoverBy: 'token',
  operationTimeoutSeconds: 86_400,
  create: (call, wanted) => attempt(call, wanted, 0),
  find: nothingOutside,
  async read(call, { properties: wanted }) {
    const { answer } = await ask(call, wanted)
    return answer ? { properties: {}, attributes: attributesOf(answer) } : null
  },
  update: (call, _, wanted) => attempt(call, wanted, 0),
  async delete() {},
  poll: (call, { action, handle, properties: wanted }) =>
    action === 'delete' ? Promise.resolve(undefined) : attempt(call, wanted, waitedOf(handle)),
  // Between two tries there is nothing to stop.
  async cancel() {},
  validate: ({ matches }) =>
    typeof matches === 'string' && !isExpression(matches)
      ? [{ property: 'matches', message: 'is no regular expression' }]
      : [],
})

function isExpression(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

const waitedOf = (handle: Json) =>
  isJsonObject(handle) && typeof handle.waitedSeconds === 'number' ? handle.waitedSeconds : 0

/** One try: done, failed for good, or pending until the next. No clock is read: the waits between are what is counted. */
async function attempt(call: CallContext, wanted: Wanted, waitedSeconds: number): Promise<Made | Pending> {
  const { answer, objection, triedSeconds } = await ask(call, wanted)
  const physicalId = physicalName(call)
  if (answer) return { physicalId, attributes: attributesOf(answer) }
  const waited = waitedSeconds + triedSeconds
  if (waited >= wanted.timeout_seconds) {
    const message = `${nameOf(wanted)} did not answer as wanted within ${wanted.timeout_seconds} s: ${objection}`
    throw new ProviderError('fatal', blot(message, wanted.secret_headers))
  }
  const pollAfterSeconds = Math.min(wanted.interval_seconds, wanted.timeout_seconds - waited)
  return { physicalId, pending: { handle: { waitedSeconds: waited + pollAfterSeconds }, pollAfterSeconds } }
}

interface Try {
  /** The answer, when it is as wanted. */
  readonly answer?: Answer
  readonly objection: string
  /** What a try that got no answer in time has cost. */
  readonly triedSeconds: number
}

async function ask(call: CallContext, wanted: Wanted): Promise<Try> {
  try {
    const answer = await exchange(requestFor(wanted), call)
    const objection = objectionTo(wanted, answer)
    return objection ? { objection, triedSeconds: 0 } : { answer, objection: '', triedSeconds: 0 }
  } catch (error) {
    if (!(error instanceof ProviderError) || error.errorClass === 'invalid') throw error
    const triedSeconds = error instanceof NoAnswer ? wanted.request_timeout_seconds : 0
    return { objection: error.message, triedSeconds }
  }
}

function requestFor(wanted: Wanted): Request {
  const headers = { ...wanted.headers, ...wanted.secret_headers }
  return {
    method: wanted.method,
    url: wanted.url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
    body: wanted.body,
    timeoutSeconds: wanted.request_timeout_seconds,
    followRedirects: !wanted.secret_headers && !wanted.status.some((status) => String(status).startsWith('3')),
  }
}

/** What is not as wanted in the answer, or undefined. */
function objectionTo(wanted: Wanted, { status, text, json, headers }: Answer): string | undefined {
  const right = wanted.status.map(String)
  if (!right.includes(String(status)) && !right.includes(`${Math.floor(status / 100)}xx`)) {
    return `it answered ${status}, not ${right.join(' or ')}`
  }
  if (wanted.contains !== undefined && !text.includes(wanted.contains)) return 'the answer does not contain the text'
  if (wanted.matches !== undefined && !new RegExp(wanted.matches).test(text)) return 'the answer does not match'
  const wrong = Object.entries(wanted.json ?? {}).find(
    ([pointer, value]) => !equalJson(at(json, pointer) ?? null, value),
  )
  if (wrong) return `the answer has another value at ${wrong[0] || 'its root'}`
  const header = Object.entries(wanted.answer_headers ?? {}).find(
    ([name, part]) => !headers.get(name)?.includes(String(part)),
  )
  return header ? `the header ${header[0]} of the answer is not as wanted` : undefined
}

const KEPT_LENGTH = 64 * 1024

function attributesOf({ status, text, json }: Answer): JsonObject {
  return { status, body: text.slice(0, KEPT_LENGTH), json: text.length > KEPT_LENGTH ? null : json }
}
