// Requests that nobody should send, made at random for every route: wrong types, broken text, odd methods, headers and ids. They
// are written to the socket as they are, for a well-behaved client could not send most of them.
import { connect } from 'node:net'
import fc from 'fast-check'
import type { JsonObject } from '../../src/lib/json.js'
import type { Route } from '../../src/server/route.js'

export interface RawRequest {
  readonly operation: string
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer | undefined
}

export interface RawAnswer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

/** What really exists, so that some requests get further than the door. */
export interface Known {
  readonly tenant: string
  readonly stack: string
  readonly id: string
  readonly resource: string
  readonly token: string
}

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'BREW',
  'G\u00c4T',
  '',
]
const SEGMENTS = [
  '%',
  '%zz',
  '%00',
  'a%00b',
  '%ff%fe',
  '%ED%A0%80',
  '..',
  '%2e%2e%2f%2e%2e',
  '%2F',
  '.',
  '',
  "'%20or%201=1--",
  '__proto__',
  'constructor',
  'id:',
  'id:nobody',
  'id:00000000-0000-0000-0000-000000000000',
  '00000000-0000-0000-0000-000000000000',
  '99999999999999999999',
  '-1',
  'NaN',
  'x'.repeat(300),
  'x'.repeat(6_000),
  '%F0%9F%A6%80',
  'arn:openstack:heat::t:stacks/%25/%25',
]
const VALUES = [
  '',
  'null',
  '-1',
  '1e9',
  '99999999999',
  '0x10',
  'true',
  '\u0000',
  '%00',
  '[]',
  '{}',
  'a,b,,c',
  '\ud83e\udd80',
  '(a+)+$',
  '1-1',
  '0-0',
  '9'.repeat(40),
]
const HEADERS: readonly (readonly [string, string])[] = [
  ['idempotency-key', 'the same for all'],
  ['idempotency-key', 'k'.repeat(300)],
  ['idempotency-key', ''],
  ['idempotency-key', 'ключ'],
  ['if-match', 'nonsense'],
  ['if-match', '"99999999999999"'],
  ['last-event-id', '-'],
  ['last-event-id', `${'9'.repeat(30)}-1`],
  ['content-type', 'text/plain; charset=utf-16'],
  ['content-type', ''],
  ['content-type', 'multipart/form-data'],
  ['content-encoding', 'gzip'],
  ['accept', 'application/problem+json'],
  ['accept', '\u00e9'],
  ['authorization', 'Basic %%%'],
  ['authorization', 'Basic OjpAOg=='],
  ['x-auth-token', 'x'.repeat(5_000)],
  ['x-auth-token', '\u00ff'],
  ['x-subject-token', '__proto__'],
  ['expect', 'a miracle'],
  ['range', 'bytes=5-1'],
  ['transfer-encoding', 'chunked'],
  ['content-length', '-5'],
  ['content-length', '5, 6'],
  ['host', ''],
  ['host', 'a b'],
  ['upgrade', 'websocket'],
  ['idempotency-key', '\t'],
  ['bad header', 'x'],
  ['x-long', 'y'.repeat(20_000)],
]

/** Mostly with a token that is good, for behind the door there is more to break. */
export function malformedRequests(routes: readonly Route[], known: Known): fc.Arbitrary<RawRequest> {
  return fc.constantFrom(...routes).chain((route) =>
    fc
      .record({
        method: fc.oneof({ weight: 8, arbitrary: fc.constant(route.method as string) }, fc.constantFrom(...METHODS)),
        path: pathOf(route, known),
        query: queryOf(route),
        headers: fc.array(fc.constantFrom(...HEADERS), { maxLength: 2 }),
        withToken: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
        body: bodyOf(route),
      })
      .map(({ method, path, query, headers, withToken, body }) => ({
        operation: route.operation,
        method,
        target: `${path}${query}`,
        headers: [...(withToken ? [['x-auth-token', known.token] as const] : []), ...headers],
        body,
      })),
  )
}

function pathOf({ path }: Route, known: Known): fc.Arbitrary<string> {
  const right: { readonly [name: string]: string } = { ...known }
  const parts = path.split('/').map((part) => {
    if (!part.startsWith(':'))
      return fc.oneof({ weight: 60, arbitrary: fc.constant(part) }, fc.constantFrom(...SEGMENTS))
    const known = right[part.slice(1)]
    const odd = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...SEGMENTS) },
      fc.string({ unit: 'binary' }).map(encoded),
    )
    return known === undefined ? odd : fc.oneof({ weight: 5, arbitrary: fc.constant(known) }, odd)
  })
  return fc.tuple(...parts).map((found) => found.join('/'))
}

const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'))

function queryOf({ query = {} }: Route): fc.Arbitrary<string> {
  const name = fc.constantFrom(...Object.keys(query), 'limit', 'marker', '__proto__', '%', 'a[b]')
  const value = fc.oneof(fc.constantFrom(...VALUES).map(encoded), fc.constantFrom('%', '%ff', '%00', '+', '&&==', ';'))
  const pair = fc.tuple(name, value).map(([key, one]) => `${key}=${one}`)
  const some = fc.array(pair, { minLength: 1, maxLength: 4 }).map((pairs) => `?${pairs.join('&')}`)
  return fc.oneof({ weight: 2, arbitrary: fc.constant('') }, some)
}

function bodyOf({ method, body }: Route): fc.Arbitrary<Buffer | undefined> {
  if (method === 'GET' && !body) return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, broken)
  const shaped = body ? mutated(body) : fc.jsonValue()
  const text = fc
    .oneof({ weight: 3, arbitrary: shaped }, fc.jsonValue({ maxDepth: 3 }))
    .map((value) => JSON.stringify(value))
  return fc.oneof({ weight: 6, arbitrary: text.map((one) => Buffer.from(one)) }, broken, fc.constant(undefined))
}

const broken: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    Buffer.from('{"template": "\ufffd'),
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from('['.repeat(100_000)),
    Buffer.from(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
    Buffer.from('{"__proto__": {"x": 1}, "constructor": {"prototype": 1}}'),
    Buffer.from('{"stack_name": "a\\u0000b", "template": "\\u0000", "parameters": {"\\u0000": "\\ud800"}}'),
    Buffer.from(
      '{"stack_name": "lone", "template": {"heat_template_version": "2018-08-31", "description": "\\udc00"}}',
    ),
    Buffer.from('1e400'),
    Buffer.from(`{"template": "${'x'.repeat(600_000)}"}`),
    Buffer.alloc(5 * 1024 * 1024, 0x20),
  ),
)

/** An object with the fields that a schema names, and with values that it may not like. */
function mutated(schema: JsonObject): fc.Arbitrary<unknown> {
  const fields = Object.keys(Object(schema.properties))
  const name = fc.constantFrom(...(fields.length > 0 ? fields : ['a']), 'stack_name', 'unknown', '__proto__')
  const value = fc.oneof(
    fc.constantFrom(
      ...VALUES,
      null,
      true,
      -1,
      1.5,
      1e300,
      [],
      {},
      [[]],
      { a: null },
      '\ud800',
      'a: [',
      'new',
      'rollback',
    ),
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(...TEMPLATES),
  )
  return fc.array(fc.tuple(name, value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries))
}

const TEMPLATES: readonly unknown[] = [
  'heat_template_version: 2018-08-31',
  'heat_template_version: 2018-08-31\nresources: { a: { type: OS::Heat::None } }',
  { heat_template_version: '2018-08-31', resources: { a: { type: 'OS::Heat::None', depends_on: 'a' } } },
  { heat_template_version: '2018-08-31', resources: { '\u0000': { type: 'OS::Heat::None' } } },
  {
    heat_template_version: '2018-08-31',
    resources: { a: { type: 'OS::Heat::Value', properties: { value: '\u0000' } } },
  },
  { heat_template_version: '2018-08-31', outputs: { a: { value: { get_attr: [1, [], {}] } } } },
  { resources: { a: null }, parameters: [] },
  '&a [*a]',
  'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]',
]

// ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const PATIENCE_MS = 60_000

/** The answer, or undefined when the connection was closed without one. */
export function send(url: string, { method, target, headers, body }: RawRequest): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url)
  const named = new Set(headers.map(([name]) => name))
  const lines = [
    `${method} ${target.replace(/[\r\n ]/g, '_')} HTTP/1.1`,
    ...(named.has('host') ? [] : [`host: ${hostname}`]),
    'connection: close',
    ...(body && !named.has('content-type') ? ['content-type: application/json'] : []),
    ...(body && !named.has('content-length') && !named.has('transfer-encoding')
      ? [`content-length: ${body.length}`]
      : []),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    const chunks: Buffer[] = []
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answerIn(Buffer.concat(chunks)))
    }
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no answer within ${PATIENCE_MS} ms`))
    }, PATIENCE_MS)
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      // A stream of events has no end.
      if (/^content-type: text\/event-stream/im.test(chunk.toString('latin1'))) end()
    })
    // A body that is too long is answered before it has been read.
    socket.on('error', end)
    socket.on('close', end)
    socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
    if (body) socket.write(body)
    if (named.has('transfer-encoding') || named.has('content-length')) socket.end()
  })
}

function answerIn(bytes: Buffer): RawAnswer | undefined {
  const text = bytes.toString('utf8')
  const end = text.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
  if (end < 0 || !status) return undefined
  const headers = text.slice(0, end)
  // What follows the first answer is one to what followed the request.
  const length = Number(/^content-length: (\d+)/im.exec(headers)?.[1] ?? Number.NaN)
  const body = bytes.subarray(Buffer.byteLength(headers) + 4)
  return { status, headers, body: (Number.isNaN(length) ? body : body.subarray(0, length)).toString('utf8') }
}

/** What is wrong with an answer; undefined when nothing is. */
export function faultOf({ method }: RawRequest, answer: RawAnswer | undefined): string | undefined {
  if (!answer) return undefined
  const { status, headers, body } = answer
  // What is not supported is said to be.
  if (status >= 500 && status !== 501) return `it answers ${status}`
  if (/\\n\s+at \S|node_modules|\.[jt]s:\d+/.test(body)) return 'it shows a stack trace'
  if (status < 400 || method === 'HEAD') return undefined
  const isProblem = /^content-type: application\/problem\+json/im.test(headers)
  const refusal = /^transfer-encoding: chunked/im.test(headers) ? undefined : parsed(body)
  if (!refusal) return 'its refusal is no JSON'
  const said = isProblem ? refusal.status : refusal.code
  if (said !== status) return `its body says ${JSON.stringify(said)} and not ${status}`
  const message = isProblem ? refusal.detail : Object(refusal.error).message
  return typeof message === 'string' && message !== '' ? undefined : 'it does not say why'
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: JsonObject = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
