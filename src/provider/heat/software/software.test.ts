// Configurations and deployments: each type through the suite, then what servers are told and what they answer.
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../lib/json.js'
import { type CallContext, isPending, type ResourceType, type Thing } from '../../contract.js'
import { ProviderError } from '../../error.js'
import { checkProperties, completeProperties } from '../../properties.js'
import { type ProviderSubject, providerSuite } from '../../suite.js'
import { Driver } from '../../suite-driver.js'
import { fakeCall } from '../../testing.js'
import { AccessPolicy } from '../access-policy.js'
import { AwsWaitCondition, AwsWaitConditionHandle, UpdateWaitConditionHandle } from '../cloud-formation-wait.js'
import { CloudConfig, SoftwareComponent, SoftwareConfig, StructuredConfig } from './config.js'
import {
  SoftwareDeployment,
  SoftwareDeploymentGroup,
  StructuredDeployment,
  StructuredDeploymentGroup,
} from './deployment-types.js'
import { MultipartMime } from './multipart.js'
import { deploymentsIn } from './state.js'

const thing = (properties: JsonObject, attributes: JsonObject, privateData: Json = null): Thing => ({
  physicalId: 'config-1',
  properties,
  attributes,
  privateData,
})

const CONFIG = thing(
  completeProperties(SoftwareConfig, {
    group: 'script',
    config: 'echo $who',
    inputs: [{ name: 'who', default: 'world' }],
    outputs: [{ name: 'said' }, { name: 'wrong', error_output: true }],
    options: { shell: 'sh' },
  }),
  { config: 'echo $who' },
)
const SIGNALS = {
  signals: [
    { id: 'a', status: 'SUCCESS', reason: 'r', data: 1 },
    { id: 'b', status: 'SUCCESS', reason: 'r', data: null },
  ],
}

const quiet = { config: 'config-1', signal_transport: 'NO_SIGNAL' }
const deploymentChanges = { config: 'config-2', input_values: { who: 'you' }, actions: ['CREATE'], name: 'other' }
const structuredChanges = { ...deploymentChanges, input_key: 'in', input_values_validate: 'STRICT' }

const samples: Omit<ProviderSubject, 'fresh'>[] = [
  { type: SoftwareConfig, wanted: { config: 'a', inputs: [{ name: 'x' }] }, replaced: { config: 'b' } },
  { type: StructuredConfig, wanted: { config: { a: 1 } }, replaced: { config: { a: 2 } } },
  { type: CloudConfig, wanted: { cloud_config: { packages: ['vim'] } }, replaced: { cloud_config: {} } },
  {
    type: SoftwareComponent,
    wanted: { configs: [{ config: 'a', tool: 'script' }] },
    replaced: { configs: [{ config: 'b', tool: 'script' }] },
  },
  { type: MultipartMime, wanted: { parts: [{ config: 'text' }] }, replaced: { parts: [] } },
  { type: AccessPolicy, wanted: { AllowedResources: ['a'] }, replaced: { AllowedResources: ['b'] } },
  { type: UpdateWaitConditionHandle, wanted: {}, replaced: { update_id: '2' } },
  { type: AwsWaitConditionHandle, wanted: {} },
  {
    type: AwsWaitCondition,
    wanted: { Handle: 'config-1', Timeout: 60, Count: 2 },
    changed: { Count: 1 },
    replaced: { Timeout: 61 },
    failing: { Handle: 'config-1', Timeout: 60, Count: 3 },
  },
  {
    type: SoftwareDeployment,
    wanted: { ...quiet, server: 'server-1' },
    changed: deploymentChanges,
    replaced: { server: 'server-2' },
  },
  {
    type: StructuredDeployment,
    wanted: { ...quiet, server: 'server-1' },
    changed: structuredChanges,
    replaced: { server: 'server-2' },
  },
  {
    type: SoftwareDeploymentGroup,
    wanted: { ...quiet, servers: { one: 'server-1' } },
    changed: { ...deploymentChanges, servers: { two: 'server-2' } },
    replaced: { signal_transport: 'HEAT_SIGNAL', servers: {} },
  },
  {
    type: StructuredDeploymentGroup,
    wanted: { ...quiet, servers: { one: 'server-1' } },
    changed: { ...structuredChanges, servers: { two: 'server-2' } },
    replaced: { signal_transport: 'HEAT_SIGNAL', servers: {} },
  },
]

const peer = async () => ({ ...CONFIG, privateData: SIGNALS })
for (const sample of samples) {
  const fresh = async () => ({ nothingOutside: true, call: { peer } })
  describe(`${sample.type.name} keeps the contract`, () => {
    for (const { name, run } of providerSuite({ ...sample, fresh })) it(name, run)
  })
}

/** A deployment that is signalled by hand, as an engine would carry it on. */
class Run {
  privateData: Json = null
  handle: Json = null
  attributes: JsonObject = {}
  state: 'pending' | 'done' = 'done'
  constructor(
    readonly type: ResourceType,
    readonly call: CallContext = fakeCall({ peer, stack: 'web', name: 'install' }),
  ) {}

  #thing = (properties: JsonObject): Thing => ({
    ...thing(properties, this.attributes, this.privateData),
    physicalId: 'd',
  })

  #take(answer: unknown): this {
    const fields: { privateData?: Json; attributes?: JsonObject } = Object(answer)
    this.state = 'done'
    if (typeof answer === 'object' && answer !== null && isPending(answer)) {
      this.state = 'pending'
      this.handle = answer.pending.handle
    } else {
      this.privateData = fields.privateData ?? this.privateData
      this.attributes = fields.attributes ?? this.attributes
    }
    return this
  }

  async create(wanted: JsonObject) {
    return this.#take(await this.type.create(this.call, completeProperties(this.type, wanted)))
  }
  async update(before: JsonObject, wanted: JsonObject) {
    return this.#take(await this.type.update?.(this.call, this.#thing(before), completeProperties(this.type, wanted)))
  }
  async visit(verb: 'delete' | 'suspend' | 'resume', wanted: JsonObject) {
    return this.#take(await this.type[verb]?.(this.call, this.#thing(completeProperties(this.type, wanted))))
  }
  signal(body: Json, wanted: JsonObject = {}): string {
    const answer = this.type.signal?.(this.#thing(wanted), body, 0)
    if (!answer) throw new Error('it takes no signals')
    this.privateData = answer.privateData
    return answer.message
  }
  async poll(action: 'create' | 'update' | 'delete' | 'suspend', wanted: JsonObject) {
    const { handle, privateData } = this
    const properties = completeProperties(this.type, wanted)
    return this.#take(await this.type.poll?.(this.call, { action, handle, physicalId: 'd', properties, privateData }))
  }
  get told() {
    return deploymentsIn(this.privateData, this.state === 'pending' ? this.handle : null)
  }
}

const wanted = { config: 'config-1', server: 'server-1', input_values: { who: 'you', more: 1 } }

describe('a deployment', () => {
  it('tells the server what to run, and waits for its answer', async () => {
    const run = await new Run(SoftwareDeployment).create(wanted)
    expect(run.state).toBe('pending')
    expect(run.told).toEqual([
      {
        id: expect.any(String),
        server: 'server-1',
        name: 'install',
        action: 'CREATE',
        group: 'script',
        config: 'echo $who',
        inputs: [
          expect.objectContaining({ name: 'who', value: 'you' }),
          { name: 'more', type: 'String', value: 1 },
          { name: 'deploy_server_id', type: 'String', value: 'server-1' },
          { name: 'deploy_action', type: 'String', value: 'CREATE' },
          { name: 'deploy_stack_id', type: 'String', value: expect.stringMatching(/^web\//) },
          { name: 'deploy_resource_name', type: 'String', value: 'install' },
          { name: 'deploy_signal_transport', type: 'String', value: 'CFN_SIGNAL' },
        ],
        outputs: CONFIG.properties.outputs,
        options: { shell: 'sh' },
      },
    ])
    expect((await run.poll('create', wanted)).state).toBe('pending')
    expect(run.signal({ deploy_stdout: 'hi', deploy_status_code: 0, said: 'hi', stray: 1 })).toBe(
      'deployment succeeded',
    )
    expect((await run.poll('create', wanted)).state).toBe('done')
    expect(run.attributes).toEqual({
      deploy_stdout: 'hi',
      deploy_stderr: null,
      deploy_status_code: 0,
      said: 'hi',
      wrong: null,
    })
  })

  it('fails with the status code, and with an output that tells errors', async () => {
    const failing = await new Run(SoftwareDeployment).create(wanted)
    expect(failing.signal({ deploy_status_code: '3' })).toBe('deployment failed (3)')
    await expect(failing.poll('create', wanted)).rejects.toThrow('the deployment ended with status code 3')
    const telling = await new Run(SoftwareDeployment).create(wanted)
    telling.signal({ wrong: 'no disk' })
    await expect(telling.poll('create', wanted)).rejects.toThrow('an error in its output wrong: no disk')
  })

  it('keeps its id over retries, and has another for another run', async () => {
    const call = fakeCall({ peer })
    const [one, again] = [
      await new Run(SoftwareDeployment, call).create(wanted),
      await new Run(SoftwareDeployment, call).create(wanted),
    ]
    expect(one.told[0]?.id).toBe(again.told[0]?.id)
    one.signal({})
    await one.poll('create', wanted)
    const changed = { ...wanted, input_values: { who: 'all' } }
    await one.update(wanted, changed)
    expect([one.state, one.told[0]?.action]).toEqual(['pending', 'UPDATE'])
    expect(one.told[0]?.id).not.toBe(again.told[0]?.id)
    // The answer to the earlier run counts for that run only.
    expect((await one.poll('update', changed)).state).toBe('pending')
  })

  it('runs for its actions only', async () => {
    const onlyDelete = { ...wanted, actions: ['DELETE'] }
    const run = await new Run(SoftwareDeployment).create(onlyDelete)
    expect([run.state, run.told]).toEqual(['done', []])
    await run.visit('delete', onlyDelete)
    expect([run.state, run.told[0]?.action]).toEqual(['pending', 'DELETE'])
    run.signal({})
    expect((await run.poll('delete', onlyDelete)).state).toBe('done')
    const resting = await new Run(SoftwareDeployment).create({ ...wanted, actions: ['SUSPEND'] })
    expect((await resting.visit('resume', { ...wanted, actions: ['SUSPEND'] })).state).toBe('done')
    expect((await resting.visit('suspend', { ...wanted, actions: ['SUSPEND'] })).state).toBe('pending')
  })

  it('fills inputs into data, and can insist on them', async () => {
    const data = thing(completeProperties(StructuredConfig, { inputs: [{ name: 'who' }] }), {
      config: { greet: { get_input: 'who' }, list: [{ get_input: 'none' }] },
    })
    const call = fakeCall({ peer: async () => data })
    const run = await new Run(StructuredDeployment, call).create({ ...wanted, input_values: { who: 'you' } })
    expect(run.told[0]?.config).toEqual({ greet: 'you', list: [null] })
    const strict = { ...wanted, input_values_validate: 'STRICT', input_values: { whom: 'you' } }
    await expect(new Run(StructuredDeployment, call).create(strict)).rejects.toThrow(
      'no value is given for the input who; the configuration has no input whom',
    )
  })

  it('of a component runs what is meant for the action', async () => {
    const configs = [
      { actions: ['CREATE'], config: 'make', tool: 'script' },
      { actions: ['DELETE'], config: 'remove', tool: 'ansible' },
    ]
    const component = thing(completeProperties(SoftwareComponent, { configs }), { config: configs })
    const all = { ...wanted, actions: ['CREATE', 'UPDATE', 'DELETE'] }
    const run = await new Run(SoftwareDeployment, fakeCall({ peer: async () => component })).create(all)
    expect(run.told[0]).toMatchObject({ group: 'script', config: 'make' })
    run.signal({})
    await run.poll('create', all)
    await run.visit('delete', all)
    expect(run.told[0]).toMatchObject({ group: 'ansible', config: 'remove', action: 'DELETE' })
  })

  it('of something that is no configuration is refused', async () => {
    const lost = new Run(SoftwareDeployment, fakeCall({ peer: async () => null })).create(wanted)
    await expect(lost).rejects.toMatchObject({ errorClass: 'invalid' })
    expect(() => new Run(SoftwareDeployment).signal('done')).toThrow(ProviderError)
    expect(() => new Run(SoftwareDeployment).signal({ deploy_status_code: 'x' })).toThrow(
      'must be a whole number, got "x"',
    )
  })
})

describe('a deployment on several servers', () => {
  const group = { config: 'config-1', servers: { one: 'server-1', two: 'server-2' } }

  it('waits for each, and answers by their names', async () => {
    const run = await new Run(SoftwareDeploymentGroup).create(group)
    expect(run.told.map(({ server }) => server)).toEqual(['server-1', 'server-2'])
    run.signal({ deploy_server_id: 'server-2', deploy_stdout: 'b' }, group)
    expect((await run.poll('create', group)).state).toBe('pending')
    run.signal({ deploy_server_id: 'one', deploy_stdout: 'a' }, group)
    expect((await run.poll('create', group)).state).toBe('done')
    expect(run.attributes).toEqual({
      deploy_stdouts: { one: 'a', two: 'b' },
      deploy_stderrs: { one: null, two: null },
      deploy_status_codes: { one: null, two: null },
    })
    expect(() => run.signal({}, group)).toThrow('one of one, server-1, two, server-2')
  })

  it('runs a new server for the first time and leaves the others in peace', async () => {
    const run = await new Run(SoftwareDeploymentGroup).create(group)
    for (const name of ['one', 'two']) run.signal({ deploy_server_id: name }, group)
    await run.poll('create', group)
    const before = run.told
    const larger = { ...group, servers: { two: 'server-2', three: 'server-3' } }
    await run.update(group, larger)
    expect(run.told.map(({ server, action }) => [server, action])).toEqual([
      ['server-2', 'CREATE'],
      ['server-3', 'CREATE'],
    ])
    expect(run.told[0]?.id).toBe(before[1]?.id)
    run.signal({ deploy_server_id: 'three' }, larger)
    expect((await run.poll('update', larger)).state).toBe('done')
  })
})

describe('configurations', () => {
  const configOf = async (type: ResourceType, given: JsonObject, call: Partial<CallContext> = {}) =>
    (await new Driver(type, call).create(given)).attributes.config

  it('for cloud-init are its YAML', async () => {
    expect(await configOf(CloudConfig, { cloud_config: { packages: ['vim'] } })).toBe(
      '#cloud-config\npackages:\n  - vim\n',
    )
  })

  it('in MIME hold texts and other configurations', async () => {
    const inner = String(await configOf(MultipartMime, { parts: [{ config: 'inner' }] }, { peer: async () => null }))
    const known = async (id: Json) =>
      id === 'inner-1' ? thing({}, { config: inner }) : id === 'config-1' ? CONFIG : null
    const parts = [
      { config: 'config-1', filename: 'run.sh', subtype: 'x-shellscript' },
      { config: 'ü' },
      { config: 'inner-1', type: 'multipart' },
    ]
    const text = String(await configOf(MultipartMime, { parts }, { peer: known }))
    const [, boundary = ''] = /boundary="(.*)"/.exec(text) ?? []
    expect(text.split(`--${boundary}`)).toHaveLength(5)
    expect(text).toContain('Content-Type: text/x-shellscript; charset="us-ascii"')
    expect(text).toContain('filename="run.sh"\n\necho $who')
    expect(text).toContain('base64\n\nw7w=')
    expect(text).toContain('\n\ninner')
    expect(text.match(/multipart\/mixed/g)).toHaveLength(1)
  })

  it('of a component have each action once', () => {
    const part = { actions: ['CREATE'], config: 'a', tool: 'script' }
    expect(checkProperties(SoftwareComponent, { configs: [part, part] })).toEqual([
      { path: 'properties.configs', message: 'CREATE stands in more than one configuration' },
    ])
  })
})

it('the wait of CloudFormation speaks its words', async () => {
  const handle = AwsWaitConditionHandle.signal?.(
    thing({}, {}, { signals: [] }),
    { Status: 'SUCCESS', UniqueId: 'x', Data: 'd' },
    0,
  )
  const call = { peer: async () => thing({}, {}, handle?.privateData ?? null) }
  const { attributes } = await new Driver(AwsWaitCondition, call).create({ Handle: 'h', Timeout: 10 })
  expect(attributes).toEqual({ Data: '{"x":"d"}' })
  expect(() => AwsWaitConditionHandle.signal?.(thing({}, {}), { status: 'SUCCESS' }, 0)).toThrow('not status')
})
