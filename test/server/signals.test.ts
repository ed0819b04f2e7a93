// Signals by the addresses that attributes tell: requested as machines do that have no user, over a real socket.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../src/lib/json.js'
import { at, type Served, startServer } from './harness.js'

let served: Served
const logged: string[] = []
const note = (details: object, message: string) => void logged.push(JSON.stringify([details, message]))
beforeAll(async () => {
  served = await startServer({ log: { debug: note, info: note, warn: note, error: note } })
})
afterAll(() => served.close())

async function make(project: string, template: JsonObject, files: JsonObject = {}): Promise<string> {
  const { status, body } = await served.ask('POST', `/v1/${project}/stacks`, { stack_name: 'web', template, files })
  expect(status, JSON.stringify(body)).toBe(201)
  return new URL(String(at(body, 'stack.links.0.href'))).pathname
}

/** An output, as soon as it has a value. */
async function output(path: string, name: string): Promise<string> {
  const read = async () => at((await served.ask('GET', `${path}/outputs/${name}`)).body, 'output.output_value') ?? null
  await expect.poll(read).toBeTypeOf('string')
  return String(await read())
}

const post = async (address: string, body?: string, method = 'POST') =>
  (await fetch(address, { method, ...(body !== undefined && { body }) })).status

const waiting = (handle: JsonObject = {}): JsonObject => ({
  heat_template_version: '2018-08-31',
  resources: {
    handle: { type: 'OS::Heat::WaitConditionHandle', properties: handle },
    wait: {
      type: 'OS::Heat::WaitCondition',
      properties: { handle: { get_resource: 'handle' }, timeout: 600, count: 2 },
    },
  },
  outputs: {
    curl: { value: { get_attr: ['handle', 'curl_cli'] } },
    endpoint: { value: { get_attr: ['handle', 'endpoint'] } },
    data: { value: { get_attr: ['wait', 'data'] } },
  },
})

const run = promisify(execFile)
/** Machines without curl send the same by other means. */
const curl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

test('what curl_cli says makes a waiting stack complete, and nothing shows it but what asks for it', async () => {
  const path = await make('waits', waiting())
  const command = await output(path, 'curl')
  const address = command.split(' ').at(-1) ?? ''
  expect(address).toMatch(`${served.server.url}/v1/signal/`)
  const said = JSON.stringify({ id: 'one', data: 'by curl' })
  if (curl) await run('sh', ['-c', `${command} --fail --data-binary '${said}'`])
  else expect(await post(address, said)).toBe(200)
  expect(await post(await output(path, 'endpoint'), JSON.stringify({ id: 'two', data: 'by fetch' }))).toBe(200)
  expect(await served.settled('waits', 'web')).toBe('CREATE_COMPLETE')
  expect(JSON.parse(await output(path, 'data'))).toEqual({ one: 'by curl', two: 'by fetch' })
  const secret = address.split('/').at(-1) ?? ''
  for (const place of ['/events', '/resources/handle', '/resources/wait', '/resources/handle/why'])
    expect((await served.ask('GET', `${path}${place}`)).text).not.toContain(secret)
  for (const table of ['signal_urls', 'resource_data', 'resources', 'events'])
    expect(JSON.stringify(await served.database.query(`select * from isotherm.${table}`))).not.toContain(secret)
})

test('an address that was guessed, was revoked, or whose handle was replaced or deleted is refused', async () => {
  const template = waiting()
  const { wait: _, ...resources } = template.resources as JsonObject
  const alone = { ...template, resources, outputs: { endpoint: at(template, 'outputs.endpoint') ?? null } }
  const path = await make('ends', alone)
  await served.settled('ends', 'web')
  const first = await output(path, 'endpoint')
  expect(await post(first)).toBe(200)
  expect(await post(`${first}x`)).toBe(404)
  expect(await post(first, JSON.stringify({ unset_hook: 'pre-update' }))).toBe(403)
  const replaced = { ...alone, resources: waiting({ signal_transport: 'CFN_SIGNAL' }).resources as JsonObject }
  await served.ask('PUT', path, {
    template: { ...replaced, resources: { handle: at(replaced, 'resources.handle') ?? null } },
  })
  await served.settled('ends', 'web')
  const second = await output(path, 'endpoint')
  expect(second).not.toBe(first)
  expect([await post(first), await post(second)]).toEqual([404, 200])
  expect((await served.ask('DELETE', `${path}/resources/handle/signal_url`)).status).toBe(204)
  expect(await post(second)).toBe(404)
  const other = await make('ends2', alone)
  await served.settled('ends2', 'web')
  const third = await output(other, 'endpoint')
  await served.ask('DELETE', other)
  await expect.poll(() => post(third)).toBe(404)
})

test('neither the audit nor the log keeps a secret, however its address is written', async () => {
  const { wait: _, ...resources } = waiting().resources as JsonObject
  const outputs = { endpoint: at(waiting(), 'outputs.endpoint') ?? null }
  const path = await make('quiet', { heat_template_version: '2018-08-31', resources, outputs })
  const address = await output(path, 'endpoint')
  const first = address.split('/').at(-1)?.slice(0, 1) ?? ''
  const escaped = address.replace(/[^/]+$/, (secret) => `%${first.charCodeAt(0).toString(16)}${secret.slice(1)}`)
  for (const written of [address, `${address}/`, `${address}?again`, escaped]) expect(await post(written)).toBe(200)
  const audited = () =>
    served.database.query<{ project: string; path: string; status: number }>(
      `select project, path, status from isotherm.audit where project = 'quiet' and operation = 'resource:signal_by_url'`,
    )
  await expect.poll(async () => (await audited()).length).toBe(4)
  const signalled = {
    project: 'quiet',
    path: expect.stringMatching(/\/stacks\/web\/[^/]+\/resources\/handle\/signal$/),
    status: 200,
  }
  expect(await audited(), 'it is known what was signalled').toEqual([signalled, signalled, signalled, signalled])
  const tail = address.split('/').at(-1)?.slice(1) ?? ''
  expect(JSON.stringify(await served.database.query('select * from isotherm.audit'))).not.toContain(tail)
  expect(logged.join()).toContain('/v1/signal/…')
  expect(logged.join()).not.toContain(tail)
})

test('a handle of CloudFormation is the address, which tools of CloudFormation put to', async () => {
  const path = await make('formation', {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
      Wait: { Type: 'AWS::CloudFormation::WaitCondition', Properties: { Handle: { Ref: 'Handle' }, Timeout: 600 } },
    },
    Outputs: { Url: { Value: { Ref: 'Handle' } }, Data: { Value: { 'Fn::GetAtt': ['Wait', 'Data'] } } },
  })
  const url = await output(path, 'Url')
  expect(await post(url, JSON.stringify({ Status: 'SUCCESS', UniqueId: 'a', Data: 'ready' }), 'PUT')).toBe(200)
  expect(await served.settled('formation', 'web')).toBe('CREATE_COMPLETE')
  expect(JSON.parse(await output(path, 'Data'))).toEqual({ a: 'ready' })
  for (const name of ['Handle', 'Wait'])
    expect((await served.ask('GET', `${path}/resources/${name}`)).text).not.toContain(url.split('/').at(-1))
})

test('a handle inside a nested stack is signalled by its own address', async () => {
  const template = {
    heat_template_version: '2018-08-31',
    resources: { inner: { type: 'inner.yaml' } },
    outputs: { data: { value: { get_attr: ['inner', 'data'] } } },
  }
  const path = await make('nests', template, { 'inner.yaml': JSON.stringify(waiting()) })
  const inner = async () =>
    at((await served.ask('GET', `${path}/resources/inner`)).body, 'resource.physical_resource_id')
  await expect.poll(inner).toBeTypeOf('string')
  const { headers } = await served.ask('GET', `/v1/nests/stacks/${await inner()}`)
  const nested = new URL(headers.get('location') ?? '').pathname
  const endpoint = await output(nested, 'endpoint')
  expect([await post(endpoint), await post(endpoint)]).toEqual([200, 200])
  expect(await served.settled('nests', 'web')).toBe('CREATE_COMPLETE')
  expect(JSON.parse(await output(path, 'data'))).toEqual({ 1: null, 2: null })
})

test('the alarm_url of a scaling policy makes its group grow', async () => {
  const path = await make('grows', {
    heat_template_version: '2018-08-31',
    resources: {
      group: {
        type: 'OS::Heat::AutoScalingGroup',
        properties: { min_size: 1, max_size: 3, resource: { type: 'Lab::Thing', properties: { v: 1 } } },
      },
      more: {
        type: 'OS::Heat::ScalingPolicy',
        properties: {
          auto_scaling_group_id: { get_resource: 'group' },
          adjustment_type: 'change_in_capacity',
          scaling_adjustment: 1,
        },
      },
    },
    outputs: {
      alarm: { value: { get_attr: ['more', 'alarm_url'] } },
      size: { value: { get_attr: ['group', 'current_size'] } },
    },
  })
  await served.settled('grows', 'web')
  expect(await post(await output(path, 'alarm'), JSON.stringify({ current: 'alarm' }))).toBe(200)
  expect(await served.settled('grows', 'web')).toBe('UPDATE_COMPLETE')
  expect(at((await served.ask('GET', `${path}/outputs/size`)).body, 'output.output_value')).toBe(2)
})

test('a server answers a deployment at the address that it is told, also the last time', async () => {
  const template = {
    heat_template_version: '2018-08-31',
    resources: {
      config: { type: 'OS::Heat::SoftwareConfig', properties: { config: 'true', outputs: [{ name: 'said' }] } },
      one: {
        type: 'OS::Heat::SoftwareDeployment',
        properties: { config: { get_resource: 'config' }, server: 's1', actions: ['CREATE', 'DELETE'] },
      },
      all: {
        type: 'OS::Heat::SoftwareDeploymentGroup',
        properties: { config: { get_resource: 'config' }, servers: { a: 's2' }, signal_transport: 'TEMP_URL_SIGNAL' },
      },
      quiet: {
        type: 'OS::Heat::SoftwareDeployment',
        properties: { config: { get_resource: 'config' }, server: 's1', signal_transport: 'NO_SIGNAL' },
      },
    },
    outputs: { said: { value: { get_attr: ['one', 'said'] } } },
  }
  const told = async (server: string) => {
    const { body } = await served.ask('GET', `/v1/software/software_deployments/metadata/${server}`)
    const all = body.metadata as unknown as { resource: string; inputs: { name: string; value: string }[] }[]
    return new Map(
      all.map(({ resource, inputs }) => [resource, new Map(inputs.map(({ name, value }) => [name, value]))]),
    )
  }
  const where = async (server: string, resource: string) => (await told(server)).get(resource)?.get('deploy_signal_id')
  const path = await make('software', template)
  await expect.poll(() => where('s1', 'one')).toContain(`${served.server.url}/v1/signal/`)
  await expect.poll(() => where('s2', 'all')).toBeTypeOf('string')
  expect((await told('s2')).get('all')?.get('deploy_signal_verb')).toBe('PUT')
  expect(await where('s1', 'quiet')).toBeUndefined()
  const first = String(await where('s1', 'one'))
  expect(await post(first, JSON.stringify({ deploy_status_code: 0, said: 'here' }))).toBe(200)
  expect(await post(String(await where('s2', 'all')), JSON.stringify({ deploy_status_code: 0 }), 'PUT')).toBe(200)
  expect(await served.settled('software', 'web')).toBe('CREATE_COMPLETE')
  expect(await output(path, 'said')).toBe('here')
  const secret = new URL(first).pathname.split('/').at(-1) ?? ''
  for (const table of ['signal_urls', 'resource_data', 'resources', 'events'])
    expect(JSON.stringify(await served.database.query(`select * from isotherm.${table}`))).not.toContain(secret)
  await served.ask('DELETE', path)
  await expect.poll(() => where('s1', 'one')).toBe(first)
  expect(await post(first, JSON.stringify({ deploy_status_code: 0 }))).toBe(200)
  const status = async () => at((await served.ask('GET', path)).body, 'stack.stack_status') ?? 'gone'
  await expect.poll(status).toMatch(/^(DELETE_COMPLETE|gone)$/)
})
