// Isotherm::Http::Resource against a real server that fails, loses answers and takes its time.
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/json.js'
import { isPending, type Made, type Operation, type Pending } from '../contract.js'
import { ProviderError } from '../error.js'
import { checkProperties, completeProperties, needsReplacement } from '../properties.js'
import { type ProviderSubject, providerSuite } from '../suite.js'
import { Driver } from '../suite-driver.js'
import { fakeCall } from '../testing.js'
import { HttpResource } from './resource.js'
import { ThingServer } from './testing.js'

const server = await ThingServer.start()
const { url } = server
afterAll(() => server.stop())
beforeEach(() => server.clear())

const find = { url: '{url}?token={token}', items: '/items' }
const ready = { pointer: '/status', equals: 'active', fails: ['broken'], interval_seconds: 1 }
const common = {
  url,
  body: { size: 1, nested: { a: 1 } },
  secret_body: { nested: { password: 'open-sesame' } },
  secret_headers: { authorization: 'Bearer abcdefgh' },
  attributes: { address: '/address' },
}

/** Each case has a server of its own: a request that was aborted in one may arrive during the next. */
function subject(mapping: JsonObject, looks = 0, failing?: JsonObject): ProviderSubject {
  return {
    type: HttpResource,
    wanted: { ...common, ...mapping },
    changed: { body: { size: 2, nested: { a: 1 } }, secret_body: { nested: { password: 'close-sesame' } } },
    notChanged: Object.keys(HttpResource.properties),
    replaced: { url: 'http://127.0.0.1:1/others' },
    async fresh() {
      const { things, ...own } = await freshServer(looks)
      return {
        wanted: { ...common, ...mapping, url: own.url },
        ...(failing && { failing: { ...common, ...failing, url: own.url } }),
        exists: async (id) => things.has(id),
        count: async () => things.size,
        vanish: async (id) => void things.delete(id),
        dispose: own.stop,
      }
    },
  }
}

async function freshServer(looks: number) {
  const own = await ThingServer.start()
  own.looks = looks
  return { url: own.url, things: own.things, stop: () => own.stop() }
}

const subjects: { readonly [what: string]: ProviderSubject } = {
  'with a way to find': subject({ find }),
  'with things that take their time': subject({ find, ready }, 3),
  'with a part that cannot be changed': subject({ find, replace_on: ['/zone'] }),
  'with an endpoint that shows secrets in its errors': subject({ find }, 0, {
    create: { url: '{url}/open-sesame', method: 'PUT' },
  }),
}
for (const [what, one] of Object.entries(subjects)) {
  describe(`Isotherm::Http::Resource ${what}`, () => {
    for (const { name, run } of providerSuite(one)) it(name, run)
  })
}

const create = (wanted: JsonObject) => new Driver(HttpResource, {}).create({ url, ...wanted })
const failureOf = async (wanted: JsonObject): Promise<ProviderError> =>
  create(wanted).then(
    () => expect.fail('it should fail'),
    (error: unknown) => (error instanceof ProviderError ? error : expect.fail(String(error))),
  )

describe('a create', () => {
  it('whose answer was lost makes no second thing when it is repeated', async () => {
    const driver = new Driver(HttpResource, {})
    server.answersLost = 1
    await expect(driver.create({ url })).rejects.toMatchObject({ errorClass: 'retry' })
    await driver.create({ url }, { attempt: 2 })
    expect(server.things.size).toBe(1)
  })

  it('whose answer was lost is found again, by a lookup or by repeating it', async () => {
    for (const wanted of [{ url, find }, { url }]) {
      server.clear()
      const driver = new Driver(HttpResource, {})
      server.answersLost = 1
      await driver.create(wanted).catch(() => undefined)
      expect(await driver.find(wanted, { attempt: 2 })).toMatchObject({ physicalId: '1' })
      expect(server.things.size).toBe(1)
    }
  })

  it('that the far side refuses has made nothing to be found', async () => {
    server.replies.push({ status: 422 })
    expect(await new Driver(HttpResource, {}).find({ url })).toBeNull()
  })

  it('sends body, secrets, headers and placeholders', async () => {
    await create({
      ...common,
      headers: { 'x-stack': '{stack}/{name}' },
      create: { body: { whole: '{body}', size: '{body.size}', text: '{body.size} of {unknown}' } },
    })
    expect(server.things.get('1')?.body).toEqual({
      whole: { size: 1, nested: { a: 1, password: 'open-sesame' } },
      size: 1,
      text: '1 of {unknown}',
    })
    expect(server.heads[0]).toMatchObject({ 'x-stack': 'stack/thing', authorization: 'Bearer abcdefgh' })
  })

  it('takes the id from a pointer, the Location or the token', async () => {
    expect((await create({ id: 'location' })).physicalId).toBe('1')
    const byToken = { id: '{token}', create: { method: 'PUT', url: '{url}/{token}' } }
    server.replies.push({ status: 201, body: {} })
    const driver = new Driver(HttpResource, {})
    expect((await driver.create({ url, ...byToken })).physicalId).toBe(driver.token)
  })

  it('reads the attributes that its answer does not tell', async () => {
    server.replies.push({ status: 201, body: { id: 1 } }, { status: 200, body: { id: 1, late: { x: 'y' } } })
    const { attributes } = await create({ attributes: { late: '/late/x' } })
    expect(attributes).toEqual({ id: '1', url: `${url}/1`, late: 'y' })
  })

  it('fails when the far side gives the thing up, and the thing can be deleted', async () => {
    server.outcome = 'broken'
    const call = fakeCall()
    const answer = await HttpResource.create(call, completeProperties(HttpResource, { url, ready }))
    expect(answer).toMatchObject({ physicalId: '1', pending: { pollAfterSeconds: 0 } })
    await expect(create({ ready })).rejects.toMatchObject({ errorClass: 'fatal' })
  })

  it('follows an operation at an address of its own', async () => {
    const location = `${url}/../operations/7`
    server.replies.push(
      { status: 202, headers: { location } },
      { status: 200, headers: { 'retry-after': '9' }, body: { state: 'running' } },
      { status: 200, body: { state: 'done', thing: { id: 5 } } },
    )
    const waits: number[] = []
    const world = { ...fakeCall().world, sleep: async (seconds: number) => void waits.push(seconds) }
    const operation = { url: '{location}', pointer: '/state', equals: 'done', id: '/thing/id' }
    const thing = await new Driver(HttpResource, { world }).create({ url, ready: operation })
    expect(thing.physicalId).toBe('5')
    expect(server.requests).toEqual(['POST /things', 'GET /operations/7', 'GET /operations/7'])
    expect(waits).toEqual([2, 9])
  })
})

it('an unwanted create that is still under way is deleted once it has an id', async () => {
  server.looks = 2
  const call = fakeCall()
  const properties = completeProperties(HttpResource, { url, find, ready })
  await HttpResource.create(call, properties)
  const found = await HttpResource.find?.(call, properties)
  if (!found || !isPending(found)) return expect.fail('it is pending')
  let answer: Partial<Made> | Pending | undefined = found
  while (isPending(answer)) {
    const { handle } = answer.pending
    const operation: Operation = { action: 'delete', handle, physicalId: '1', properties, privateData: null }
    answer = await HttpResource.poll?.(call, operation)
  }
  expect(server.things.size).toBe(0)
})

it('read shows the drift of what is wanted and of nothing else', async () => {
  const driver = new Driver(HttpResource, {})
  const thing = await driver.create({ ...common, find })
  Object.assign(server.things.get('1') ?? {}, { body: { size: 9, nested: { a: 1, b: 2 }, more: true } })
  expect((await driver.read(thing))?.properties).toEqual({ body: { size: 9, nested: { a: 1 } } })
})

it('a change under replace_on takes a new thing', () => {
  const change = (before: JsonObject, wanted: JsonObject, replace_on: string[]) =>
    needsReplacement(HttpResource, { url, body: before }, { url, body: wanted, replace_on })
  expect(change({ zone: 'a', size: 1 }, { zone: 'a', size: 2 }, ['/zone'])).toBe(false)
  expect(change({ zone: 'a' }, { zone: 'b' }, ['/zone'])).toBe(true)
  expect(change({ size: 1 }, { size: 2 }, [''])).toBe(true)
})

describe('an error', () => {
  const classes = { 408: 'retry', 425: 'retry', 429: 'throttled', 500: 'retry', 503: 'retry', 404: 'notFound' }
  const more = { 409: 'conflict', 423: 'conflict', 400: 'invalid', 401: 'invalid', 422: 'invalid', 302: 'invalid' }
  for (const [status, errorClass] of Object.entries({ ...classes, ...more })) {
    it(`of status ${status} is of class ${errorClass}`, async () => {
      server.replies.push({ status: Number(status) })
      expect((await failureOf({})).errorClass).toBe(errorClass)
    })
  }

  it('can be given another class', async () => {
    server.replies.push({ status: 422 }, { status: 503 })
    const error_classes = { '422': 'retry', '5xx': 'fatal' }
    expect((await failureOf({ error_classes })).errorClass).toBe('retry')
    expect((await failureOf({ error_classes })).errorClass).toBe('fatal')
  })

  it('keeps Retry-After, in seconds or as a date beside the Date of the answer', async () => {
    const date = 'Thu, 01 Jan 2026 00:00:00 GMT'
    const later = 'Thu, 01 Jan 2026 00:01:30 GMT'
    server.replies.push({ status: 429, headers: { 'retry-after': '7' } })
    server.replies.push({ status: 503, headers: { 'retry-after': later, date } })
    expect((await failureOf({})).retryAfterSeconds).toBe(7)
    expect((await failureOf({})).retryAfterSeconds).toBe(90)
  })

  it('shows what the far side says, but no secret', async () => {
    const text = `no: abcdefgh ${'x'.repeat(280)} open-sesame`
    server.replies.push({ status: 422, body: text })
    const { message } = await failureOf({ ...common, create: { url: '{url}/{body.nested.password}?key={token}' } })
    expect(message).toContain(`POST ${url}/****** answered 422: no: ****** xxx`)
    expect(message).not.toMatch(/sesame|abcdefgh|key=/)
  })

  it('of a refused connection passes', async () => {
    expect(await failureOf({ url: 'http://127.0.0.1:1/' })).toMatchObject({ errorClass: 'retry' })
  })

  it('of an endless answer or a header that cannot be sent does not', async () => {
    server.replies.push({ status: 200, body: 'x'.repeat(2_000_000) })
    expect((await failureOf({})).message).toContain('more than 1048576 bytes')
    const { message, errorClass } = await failureOf({ secret_headers: { 'x-key': 'line\nbreak-secret' } })
    expect(errorClass).toBe('invalid')
    expect(message).toBe('header "x-key": its name or value cannot be sent')
  })
})

it('a mapping is checked at plan time', () => {
  const problems = checkProperties(HttpResource, {
    url: 'ftp://example.com',
    ready: { pointer: 'status', equalz: 1 },
    error_classes: { '422': 'again' },
    read: { methd: 'GET' },
  })
  expect(problems.map(({ path }) => path).sort()).toEqual([
    'properties.error_classes.422',
    'properties.read.methd',
    'properties.ready',
    'properties.ready.equalz',
    'properties.ready.pointer',
    'properties.url',
  ])
})
