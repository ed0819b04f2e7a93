// Isotherm::Http::Check against a real server.
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/json.js'
import { isPending } from '../contract.js'
import { checkProperties, completeProperties } from '../properties.js'
import { type ProviderSubject, providerSuite } from '../suite.js'
import { Driver } from '../suite-driver.js'
import { fakeCall } from '../testing.js'
import { HttpCheck } from './check.js'
import { ThingServer } from './testing.js'

const server = await ThingServer.start()
const { url } = server
afterAll(() => server.stop())
beforeEach(() => server.clear())

describe('Isotherm::Http::Check keeps the contract', () => {
  const secret_headers = { authorization: 'Bearer abcdefgh' }
  const subject: ProviderSubject = {
    type: HttpCheck,
    wanted: { url, secret_headers, timeout_seconds: 2 },
    changed: { triggers: { version: 2 } },
    notChanged: Object.keys(HttpCheck.properties),
    nothingOutside: true,
    async fresh() {
      const own = await ThingServer.start()
      own.replies.push({ status: 503 }, { status: 503 })
      return {
        wanted: { url: own.url, secret_headers, timeout_seconds: 2 },
        failing: { url: `${own.url}/abcdefgh`, secret_headers, timeout_seconds: 2 },
        vanish: async () => void own.replies.push({ status: 500 }),
        dispose: () => own.stop(),
      }
    },
  }
  for (const { name, run } of providerSuite(subject)) it(name, run)
})

const check = (wanted: JsonObject) => new Driver(HttpCheck, {}).create({ url, timeout_seconds: 0, ...wanted })

describe('a check', () => {
  it('tries until the answer is as wanted, pending in between', async () => {
    server.replies.push({ status: 503 }, { status: 404 }, { status: 200, body: { state: 'up' } })
    const first = await HttpCheck.create(fakeCall(), completeProperties(HttpCheck, { url, interval_seconds: 5 }))
    expect(isPending(first) && first.pending.pollAfterSeconds).toBe(5)
    const { attributes } = await check({ timeout_seconds: 60 })
    expect(attributes).toEqual({ status: 200, body: '{"state":"up"}', json: { state: 'up' } })
  })

  it('fails when time is up, and says what the last answer was', async () => {
    server.replies.push(...Array.from({ length: 4 }, () => ({ status: 503 })))
    const failing = check({ timeout_seconds: 3 })
    await expect(failing).rejects.toThrow(`GET ${url} did not answer as wanted within 3 s: it answered 503, not 2xx`)
    await expect(failing).rejects.toMatchObject({ errorClass: 'fatal' })
    expect(server.requests).toHaveLength(4)
  })

  it('waits for an endpoint that nobody listens at', async () => {
    await expect(check({ url: 'http://127.0.0.1:1/' })).rejects.toThrow('could not be reached')
  })

  const right = { contains: 'lo wor', matches: '^"?hel+o', answer_headers: { 'content-type': 'json' }, status: [201] }
  const wrong: { readonly [what: string]: JsonObject } = {
    status: { status: [200, '3xx'] },
    contains: { contains: 'bye' },
    matches: { matches: '^o' },
    json: { json: { '/a': 1 } },
    header: { answer_headers: { 'content-type': 'html' } },
  }
  it('looks at status, text and headers', async () => {
    server.replies.push({ status: 201, body: 'hello world' })
    await check(right)
  })
  for (const [what, properties] of Object.entries(wrong)) {
    it(`objects to a wrong ${what}`, async () => {
      server.replies.push({ status: 201, body: 'hello world' })
      await expect(check({ ...right, ...properties })).rejects.toThrow('did not answer as wanted')
    })
  }

  it('looks at values in JSON', async () => {
    server.replies.push({ status: 200, body: { a: { b: [1, 2] } } })
    await check({ json: { '/a/b/1': 2 } })
  })

  it('follows redirects, unless they are wanted', async () => {
    server.replies.push({ status: 302, headers: { location: url } })
    expect((await check({})).attributes.status).toBe(200)
    server.replies.push({ status: 302, headers: { location: url } })
    expect((await check({ status: ['3xx'] })).attributes.status).toBe(302)
  })
})

it('an expression that is none is refused at plan time', () => {
  expect(checkProperties(HttpCheck, { url, matches: '(' })).toEqual([
    { path: 'properties.matches', message: 'is no regular expression' },
  ])
})
