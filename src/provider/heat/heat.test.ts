// Heat's types: each through the suite, then the behaviour that its users know.
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/json.js'
import type { World } from '../../lib/world.js'
import { type CallContext, isPending, type ResourceType, type Thing } from '../contract.js'
import { ProviderError } from '../error.js'
import { checkProperties, completeProperties, needsReplacement } from '../properties.js'
import { type ProviderSubject, providerSuite } from '../suite.js'
import { Driver } from '../suite-driver.js'
import { fakeCall, quietLogger } from '../testing.js'
import { Delay } from './delay.js'
import { None } from './none.js'
import { drawString, RandomString } from './random-string.js'
import { TestResource } from './test-resource.js'
import { Value } from './value.js'
import { WaitCondition, WaitConditionHandle } from './wait-condition.js'

const handleThing = (signals: JsonObject[]): Thing => ({
  physicalId: 'handle-1',
  properties: {},
  attributes: {},
  privateData: { signals },
})

const signal = (id: string, status = 'SUCCESS', data: string | null = null): JsonObject => ({
  id,
  status,
  reason: `reason ${id}`,
  data,
})

const samples: Omit<ProviderSubject, 'fresh'>[] = [
  {
    type: TestResource,
    wanted: { value: 'a', wait_secs: 5, action_wait_secs: { delete: 200 } },
    changed: { value: 'b', wait_secs: 0.5, action_wait_secs: { update: 0 } },
    notChanged: ['update_replace', 'fail', 'attr_wait_secs', 'client_name', 'entity_name', 'constraint_prop_secs'],
    replaced: { value: 'b', update_replace: true },
    failing: { fail: true },
  },
  { type: None, wanted: { anything: [1, { goes: true }] }, changed: { anything: null, more: 'x' } },
  { type: RandomString, wanted: { length: 12, character_classes: [{ class: 'digits' }] }, replaced: { salt: 'x' } },
  { type: Value, wanted: { value: '5', type: 'number' }, changed: { value: 'true', type: 'boolean' } },
  {
    type: Delay,
    wanted: { min_wait: 1.5, max_jitter: 3, jitter_multiplier: 60, actions: ['CREATE', 'DELETE'] },
    changed: { min_wait: 1, max_jitter: 2, jitter_multiplier: 1, actions: [] },
  },
  { type: WaitConditionHandle, wanted: {}, replaced: { signal_transport: 'HEAT_SIGNAL' } },
  {
    type: WaitCondition,
    wanted: { handle: 'handle-1', timeout: 60, count: 2 },
    changed: { count: 1 },
    replaced: { timeout: 61 },
    failing: { handle: 'handle-1', timeout: 60, count: 3 },
  },
]

for (const sample of samples) {
  const peer = async () => handleThing([signal('1'), signal('2')])
  const fresh = async () => ({ nothingOutside: true, call: { peer } })
  describe(`${sample.type.name} keeps the contract`, () => {
    for (const { name, run } of providerSuite({ ...sample, fresh })) it(name, run)
  })
}

const create = (type: ResourceType, wanted: JsonObject, call: Partial<CallContext> = {}) =>
  new Driver(type, call).create(wanted)

/** For how long the type has waited in all, in a world in which that takes no time. */
async function secondsAsleep(work: (world: World) => Promise<unknown>): Promise<number> {
  let slept = 0
  const sleep = async (seconds: number) => {
    slept += seconds
  }
  await work({ ...fakeCall().world, sleep })
  return slept
}

describe('OS::Heat::TestResource', () => {
  it('is named by stack, resource and twelve characters', async () => {
    const { physicalId } = await create(TestResource, {}, { stack: 'web', name: 'a' })
    expect(physicalId).toMatch(/^web-a-[a-z2-7]{12}$/)
  })

  it('fails after waiting, and not to be repeated', async () => {
    const failing = create(TestResource, { fail: true, wait_secs: 2 }, { name: 'a' })
    await expect(failing).rejects.toThrow('Test Resource failed a')
    await expect(failing).rejects.toMatchObject({ errorClass: 'fatal' })
  })

  it('waits for ever below zero', async () => {
    const call = fakeCall()
    let answer = await TestResource.create(call, completeProperties(TestResource, { wait_secs: -1 }))
    for (let polls = 0; polls < 50 && isPending(answer); polls++) {
      const { handle } = answer.pending
      const operation = { action: 'create', handle, physicalId: undefined, properties: {}, privateData: null } as const
      answer = (await TestResource.poll?.(call, operation)) as typeof answer
    }
    expect(isPending(answer)).toBe(true)
  })

  const slept: [wanted: JsonObject, seconds: number][] = [
    [{ wait_secs: 3 }, 3],
    [{ wait_secs: 3, action_wait_secs: { create: 5 } }, 5],
    [{ wait_secs: 3, action_wait_secs: { update: 5 } }, 3],
    [{ attr_wait_secs: 7 }, 7],
    [{ constraint_prop_secs: 11 }, 11],
    [{ wait_secs: 3, attr_wait_secs: 7, constraint_prop_secs: 11 }, 21],
  ]
  for (const [wanted, seconds] of slept) {
    it(`takes ${seconds} s to be made with ${JSON.stringify(wanted)}`, async () => {
      expect(await secondsAsleep((world) => create(TestResource, wanted, { world }))).toBe(seconds)
    })
  }

  it('takes the time of its attributes and of its validation when it is updated, and neither when it is deleted', async () => {
    const wanted = {
      value: 'b',
      attr_wait_secs: 7,
      constraint_prop_secs: 11,
      action_wait_secs: { update: 3, delete: 2 },
    }
    const properties = completeProperties(TestResource, { ...wanted, value: 'a' })
    const thing: Thing = { physicalId: 'a', properties, attributes: {}, privateData: null }
    const updated = await secondsAsleep((world) => new Driver(TestResource, { world }).update(thing, wanted))
    const deleted = await secondsAsleep((world) => new Driver(TestResource, { world }).delete(thing))
    expect([updated, deleted]).toEqual([21, 2])
  })

  it('waits for ever below zero, whatever else takes time', async () => {
    const wanted = completeProperties(TestResource, { wait_secs: -1, attr_wait_secs: 5, constraint_prop_secs: 5 })
    expect(await TestResource.create(fakeCall(), wanted)).toMatchObject({ pending: { handle: { secondsLeft: -1 } } })
  })

  it('says which client and entity each look of a wait is for, and both have to be named', async () => {
    const said: object[] = []
    const log = { ...quietLogger, debug: (details: object) => void said.push(details) }
    await create(TestResource, { wait_secs: 90, client_name: 'nova', entity_name: 'servers' }, { log })
    await create(TestResource, { wait_secs: 90, client_name: 'nova' }, { log })
    expect(said).toMatchObject([
      { client: 'nova', entity: 'servers' },
      { client: 'nova', entity: 'servers' },
    ])
  })

  it('is replaced when update_replace is turned on, or the value changes while it is on', () => {
    const change = (before: JsonObject, wanted: JsonObject) =>
      needsReplacement(TestResource, completeProperties(TestResource, before), completeProperties(TestResource, wanted))
    expect(change({ value: 'a' }, { value: 'b' })).toBe(false)
    expect(change({}, { update_replace: true })).toBe(true)
    expect(change({ value: 'a', update_replace: true }, { value: 'b', update_replace: true })).toBe(true)
    expect(change({ wait_secs: 1, update_replace: true }, { wait_secs: 2, update_replace: true })).toBe(false)
    expect(change({ update_replace: true }, { update_replace: false })).toBe(false)
    expect(change({ update_replace_value: 'a' }, { update_replace_value: 'b' })).toBe(true)
  })

  it('is deleted even when it was told to fail', async () => {
    const thing: Thing = { physicalId: 'a', properties: { fail: true }, attributes: {}, privateData: null }
    await new Driver(TestResource, {}).delete(thing)
  })
})

describe('OS::Heat::RandomString', () => {
  it('gives its value to get_resource', async () => {
    const thing = await create(RandomString, { length: 20, sequence: 'hexdigits' })
    expect(RandomString.reference?.(thing)).toMatch(/^[0-9A-F]{20}$/)
    expect(RandomString.reference?.(thing)).toBe(thing.attributes.value)
    expect(RandomString.attributes?.value?.secret).toBe(true)
  })

  it('holds each minimum', async () => {
    const classes = [{ class: 'uppercase', min: 3 }, { class: 'digits' }]
    const sequences = [{ sequence: '!#', min: 2 }]
    const thing = await create(RandomString, { length: 6, character_classes: classes, character_sequences: sequences })
    const value = String(thing.attributes.value)
    expect([...value].sort().join('')).toMatch(/^[!#]{2}\d[A-Z]{3}$/)
  })

  it('draws from the pools and shuffles', () => {
    expect(drawString(4, [{ characters: 'ab', min: 1 }], (limit) => limit - 1)).toBe('bbbb')
    expect(drawString(3, [{ characters: 'abc', min: 0 }], () => 0)).toHaveLength(3)
  })

  it('refuses minimums that are longer than the string', () => {
    const problems = checkProperties(RandomString, { length: 3, character_classes: [{ class: 'digits', min: 4 }] })
    expect(problems).toEqual([
      { path: 'properties.length', message: 'must be at least 4, the sum of the minimums, got 3' },
    ])
  })
})

describe('OS::Heat::Value', () => {
  const cases: [type: string, value: JsonObject[string], read: JsonObject[string]][] = [
    ['string', 5, '5'],
    ['number', '2.5', 2.5],
    ['comma_delimited_list', 'a, b', ['a', 'b']],
    ['json', '{"a": [1]}', { a: [1] }],
    ['boolean', 'off', false],
  ]
  for (const [type, value, read] of cases) {
    it(`reads ${JSON.stringify(value)} as ${type}`, async () => {
      expect((await create(Value, { value, type })).attributes).toEqual({ value: read })
    })
  }

  it('refuses a value that is not of its type, without showing it', () => {
    expect(checkProperties(Value, { value: 'abc', type: 'number' })).toEqual([
      { path: 'properties.value', message: 'does not read as number' },
    ])
  })
})

it('OS::Heat::Delay waits its minimum and its share of jitter', async () => {
  const waited: number[] = []
  const world = { ...fakeCall().world, random: () => 0.5, sleep: async (seconds: number) => void waited.push(seconds) }
  await create(Delay, { min_wait: 100, max_jitter: 4, jitter_multiplier: 10 }, { world })
  expect(waited.reduce((sum, seconds) => sum + seconds, 0)).toBe(120)
})

describe('OS::Heat::WaitCondition', () => {
  const wanted = { handle: 'handle-1', timeout: 30, count: 2 }
  const over = (signals: JsonObject[]) => create(WaitCondition, wanted, { peer: async () => handleThing(signals) })

  it('collects the data of the signals', async () => {
    const { attributes } = await over([signal('a', 'SUCCESS', 'x'), signal('b')])
    expect(attributes).toEqual({ data: '{"a":"x","b":null}' })
  })

  it('goes on waiting until there are enough signals', async () => {
    const signals = [signal('a')]
    let looks = 0
    const peer = async () => {
      if (++looks === 5) signals.push(signal('b'))
      return handleThing(signals)
    }
    await create(WaitCondition, wanted, { peer })
    expect(looks).toBe(5)
  })

  it('fails with the reasons of all failures', async () => {
    const failing = over([signal('a', 'FAILURE'), signal('b'), signal('c', 'FAILURE')])
    await expect(failing).rejects.toThrow(/^reason a;reason c$/)
  })

  it('fails when time is up, and says what came in', async () => {
    await expect(over([signal('a')])).rejects.toThrow(/^1 of 2 received - reason a$/)
    await expect(over([])).rejects.toThrow(/^0 of 2 received$/)
  })

  it('fails at once without a handle among what it requires', async () => {
    await expect(create(WaitCondition, wanted)).rejects.toMatchObject({ errorClass: 'invalid' })
  })
})

describe('a signal to OS::Heat::WaitConditionHandle', () => {
  const send = (thing: Thing, body: JsonObject | null) => {
    const answer = WaitConditionHandle.signal?.(thing, body, 0)
    if (!answer) throw new Error('no answer')
    return { ...thing, privateData: answer.privateData }
  }

  it('may leave out everything', () => {
    const twice = send(send(handleThing([]), null), { data: { x: 1 } })
    expect(twice.privateData).toEqual({
      signals: [
        { id: '1', status: 'SUCCESS', reason: 'Signal 1 received', data: null },
        { id: '2', status: 'SUCCESS', reason: 'Signal 2 received', data: { x: 1 } },
      ],
    })
  })

  it('with a known id takes the place of the earlier one', () => {
    const thing = send(send(handleThing([]), { id: 'a', reason: 'first' }), { id: 'a', reason: 'second' })
    expect(thing.privateData).toEqual({ signals: [{ id: 'a', status: 'SUCCESS', reason: 'second', data: null }] })
  })

  it('is refused when it is none', () => {
    expect(() => send(handleThing([]), { status: 'DONE' })).toThrow(ProviderError)
    expect(() => send(handleThing([]), { state: 'SUCCESS' })).toThrow('not state')
  })
})
