// What the server has beyond Heat: watching, explaining, describing itself; and what it keeps out.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isPublic } from '../../src/lib/addresses.js'
import { localTypes } from '../../src/provider/local/index.js'
import { TypeRegistry } from '../../src/provider/registry.js'
import { fetchText } from '../../src/server/fetch.js'
import { permittedTypes } from '../../src/server/permissions.js'
import { labTemplate } from '../lab.js'
import { at, type Served, startServer } from './harness.js'

let served: Served
beforeAll(async () => {
  served = await startServer()
})
afterAll(() => served.close())

async function make(
  project: string,
  resources = labTemplate({ a: {}, b: { v: { get_resource: 'a' } }, c: { v: { get_resource: 'b' } } }),
) {
  const made = await served.ask('POST', `/v1/${project}/stacks`, { stack_name: 'web', template: resources })
  return new URL(String(at(made.body, 'stack.links.0.href'))).pathname
}

/** Ids of the events that are sent until `enough`. */
async function watched(
  path: string,
  enough: (text: string) => boolean,
  headers: { [name: string]: string } = {},
): Promise<string[]> {
  const over = new AbortController()
  const response = await fetch(`${served.server.url}${path}/watch`, { headers, signal: over.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8')
    if (enough(text)) break
  }
  over.abort()
  return [...text.matchAll(/^id: (\S+)$/gm)].map(([, id = '']) => id)
}

test('watchers see every event once, in order, and go on from the last one that they saw', async () => {
  const { ask, lab, settled } = served
  const held = lab.hold('create b')
  const path = await make('watch')
  await held.began
  const complete = (text: string) => text.includes('"Stack CREATE completed successfully"')
  const early = [watched(path, complete), watched(path, complete)]
  held.release()
  const [one, other] = await Promise.all(early)
  const { body } = await ask('GET', `${path}/events`)
  const told = (body.events as { id: string }[]).map(({ id }) => id)
  expect(one).toEqual(told)
  expect(other).toEqual(told)
  expect(await watched(path, complete, { 'last-event-id': told[2] ?? '' })).toEqual(told.slice(3))
  await settled('watch', 'web')
  await ask('DELETE', path)
  const rest = await watched(path, (text) => text.includes('event: end'), { 'last-event-id': told.at(-1) ?? '' })
  expect(rest.length).toBeGreaterThan(2)
})

test('a stack explains itself: why, how far, what depends on what, and what became of each command', async () => {
  const { ask, settled } = served
  const path = await make('explain')
  await settled('explain', 'web')
  expect(at((await ask('GET', `${path}/resources/b/why`)).body, 'because.0')).toContain('at rest')
  expect((await ask('GET', `${path}/progress?limit=2`)).body).toMatchObject({ total: 3, complete: false })
  const near = (await ask('GET', `${path}/graph?around=a&depth=1`)).body
  expect((near.resources as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b'])
  expect((await ask('GET', `${path}/graph?limit=1`)).body).toMatchObject({
    complete: false,
    total: 3,
    types: { 'Lab::Thing': 3 },
  })
  await ask('PATCH', path, {})
  await settled('explain', 'web')
  const { body } = await ask('GET', `${path}/traversals`)
  expect(body.traversals).toMatchObject([
    { traversal: 2, status: 'UPDATE_COMPLETE', running: false },
    { traversal: 1, status: 'CREATE_COMPLETE', superseded: false },
  ])
})

test('the description names every route that is served, with the schemas that validate', async () => {
  const { ask } = served
  const { body } = await ask('GET', '/openapi.json')
  expect(body.openapi).toBe('3.1.0')
  const paths = body.paths as { [path: string]: { [method: string]: { operationId: string; requestBody?: unknown } } }
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
  expect(new Set(ids).size).toBe(ids.length)
  for (const [path, methods] of Object.entries(paths)) {
    const url = path.replace('{tenant}', 'p').replace(/\{\w+\}/g, '00000000-0000-0000-0000-000000000000')
    const allowed = (await ask('OPTIONS', url)).headers.get('allow')?.split(', ') ?? []
    expect(
      allowed.map((method) => method.toLowerCase()),
      path,
    ).toEqual(expect.arrayContaining(Object.keys(methods)))
  }
  expect(paths['/v1/{tenant}/stacks']?.post?.requestBody).toBeDefined()
  expect(JSON.stringify(paths['/v1/{tenant}/isotherm/stacks/{stack}/progress']?.get)).toContain('nextAttemptSeconds')
})

test('a command that presumes a revision is refused when the stack has gone on', async () => {
  const { ask, settled } = served
  const path = await make('revisions')
  await settled('revisions', 'web')
  const etag = (await ask('GET', path)).headers.get('etag') ?? ''
  expect((await ask('PATCH', path, {}, { 'if-match': etag })).status).toBe(202)
  await settled('revisions', 'web')
  for (const [method, place, body] of [
    ['PATCH', '', {}],
    ['DELETE', '', undefined],
    ['POST', '/actions', { check: null }],
  ] as const) {
    expect((await ask(method, `${path}${place}`, body, { 'if-match': etag })).status).toBe(412)
  }
  expect((await ask('DELETE', path, undefined, { 'if-match': 'yesterday' })).status).toBe(400)
  expect((await ask('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(204)
})

test('a resource that was marked unhealthy is replaced by the next update', async () => {
  const { ask, lab, settled } = served
  const path = await make('marks')
  await settled('marks', 'web')
  const before = lab.calls.length
  const reason = { mark_unhealthy: true, resource_status_reason: 'it smokes' }
  expect((await ask('PATCH', `${path}/resources/c`, reason)).status).toBe(200)
  const marked = at((await ask('GET', `${path}/resources/c`)).body, 'resource')
  expect(marked).toMatchObject({ resource_status: 'CHECK_FAILED', resource_status_reason: 'it smokes' })
  expect((await ask('PATCH', `${path}/resources/c`, { colour: 'red' })).status).toBe(400)
  await ask('PATCH', path, {})
  await settled('marks', 'web')
  expect(lab.calls.slice(before)).toEqual(['create c', 'delete c'])
})

test('a project has so many stacks, templates of such a size, so many requests, and no more', async () => {
  const few = await startServer({ quotas: { stacksMax: 1, templateBytesMax: 2_000, resourcesPerStackMax: 3 } })
  const create = async (stack_name: string, template: object) =>
    (await few.ask('POST', '/v1/small/stacks', { stack_name, template } as never)).body
  const limit = { code: 400, error: { type: 'RequestLimitExceeded' } }
  expect(await create('long', { ...labTemplate({ a: {} }), description: 'x'.repeat(2_000) })).toMatchObject(limit)
  expect(await create('many', labTemplate({ a: {}, b: {}, c: {}, d: {} }))).toMatchObject(limit)
  const group = { type: 'OS::Heat::ResourceGroup', properties: { count: 3, resource_def: { type: 'Lab::Thing' } } }
  expect(await create('large', { heat_template_version: '2018-08-31', resources: { group } })).toMatchObject({
    ...limit,
    error: { message: expect.stringContaining('Maximum resources per stack exceeded') },
  })
  expect(await create('first', labTemplate({ a: {} }))).toHaveProperty('stack.id')
  expect(await create('second', labTemplate({ a: {} }))).toMatchObject(limit)
  await few.close()
  const slow = await startServer({ rate: { perSecond: 0.001, burst: 2 } })
  const statuses = []
  for (const project of ['one', 'one', 'one', 'other'])
    statuses.push((await slow.ask('GET', `/v1/${project}/stacks`)).status)
  expect(statuses).toEqual([200, 200, 429, 200])
  await slow.close()
})

test('an address with a secret signals one resource, without any user, until it is revoked', async () => {
  const { ask, settled } = served
  const template = {
    heat_template_version: '2018-08-31',
    resources: { h: { type: 'OS::Heat::WaitConditionHandle' }, other: { type: 'OS::Heat::WaitConditionHandle' } },
  }
  const path = await make('doors', template as never)
  await settled('doors', 'web')
  const made = await ask('POST', `${path}/resources/h/signal_url`)
  expect(made.status).toBe(201)
  const address = new URL(String(made.body.signal_url)).pathname
  expect((await ask('POST', address, { id: '1' })).text).toBe('null')
  expect((await ask('POST', '/v1/signal/guessed')).status).toBe(404)
  const kept = await served.database.query('select * from isotherm.signal_urls')
  expect(JSON.stringify(kept)).not.toContain(address.split('/').at(-1))
  expect((await ask('DELETE', `${path}/resources/h/signal_url`)).status).toBe(204)
  expect((await ask('POST', address)).status).toBe(404)
})

test('a stack goes back to a snapshot, and its things outlive it when it is abandoned and are adopted', async () => {
  const { ask, lab, settled } = served
  const path = await make('keep', labTemplate({ a: { v: 1 } }))
  await settled('keep', 'web')
  const taken = await ask('POST', `${path}/snapshots`, { name: 'before' })
  expect([taken.status, taken.body]).toEqual([200, expect.objectContaining({ name: 'before' })])
  expect(await settled('keep', 'web')).toBe('SNAPSHOT_COMPLETE')
  expect((await ask('GET', `${path}/snapshots`)).body).toMatchObject({
    snapshots: [{ name: 'before', status: 'COMPLETE' }],
  })
  const { id } = taken.body
  expect(at((await ask('GET', `${path}/snapshots/${id}`)).body, 'snapshot.data.resources.a')).toMatchObject({
    type: 'Lab::Thing',
  })
  await ask('PUT', path, { template: labTemplate({ a: { v: 2 } }) })
  await settled('keep', 'web')
  expect((await ask('POST', `${path}/snapshots/${id}/restore`)).status).toBe(202)
  await settled('keep', 'web')
  expect((await ask('GET', `${path}/snapshots/none`)).status).toBe(404)
  expect((await ask('DELETE', `${path}/snapshots/${id}`)).status).toBe(204)
  const thing = at((await ask('GET', `${path}/resources/a`)).body, 'resource.physical_resource_id')
  const calls = lab.calls.length
  const left = await ask('DELETE', `${path}/abandon`)
  expect([left.status, left.body.name]).toEqual([200, 'web'])
  await expect.poll(async () => (await ask('GET', '/v1/keep/stacks')).body).toEqual({ stacks: [] })
  const adopted = await ask('POST', '/v1/keep/stacks', {
    stack_name: 'again',
    adopt_stack_data: JSON.stringify(left.body),
  })
  expect(adopted.status).toBe(201)
  expect(await settled('keep', 'again')).toBe('ADOPT_COMPLETE')
  const place = new URL(String(at(adopted.body, 'stack.links.0.href'))).pathname
  expect(at((await ask('GET', `${place}/resources/a`)).body, 'resource.physical_resource_id')).toBe(thing)
  expect(lab.calls.slice(calls).filter((call) => /create|delete/.test(call))).toEqual([])
})

test('who changed what, from where, and what became of it, is on record', async () => {
  const { ask, database } = served
  const path = await make('record')
  await ask('GET', path)
  await ask('POST', `${path}/actions`, { nonsense: null })
  const read = () =>
    database.query<{ operation: string; status: number }>(
      `select operation, status, user_name, address from isotherm.audit where project = 'record' order by id`,
    )
  await expect.poll(async () => (await read()).length).toBe(2)
  expect(await read()).toEqual([
    { operation: 'stacks:create', status: 201, user_name: 'anybody', address: '127.0.0.1' },
    { operation: 'actions:action', status: 400, user_name: 'anybody', address: '127.0.0.1' },
  ])
})

test('addresses that are not everybody’s are known in every notation', () => {
  const own = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
    '100.64.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
    'ff02::1',
    'localhost',
  ]
  expect(own.filter(isPublic)).toEqual([])
  expect(['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'].filter(isPublic)).toHaveLength(4)
})

test('a template is fetched from where it may be, and redirects lead nowhere else', async () => {
  const target = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.2:1/secret' }).end()
    else response.end('heat_template_version: 2018-08-31')
  })
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done))
  const { port } = target.address() as AddressInfo
  const only = (ip: string) => ip === '127.0.0.1'
  expect(await fetchText(`http://127.0.0.1:${port}/`, only)).toContain('heat_template_version')
  expect(await fetchText(`http://localhost:${port}/`, only)).toContain('heat_template_version')
  await expect(fetchText(`http://127.0.0.1:${port}/away`, only)).rejects.toThrow('not an address that this server asks')
  await expect(fetchText(`http://127.0.0.1:${port}/`, isPublic)).rejects.toThrow('not an address that this server asks')
  await expect(fetchText(`http://localhost:${port}/`, isPublic)).rejects.toThrow('not an address that this server asks')
  await expect(fetchText('file:///etc/passwd', isPublic)).rejects.toThrow('http')
  target.close()
})

test('types of this machine do not exist for a project that may not use them', () => {
  const all = new TypeRegistry([...localTypes(), served.lab.type])
  const names = (localTypes: readonly string[]) =>
    permittedTypes(all, { uid: 'u', name: 'web' }, { localTypes, httpTypes: [] }).names()
  expect(names([])).toEqual(['Lab::Thing'])
  const left = permittedTypes(all, { uid: 'u', name: 'web' }, { localTypes: [], httpTypes: [] })
  expect([left.hint('Isotherm::Local::File'), left.hint('Lab::Thin')]).toEqual([
    'types of this kind are off for this project: whoever runs the server may allow them',
    'did you mean Lab::Thing?',
  ])
  expect(names(['other'])).toEqual(['Lab::Thing'])
  expect(names(['web'])).toContain('Isotherm::Local::Command')
  expect(names(['u'])).toContain('Isotherm::Local::Command')
})

test('nor inside a nested stack whose template only engines get to see', async () => {
  const { ask, settled, close } = await startServer({ permissions: { localTypes: ['trusted'], httpTypes: [] } })
  const folder = await mkdtemp(join(tmpdir(), 'isotherm-'))
  const path = join(folder, 'written')
  const inner = JSON.stringify({
    heat_template_version: '2018-08-31',
    resources: { file: { type: 'Isotherm::Local::File', properties: { path, content: 'x' } } },
  })
  const template = {
    heat_template_version: '2018-08-31',
    resources: {
      text: { type: 'OS::Heat::Value', properties: { type: 'string', value: inner } },
      inside: { type: 'OS::Heat::Stack', properties: { template: { get_attr: ['text', 'value'] } } },
    },
  }
  for (const project of ['guest', 'trusted']) {
    const made = await ask('POST', `/v1/${project}/stacks`, { stack_name: 'web', template })
    const status = await settled(project, 'web')
    expect([project, status, existsSync(path)]).toEqual([
      project,
      project === 'guest' ? 'CREATE_FAILED' : 'CREATE_COMPLETE',
      project === 'trusted',
    ])
    await ask('DELETE', new URL(String(at(made.body, 'stack.links.0.href'))).pathname)
    await settled(project, 'web').catch(() => undefined)
  }
  await close()
  await rm(folder, { recursive: true })
})

test('a graph is told by type and by state as well', async () => {
  const path = await make('graphs')
  await served.settled('graphs', 'web')
  const { body } = await served.ask('GET', `${path}/graph?limit=1`)
  expect(body).toMatchObject({ complete: false, total: 3, types: { 'Lab::Thing': 3 }, states: { done: 3, failed: 0 } })
})

test('a plan of an update is kept, shown, and carried out or refused', async () => {
  const { ask, settled } = served
  const path = await make('plans')
  await settled('plans', 'web')
  const template = labTemplate({ a: { v: 'new' }, b: { v: { get_resource: 'a' } } })
  const saved = await ask('POST', `${path}/plan`, { template, keep_hours: 1 })
  expect(saved.status).toBe(201)
  expect(at(saved.body, 'plan')).toMatchObject({ stack_name: 'web', traversal: 1, carried_out: null, changed: true })
  expect(at(saved.body, 'plan.resource_changes.updated.0.resource_name')).toBe('a')
  expect(at(saved.body, 'plan.resource_changes.deleted.0.resource_name')).toBe('c')
  const address = new URL(saved.headers.get('location') ?? '').pathname
  expect((await ask('GET', address)).body).toEqual(saved.body)
  const other = await ask('POST', `${path}/plan`, { existing: true })
  expect((await ask('POST', `${address}/carry_out`)).status).toBe(202)
  expect(await settled('plans', 'web')).toBe('UPDATE_COMPLETE')
  const late = await ask('POST', `${new URL(other.headers.get('location') ?? '').pathname}/carry_out`)
  expect([late.status, at(late.body, 'error.type')]).toEqual([409, 'PlanOutdated'])
  expect(at(late.body, 'error.message')).toContain('it is at 2 (UPDATE_')
  expect((await ask('GET', `${path}/plans/00000000-0000-0000-0000-000000000000`)).status).toBe(404)
})
