// AWS::CloudFormation::WaitCondition and its handle: those of Heat under the names that CloudFormation has for things.
import { isJsonObject, type Json } from '../../lib/json.js'
import {
  type AttributeSchemas,
  type CallContext,
  defineType,
  type Made,
  type Pending,
  type PropertySchemas,
  type Thing,
} from '../contract.js'
import { ProviderError } from '../error.js'
import { nothingOutside, physicalName } from '../physical-name.js'
import { WaitCondition, WaitConditionHandle, withoutSignals } from './wait-condition.js'

const SIGNAL_NAMES: { readonly [name: string]: string } = {
  Status: 'status',
  Reason: 'reason',
  Data: 'data',
  UniqueId: 'id',
}

/** A signal in Heat's words. */
function translated(body: Json): Json {
  if (!isJsonObject(body)) return body
  const stray = Object.keys(body).filter((name) => !Object.hasOwn(SIGNAL_NAMES, name))
  if (stray.length > 0)
    throw new ProviderError('invalid', `a signal has Status, Reason, Data and UniqueId, not ${stray.join(', ')}`)
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [SIGNAL_NAMES[name] ?? name, value]))
}

const handle = {
  description:
    'What is signalled from outside, with Status, Reason, Data and UniqueId, so that a WaitCondition goes on.',
  attributes: {
    Url: { type: 'string', secret: true, description: 'The address that signals are sent to, as Ref gives it.' },
  },
  recoverBy: 'token',
  async create(call: CallContext) {
    call.signal.throwIfAborted()
    return { physicalId: physicalName(call), attributes: { Url: await call.signalUrl() }, privateData: { signals: [] } }
  },
  // Handles that are older, or made where no server was known, have none.
  reference: ({ physicalId, attributes: { Url = null } }: Thing) => Url ?? physicalId,
  find: nothingOutside,
  async delete() {},
  left: withoutSignals,
  signal(thing: Thing, body: Json, nowSeconds: number) {
    const answer = WaitConditionHandle.signal?.(thing, translated(body), nowSeconds)
    if (!answer) throw new ProviderError('fatal', 'the handle takes no signals')
    return answer
  },
} as const

export const AwsWaitConditionHandle = defineType({
  ...handle,
  name: 'AWS::CloudFormation::WaitConditionHandle',
  properties: {},
})

export const UpdateWaitConditionHandle = defineType({
  ...handle,
  name: 'OS::Heat::UpdateWaitConditionHandle',
  description: `${handle.description} Each update of its stack makes another, so that what waits on it waits anew.`,
  properties: {
    update_id: {
      type: 'string',
      default: '',
      description:
        'Is another with each update of the stack. One that the template gives makes another handle when that changes.',
    },
  },
  renewedBy: 'update_id',
})

const properties = {
  Handle: { type: 'string', required: true, description: 'The handle to wait on: Ref of a WaitConditionHandle.' },
  Timeout: {
    type: 'number',
    required: true,
    schema: { minimum: 1, maximum: 43_200 },
    description: 'Seconds until the wait fails.',
  },
  Count: {
    type: 'integer',
    default: 1,
    onChange: 'update',
    schema: { minimum: 1 },
    description: 'How many signals of success to wait for.',
  },
} as const satisfies PropertySchemas

const attributes = {
  Data: { type: 'string', description: 'JSON text of a map from the UniqueId of each signal to its Data.' },
} as const satisfies AttributeSchemas

interface Wanted {
  readonly Handle: string
  readonly Timeout: number
  readonly Count: number
}

const inHeatsWords = ({ Handle: handle, Timeout: timeout, Count: count }: Wanted) => ({ handle, timeout, count })

function renamed<T extends Partial<Made> | Pending>(answer: T): T {
  return 'attributes' in answer && answer.attributes
    ? { ...answer, attributes: { Data: answer.attributes.data ?? null } }
    : answer
}

export const AwsWaitCondition = defineType({
  name: 'AWS::CloudFormation::WaitCondition',
  operationTimeoutSeconds: 43_260,
  awaitsSignals: true,
  description: 'Waits until its handle was signalled often enough; fails on a signal of failure, or when time is up.',
  properties,
  attributes,
  recoverBy: 'token',
  create: async (call, wanted) => renamed(await WaitCondition.create(call, inHeatsWords(wanted))),
  update: async (call, _, wanted) => renamed(await WaitCondition.create(call, inHeatsWords(wanted))),
  find: nothingOutside,
  delete: (call, { properties }) => call.leave(properties.Handle),
  async poll(call, { properties: wanted, ...operation }) {
    const answer = await WaitCondition.poll?.(call, { ...operation, properties: inHeatsWords(wanted) })
    return answer && renamed(answer)
  },
  async cancel() {},
})
