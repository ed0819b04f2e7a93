// From the properties of an Isotherm::Http::Resource to the requests it sends: defaults, placeholders, secrets, and what
// an answer that was not wanted means.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { CallContext } from '../contract.js'
import { type ErrorClass, ProviderError } from '../error.js'
import { blot } from '../secrets.js'
import { type Answer, classOfStatus, exchange, nameOf, type Request, retryAfterSeconds } from './exchange.js'
import { fillJson, fillText, fillUrl, type Placeholders } from './placeholder.js'

/** The properties that every request depends on. */
export interface Mapping {
  readonly url: string
  readonly body?: Json
  readonly secret_body?: JsonObject
  readonly headers?: JsonObject
  readonly secret_headers?: JsonObject
  readonly timeout_seconds: number
  readonly error_classes?: JsonObject
}

/** One request as the template describes it. */
export interface RequestShape {
  readonly method: string
  readonly url: string
  readonly headers: JsonObject
  readonly body: Json | undefined
}

/** The template's description over the default. */
export function shapeOf(own: JsonObject | undefined, byDefault: Partial<RequestShape>): RequestShape {
  const { method, url, headers, body } = own ?? {}
  return {
    method: typeof method === 'string' ? method : (byDefault.method ?? 'GET'),
    url: typeof url === 'string' ? url : (byDefault.url ?? '{url}/{id}'),
    headers: { ...byDefault.headers, ...(isJsonObject(headers) ? headers : {}) },
    body: body === undefined ? byDefault.body : body,
  }
}

export function placeholdersFor(
  call: CallContext,
  wanted: Mapping,
  known: { id?: string | undefined; location?: string | undefined } = {},
): Placeholders {
  const { token, project, stack, name } = call
  // `{url}/{id}` should not depend on whether the address ends with a slash.
  const url = wanted.url.replace(/\/+$/, '')
  return { url, token, project, stack, name, ...known, body: wholeBody(wanted) }
}

/** Secrets are merged into the body only here, on its way out. */
function wholeBody({ body = null, secret_body }: Mapping): Json {
  if (!secret_body) return body
  return merge(isJsonObject(body) ? body : {}, secret_body)
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base))
  for (const [key, field] of Object.entries(over)) {
    const under = merged.get(key)
    merged.set(key, isJsonObject(under) && isJsonObject(field) ? merge(under, field) : field)
  }
  return Object.fromEntries(merged)
}

/** Sends the request and returns its answer, whatever the status. */
export async function send(
  call: CallContext,
  wanted: Mapping,
  shape: RequestShape,
  values: Placeholders,
): Promise<Answer> {
  try {
    return await exchange(requestFor(wanted, shape, values), call)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    throw new ProviderError(error.errorClass, discreet(wanted, error.message), error.retryAfterSeconds)
  }
}

/** An address may have been filled in from the secret part of the body, and an answer may repeat what was sent. */
const discreet = (wanted: Mapping, text: string): string => blot(text, wanted.secret_headers, wanted.secret_body)

function requestFor(wanted: Mapping, shape: RequestShape, values: Placeholders): Request {
  const headers: [string, string][] = []
  for (const source of [wanted.headers, shape.headers]) {
    for (const [name, text] of Object.entries(source ?? {})) headers.push([name, fillText(String(text), values)])
  }
  for (const [name, text] of Object.entries(wanted.secret_headers ?? {})) headers.push([name, String(text)])
  const url = fillUrl(shape.url, values)
  return {
    method: shape.method,
    // A description may give only the path.
    url: URL.canParse(url, values.url) ? new URL(url, values.url).href : url,
    headers: Object.fromEntries(headers),
    body: shape.body === undefined || shape.body === null ? undefined : fillJson(shape.body, values),
    timeoutSeconds: wanted.timeout_seconds,
  }
}

/** Sends the request; an answer outside of 2xx is thrown. */
export async function demand(
  call: CallContext,
  wanted: Mapping,
  shape: RequestShape,
  values: Placeholders,
): Promise<Answer> {
  const answer = await send(call, wanted, shape, values)
  if (isGood(answer)) return answer
  throw failureOf(wanted, shape, values, answer)
}

export const isGood = ({ status }: Answer): boolean => status >= 200 && status < 300

const EXCERPT_LENGTH = 300

/** The beginning of an answer, as a message may show it. */
export const excerpt = (wanted: Mapping, { text }: Answer): string =>
  discreet(wanted, text).replace(/\s+/g, ' ').trim().slice(0, EXCERPT_LENGTH)

/** The error that an answer outside of 2xx means. */
export function failureOf(wanted: Mapping, shape: RequestShape, values: Placeholders, answer: Answer): ProviderError {
  const request = discreet(wanted, nameOf(requestFor(wanted, shape, values)))
  const said = excerpt(wanted, answer)
  const message = `${request} answered ${answer.status}${said ? `: ${said}` : ''}`
  return new ProviderError(classFor(wanted, answer.status), message, retryAfterSeconds(answer))
}

function classFor({ error_classes = {} }: Pick<Mapping, 'error_classes'>, status: number): ErrorClass {
  const own = error_classes[String(status)] ?? error_classes[`${Math.floor(status / 100)}xx`]
  return typeof own === 'string' ? (own as ErrorClass) : classOfStatus(status)
}
