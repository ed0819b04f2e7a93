// Heat's API as its clients use it, over a real socket.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labTemplate } from '../lab.js'
import { at, type Served, startServer } from './harness.js'

let served: Served
beforeAll(async () => {
  served = await startServer()
})
afterAll(() => served.close())

const create = (project: string, stack_name: string, rest: object = {}) =>
  served.ask('POST', `/v1/${project}/stacks`, { stack_name, template: labTemplate({ a: { v: 1 } }), ...rest } as never)

/** The path of what a link leads to. */
const pathOf = (link: unknown) => new URL(String(link)).pathname

test('the server tells its versions, its build, its engines and how it is', async () => {
  const { ask } = served
  const versions = await ask('GET', '/')
  expect([versions.status, at(versions.body, 'versions.0.status')]).toEqual([300, 'CURRENT'])
  expect((await ask('GET', '/healthz')).body).toEqual({ status: 'ok' })
  expect((await ask('GET', '/readyz')).body).toEqual({ status: 'ready' })
  expect((await ask('GET', '/v1/p/build_info')).body).toEqual({
    api: { revision: 'test' },
    engine: { revision: 'test' },
  })
  expect(at((await ask('GET', '/v1/p/services')).body, 'services.0')).toMatchObject({ status: 'up', topic: 'engine' })
})

test('a stack that was accepted is visible at once, is shown, and is gone when it was deleted', async () => {
  const { ask, lab, settled } = served
  const held = lab.hold('create a')
  const made = await create('life', 'web', { tags: 'one,two', timeout_mins: 5 })
  expect(made.status).toBe(201)
  const path = pathOf(at(made.body, 'stack.links.0.href'))
  expect(pathOf(made.headers.get('location'))).toBe(path)
  expect(at((await ask('GET', path)).body, 'stack')).toMatchObject({
    stack_name: 'web',
    stack_status: 'CREATE_IN_PROGRESS',
    stack_status_reason: 'Stack CREATE started',
    tags: ['one', 'two'],
    timeout_mins: 5,
    disable_rollback: true,
  })
  held.release()
  expect(await settled('life', 'web')).toBe('CREATE_COMPLETE')
  const deleted = await ask('DELETE', path)
  expect([deleted.status, deleted.text]).toEqual([204, ''])
  await expect.poll(async () => at((await ask('GET', path)).body, 'stack.stack_status')).toBe('DELETE_COMPLETE')
  expect((await ask('DELETE', path)).status).toBe(404)
  expect((await ask('GET', '/v1/life/stacks')).body).toEqual({ stacks: [] })
  expect(at((await ask('GET', '/v1/life/stacks?show_deleted=True')).body, 'stacks.0.stack_name')).toBe('web')
})

test('a name or an id leads to the canonical address, with query and method kept to', async () => {
  const { ask } = served
  const path = pathOf(at((await create('find', 'web')).body, 'stack.links.0.href'))
  const id = path.split('/').at(-1) ?? ''
  const byName = await ask('GET', '/v1/find/stacks/web?resolve_outputs=False')
  expect([byName.status, new URL(byName.headers.get('location') ?? '').search]).toEqual([302, '?resolve_outputs=False'])
  expect(pathOf((await ask('DELETE', `/v1/find/stacks/${id}`)).headers.get('location'))).toBe(path)
  expect(pathOf((await ask('GET', '/v1/find/stacks/web/events')).headers.get('location'))).toBe(`${path}/events`)
  const arn = encodeURIComponent(`arn:openstack:heat::find:stacks/web/${id}`)
  expect(pathOf((await ask('GET', `/v1/find/stacks/${arn}`)).headers.get('location'))).toBe(path)
  expect((await ask('GET', '/v1/find/stacks/nothing')).status).toBe(404)
  expect((await ask('GET', `/v1/find/stacks/other/${id}`)).status).toBe(404)
})

test('errors have the form that clients read, and the form of RFC 9457 where it is asked for', async () => {
  const { ask } = served
  const missing = await ask('GET', '/v1/p/stacks/none/none')
  expect(missing.body).toEqual({
    code: 404,
    title: 'Not Found',
    explanation: 'The resource could not be found.',
    error: { type: 'EntityNotFound', message: 'The Stack (none) could not be found.', traceback: null },
  })
  const problem = await ask('GET', '/v1/p/stacks/none/none', undefined, { accept: 'application/problem+json' })
  expect(problem.headers.get('content-type')).toContain('application/problem+json')
  expect(problem.body).toMatchObject({ status: 404, detail: 'The Stack (none) could not be found.' })
  expect((await create('errors', 'web')).status).toBe(201)
  expect((await create('errors', 'web')).body).toMatchObject({ code: 409, error: { type: 'StackExists' } })
  expect((await create('errors', '9bad')).body).toMatchObject({ code: 400, error: { type: 'StackValidationFailed' } })
  const unknown = await create('errors', 'x', { template: { resources: { a: { type: 'No::Such' } } } })
  expect(at(unknown.body, 'error.problems.0')).toMatchObject({ path: 'resources.a.type' })
  const refused = await ask('DELETE', '/v1/p/stacks')
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, POST'])
  expect((await ask('OPTIONS', '/v1/p/stacks')).status).toBe(204)
  expect(refused.headers.get('x-openstack-request-id')).toMatch(/^req-[0-9a-f-]{36}$/)
})

test('lists are filtered, sorted and paged', async () => {
  const { ask, settled } = served
  for (const name of ['a', 'b', 'c']) {
    await create('lists', name, { tags: name === 'b' ? 'red,blue' : 'red' })
    await settled('lists', name)
  }
  const names = async (query: string) => {
    const { body } = await ask('GET', `/v1/lists/stacks?${query}`)
    return (body.stacks as { stack_name: string }[]).map((stack) => stack.stack_name).join('')
  }
  expect(await names('')).toBe('cba')
  expect(await names('sort_keys=stack_name')).toBe('abc')
  expect(await names('sort_keys=stack_status,stack_name&sort_dir=desc')).toBe('cba')
  expect(await names('tags=red,blue')).toBe('b')
  expect(await names('tags_any=blue')).toBe('b')
  expect(await names('not_tags_any=blue&sort_dir=asc')).toBe('ac')
  expect(await names('name=a&name=c')).toBe('ca')
  expect(await names('status=CREATE_COMPLETE&action=CREATE')).toBe('cba')
  expect(await names('status=FAILED')).toBe('')
  const first = await ask('GET', '/v1/lists/stacks?limit=2&with_count=true&sort_keys=stack_name')
  expect(first.body).toMatchObject({ count: 3, stacks: [{ stack_name: 'a' }, { stack_name: 'b' }] })
  const next = new URL(String(at(first.body, 'links.0.href')))
  expect(await names(next.search.slice(1))).toBe('c')
  // As Heat does: what nothing can be sorted by, a marker that is no stack, and names that mean nothing here are left aside.
  expect(await names('sort_keys=secret')).toBe('cba')
  expect(await names('sort_keys=secret,stack_name')).toBe('abc')
  expect(await names('marker=00000000-0000-0000-0000-000000000001')).toBe('cba')
  expect(await names('marker=nothing&limit=2')).toBe('cb')
  expect(await names('colour=blue&limit=&sort_dir=')).toBe('cba')
  const refused = {
    'limit=-1': "Value '-1' is invalid for 'limit' which only accepts non-negative integer.",
    'limit=x': "Only integer is acceptable by 'limit'.",
    'show_deleted=1': 'Unrecognized value "1" for "show_deleted", acceptable values are: true, false.',
  }
  for (const [query, message] of Object.entries(refused)) {
    const { status, body } = await ask('GET', `/v1/lists/stacks?${query}`)
    expect([status, at(body, 'error.message')]).toEqual([400, message])
  }
  expect((await ask('GET', '/v1/lists/stacks?sort_dir=up')).status).toBe(400)
})

test('the preview of an update shows what happens in nested stacks, where it is asked to', async () => {
  const { ask, settled } = served
  const templateOf = (count: number, v: string) => {
    const properties = { count, resource_def: { type: 'Lab::Thing', properties: { v: `${v}%index%` } } }
    return { heat_template_version: '2018-08-31', resources: { g: { type: 'OS::Heat::ResourceGroup', properties } } }
  }
  const made = await create('foreseen', 'web', { template: templateOf(2, 'm') })
  const path = pathOf(at(made.body, 'stack.links.0.href'))
  await settled('foreseen', 'web')
  const named = async (query: string, count: number, v: string) => {
    const { body } = await ask('PUT', `${path}/preview${query}`, { template: templateOf(count, v) })
    const groups = Object.entries(Object(at(body, 'resource_changes'))).map(([group, listed]) => {
      const changes = Array.isArray(listed) ? listed : []
      return [group, changes.map(({ resource_name: name, stack_name: stack }) => `${stack.slice(0, 5)} ${name}`)]
    })
    return Object.fromEntries(groups)
  }
  const none = { replaced: [], deleted: [] }
  expect(await named('', 3, 'm')).toEqual({ ...none, updated: ['web g'], added: [], unchanged: [] })
  const grown = { updated: ['web g'], added: ['web-g 2'], unchanged: ['web-g 0', 'web-g 1'] }
  expect(await named('?show_nested=true', 3, 'm')).toEqual({ ...none, ...grown })
  const changed = { updated: ['web g', 'web-g 0', 'web-g 1'], added: [], unchanged: [] }
  expect(await named('?show_nested=true', 2, 'x')).toEqual({ ...none, ...changed })
})

test('an update replaces what a stack was declared with, a patch merges over it', async () => {
  const { ask, settled } = served
  const template = {
    heat_template_version: '2018-08-31',
    parameters: { x: { type: 'string', default: '0' }, key: { type: 'string', hidden: true, default: 'k' } },
    resources: { a: { type: 'Lab::Thing', properties: { v: { get_param: 'x' } } } },
    outputs: { v: { value: { get_attr: ['a', 'v'] }, description: 'of a' } },
  }
  const made = await create('change', 'web', { template, parameters: { x: '1' }, files: { 'file:///f': 'text' } })
  const path = pathOf(at(made.body, 'stack.links.0.href'))
  await settled('change', 'web')
  const value = async () => at((await ask('GET', `${path}/outputs/v`)).body, 'output.output_value')
  expect(await value()).toBe('1')
  const previewed = await ask('PATCH', `${path}/preview`, { parameters: { x: '2' } })
  expect(at(previewed.body, 'resource_changes.updated.0.resource_name')).toBe('a')
  expect((await ask('PATCH', path, { parameters: { key: 'secret' } })).status).toBe(202)
  expect(at((await ask('GET', path)).body, 'stack.stack_status')).toMatch(/^UPDATE_/)
  await settled('change', 'web')
  expect(await value()).toBe('1')
  expect((await ask('PATCH', path, { parameters: { x: '3' }, clear_parameters: ['key'] })).status).toBe(202)
  await settled('change', 'web')
  expect(await value()).toBe('3')
  expect((await ask('GET', `${path}/environment`)).body).toMatchObject({ parameters: { x: '3' } })
  expect((await ask('GET', `${path}/files`)).body).toEqual({ 'file:///f': 'text' })
  expect((await ask('GET', `${path}/template`)).body).toEqual(template)
  expect((await ask('PUT', path, { template })).status).toBe(202)
  await settled('change', 'web')
  expect(await value()).toBe('0')
  expect(at((await ask('GET', path)).body, 'stack.parameters')).toMatchObject({ key: '******', x: '0' })
  expect((await ask('PUT', path, {})).body).toMatchObject({ error: { message: 'No template specified' } })
  expect((await ask('GET', `${path}/outputs/none`)).status).toBe(404)
})

test('resources and events are listed, filtered, paged and shown', async () => {
  const { ask, settled } = served
  const template = labTemplate({ a: { v: 1 }, b: { v: { get_attr: ['a', 'v'] } } })
  const path = pathOf(at((await create('look', 'web', { template })).body, 'stack.links.0.href'))
  await settled('look', 'web')
  const resources = await ask('GET', `${path}/resources`)
  expect(at(resources.body, 'resources.0')).toMatchObject({
    resource_name: 'a',
    resource_status: 'CREATE_COMPLETE',
    required_by: ['b'],
  })
  expect(at((await ask('GET', `${path}/resources?name=b`)).body, 'resources')).toHaveLength(1)
  expect((await ask('GET', `${path}/resources?colour=red`)).status).toBe(400)
  expect(at((await ask('GET', `${path}/resources/b?with_attr=v`)).body, 'resource.attributes.v')).toBe(1)
  expect((await ask('GET', `${path}/resources/b/metadata`)).body).toEqual({ metadata: {} })
  expect((await ask('GET', `${path}/resources/none`)).status).toBe(404)
  const { body } = await ask('GET', `${path}/events`)
  const events = body.events as { id: string; resource_name: string; resource_status_reason: string }[]
  expect(events.at(0)).toMatchObject({ resource_name: 'web', resource_status_reason: 'Stack CREATE started' })
  expect(events.at(-1)).toMatchObject({ resource_name: 'web', resource_status: 'CREATE_COMPLETE' })
  const page = await ask('GET', `${path}/events?limit=2&marker=${events[1]?.id}`)
  expect((page.body.events as { id: string }[]).map(({ id }) => id)).toEqual([events[2]?.id, events[3]?.id])
  const ofB = await ask('GET', `${path}/resources/b/events?sort_dir=desc`)
  expect(at(ofB.body, 'events.0')).toMatchObject({ resource_name: 'b', resource_status: 'CREATE_COMPLETE' })
  const one = await ask('GET', `${path}/resources/b/events/${at(ofB.body, 'events.0.id')}`)
  expect(at(one.body, 'event')).toMatchObject({
    resource_type: 'Lab::Thing',
    resource_properties: { v: expect.anything() },
  })
  expect((await ask('GET', `${path}/resources/none/events`)).status).toBe(404)
  const unmarked = await ask('GET', `${path}/events?marker=x&sort_keys=colour`)
  expect(unmarked.body).toEqual((await ask('GET', `${path}/events`)).body)
})

test('a resource is signalled, and an update under way is cancelled', async () => {
  const { ask, lab, settled } = served
  const template = {
    heat_template_version: '2018-08-31',
    resources: {
      handle: { type: 'OS::Heat::WaitConditionHandle' },
      wait: { type: 'OS::Heat::WaitCondition', properties: { handle: { get_resource: 'handle' }, timeout: 600 } },
    },
  }
  const path = pathOf(at((await create('signals', 'web', { template })).body, 'stack.links.0.href'))
  const status = async () => at((await ask('GET', `${path}/resources/handle`)).body, 'resource.resource_status')
  await expect.poll(status).toBe('CREATE_COMPLETE')
  expect((await ask('POST', `${path}/resources/handle/signal`, { status: 'NO' })).status).toBe(400)
  const signalled = await ask('POST', `${path}/resources/handle/signal`, undefined, {
    'content-type': 'application/json',
  })
  expect([signalled.status, signalled.text]).toEqual([200, 'null'])
  expect(await settled('signals', 'web')).toBe('CREATE_COMPLETE')
  expect((await ask('POST', `${path}/actions`, { cancel_update: null })).status).toBe(400)
  expect((await ask('POST', `${path}/actions`, { a: null, b: null })).status).toBe(400)
  const held = lab.hold('create x')
  await ask('PUT', path, { template: labTemplate({ x: {} }) })
  await held.began
  expect((await ask('POST', `${path}/actions`, { cancel_without_rollback: null })).text).toBe('null')
  held.release()
  expect(await settled('signals', 'web')).toBe('UPDATE_FAILED')
})

test('types, versions and functions are told, and templates are validated without their values', async () => {
  const { ask } = served
  expect((await ask('GET', '/v1/p/resource_types?name=^Lab')).body).toEqual({ resource_types: ['Lab::Thing'] })
  const type = await ask('GET', '/v1/p/resource_types/Lab::Thing')
  expect(at(type.body, 'properties.v')).toMatchObject({ type: 'any', update_allowed: true, required: false })
  const hot = await ask('GET', '/v1/p/resource_types/Lab%3A%3AThing/template?template_type=hot')
  expect(at(hot.body, 'resources.Thing.properties.v')).toEqual({ get_param: 'v' })
  const versions = (await ask('GET', '/v1/p/template_versions')).body.template_versions as { version: string }[]
  expect(versions.map(({ version }) => version)).toContain('heat_template_version.2018-08-31')
  const functions = await ask('GET', '/v1/p/template_versions/heat_template_version.2013-05-23/functions')
  expect(JSON.stringify(functions.body)).toContain('get_param')
  expect(JSON.stringify(functions.body)).not.toContain('yaql')
  const parameters = { n: { type: 'number', constraints: [{ range: { min: 1, max: 9 } }] } }
  const resources = { a: { type: 'Lab::Thing', properties: { v: { get_param: 'n' } } } }
  const template = { heat_template_version: '2018-08-31', parameters, resources }
  const valid = await ask('POST', '/v1/p/validate', { template })
  expect(at(valid.body, 'Parameters.n')).toMatchObject({ Type: 'Number', NoEcho: 'false', MinValue: 1, MaxValue: 9 })
  expect((await ask('POST', '/v1/p/validate', { template: { ...template, resources: { a: {} } } })).status).toBe(400)
})

test('bodies that are no JSON, too deep or too long are refused', async () => {
  const url = `${served.server.url}/v1/p/stacks`
  const send = async (body: string | Buffer) =>
    (await fetch(url, { method: 'POST', body: new Uint8Array(Buffer.from(body)) })).status
  expect(await send('{')).toBe(400)
  expect(await send(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toBe(400)
  expect(await send(`${'['.repeat(1000)}${']'.repeat(1000)}`)).toBe(400)
  expect(await send('[]')).toBe(400)
  expect(await send(' '.repeat(5_000_000))).toBe(413)
  expect((await served.ask('POST', '/v1/p/stacks', { stack_name: 7 })).status).toBe(400)
})

test('configurations are kept, deployed, fetched by agents and reported on', async () => {
  const { ask } = served
  const config = { name: 'motd', group: 'script', config: 'echo $who', inputs: [{ name: 'who' }] }
  const kept = await ask('POST', '/v1/p/software_configs', config)
  const id = String(at(kept.body, 'software_config.id'))
  expect(at((await ask('GET', `/v1/p/software_configs/${id}`)).body, 'software_config')).toMatchObject(config)
  const wanted = {
    config_id: id,
    server_id: 'srv',
    input_values: { who: 'ada' },
    action: 'CREATE',
    status: 'IN_PROGRESS',
  }
  const made = await ask('POST', '/v1/p/software_deployments', wanted)
  const deployment = String(at(made.body, 'software_deployment.id'))
  const { body } = await ask('GET', '/v1/p/software_deployments/metadata/srv')
  expect(at(body, 'metadata.0')).toMatchObject({
    id: deployment,
    config: 'echo $who',
    inputs: [{ name: 'who', value: 'ada' }, {}, {}],
  })
  const done = { status: 'COMPLETE', output_values: { deploy_stdout: 'ada' } }
  expect(
    at((await ask('PUT', `/v1/p/software_deployments/${deployment}`, done)).body, 'software_deployment'),
  ).toMatchObject({ ...done, config_id: id })
  expect(at((await ask('GET', '/v1/p/software_deployments?server_id=srv')).body, 'software_deployments')).toHaveLength(
    1,
  )
  expect((await ask('DELETE', `/v1/p/software_configs/${id}`)).status).toBe(403)
  expect((await ask('GET', `/v1/q/software_configs/${id}`)).status).toBe(404)
  expect((await ask('POST', '/v1/q/software_deployments', wanted)).status).toBe(404)
  expect((await ask('DELETE', `/v1/p/software_deployments/${deployment}`)).status).toBe(204)
  expect((await ask('DELETE', `/v1/p/software_configs/${id}`)).status).toBe(204)
  expect((await ask('GET', '/v1/p/software_configs')).body).toEqual({ software_configs: [] })
})

test('resources and events of nested stacks are listed as deep as is asked', async () => {
  const { ask, settled } = served
  const member = { type: 'Lab::Thing', properties: { v: '%index%' } }
  const group = { type: 'OS::Heat::ResourceGroup', properties: { count: 2, resource_def: member } }
  const template = { heat_template_version: '2021-04-16', resources: { group } }
  const made = await create('nesting', 'web', { template })
  const path = pathOf(at(made.body, 'stack.links.0.href'))
  await settled('nesting', 'web')
  const listed = async (query: string) => at((await ask('GET', `${path}/resources${query}`)).body, 'resources')
  expect(await listed('')).toMatchObject([{ resource_name: 'group', links: [{}, {}, { rel: 'nested' }] }])
  expect(await listed('?nested_depth=MAX')).toMatchObject([
    { resource_name: 'group' },
    { resource_name: '0', parent_resource: 'group' },
    { resource_name: '1', parent_resource: 'group' },
  ])
  const inner = pathOf(at((await ask('GET', `${path}/resources`)).body, 'resources.0.links.2.href'))
  expect(at((await ask('GET', `${inner}/resources/1`)).body, 'resource.resource_name')).toBe('1')
  const events = `${path}/events?nested_depth=1&resource_name=1&sort_dir=desc&limit=1`
  expect(at((await ask('GET', events)).body, 'events')).toMatchObject([
    { resource_name: '1', resource_status: 'CREATE_COMPLETE', links: [{}, {}, {}, { rel: 'root_stack' }] },
  ])
  expect((await ask('GET', `${path}/resources?nested_depth=deep`)).status).toBe(400)
})

test('what of a template is surely not meant is told beside the answer, and nothing is where there is nothing', async () => {
  const { ask, settled } = served
  const doubtful = (value: number) => ({
    heat_template_version: '2018-08-31',
    resources: { a: { type: 'OS::Heat::Value', properties: { value } } },
    outputs: { o: { value, valu: 1 } },
  })
  const environment = { event_sinks: [{ type: 'zaqar-queue', target: 'q' }] }
  const warnings = ['event_sinks', 'outputs.o.valu'].map((path) =>
    expect.objectContaining({ path, severity: 'warning' }),
  )
  const previewed = await ask('POST', '/v1/doubt/stacks/preview', {
    stack_name: 'web',
    template: doubtful(1),
    environment,
  })
  expect(previewed.body).toMatchObject({ stack: { stack_name: 'web' }, warnings })
  const made = await create('doubt', 'web', { template: doubtful(1), environment })
  expect(made.body).toMatchObject({ stack: { id: expect.any(String) }, warnings })
  const path = pathOf(at(made.body, 'stack.links.0.href'))
  expect(await settled('doubt', 'web')).toBe('CREATE_COMPLETE')
  const declared = { template: doubtful(2), environment }
  const foretold = await ask('PUT', `${path}/preview`, declared)
  expect(foretold.body).toMatchObject({ resource_changes: { updated: [{ resource_name: 'a' }] }, warnings })
  const plan = await ask('POST', `${path}/plan`, declared)
  expect(plan.body).toMatchObject({ plan: { warnings } })
  const changed = await ask('PUT', path, declared)
  expect([changed.status, changed.body]).toEqual([202, { warnings }])
  expect((await ask('POST', '/v1/doubt/validate', declared)).body).toMatchObject({
    Description: 'No description',
    warnings,
  })
  await settled('doubt', 'web')
  expect(
    (await ask('PATCH', path, { template: labTemplate({ a: { v: 1 } }), environment: { event_sinks: [] } })).text,
  ).toBe('')
  expect((await create('doubt', 'well')).body).not.toHaveProperty('warnings')
  const { body } = await ask('GET', '/openapi.json')
  const promised = (method: string, of: string) =>
    at(at(Object(body.paths)[of], `${method}.responses`), method === 'put' ? '202.content' : '201.content')
  expect(promised('post', '/v1/{tenant}/stacks')).toHaveProperty([
    'application/json',
    'schema',
    'properties',
    'warnings',
  ])
  expect(promised('put', '/v1/{tenant}/stacks/{stack}/{id}')).toBeDefined()
})
