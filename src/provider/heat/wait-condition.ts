// OS::Heat::WaitCondition and its handle: a stack waits until somebody outside has signalled the handle often enough.
// The signals lie in the handle's private data; the condition looks at them through `call.peer`.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { type CallContext, defineType, type Made, type Pending, type PropertySchemas, type Thing } from '../contract.js'
import { ProviderError } from '../error.js'
import { nothingOutside, physicalName } from '../physical-name.js'

interface Signal {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE'
  readonly reason: string
  readonly data: Json
}

const handleProperties = {
  signal_transport: {
    type: 'string',
    default: 'TOKEN_SIGNAL',
    schema: {
      enum: ['CFN_SIGNAL', 'TEMP_URL_SIGNAL', 'HEAT_SIGNAL', 'NO_SIGNAL', 'ZAQAR_SIGNAL', 'TOKEN_SIGNAL'],
    },
    description: 'With NO_SIGNAL no address is made; any other is accepted for compatibility.',
  },
} as const satisfies PropertySchemas

/** What is told of the address, which carries the secret: whoever has it needs nothing else to signal. */
function told(address: string | null): JsonObject {
  if (address === null) return { token: null, endpoint: null, curl_cli: null, signal: null }
  const json = 'application/json'
  const addresses = {
    token: address.slice(address.lastIndexOf('/') + 1),
    endpoint: address,
    curl_cli: `curl -i -X POST -H 'Content-Type: ${json}' -H 'Accept: ${json}' ${address}`,
  }
  return { ...addresses, signal: JSON.stringify(addresses) }
}

/** Null where the engine knows of no server. */
const address = { type: 'string', secret: true } as const

/** Who waits next on a handle waits for what is signalled from then on. */
export const withoutSignals = (): Json => ({ signals: [] })

const handle = {
  description: 'What is signalled from outside so that a WaitCondition goes on.',
  properties: handleProperties,
  attributes: {
    token: { ...address, description: 'The secret in the address.' },
    endpoint: { ...address, description: 'The address that signals are sent to, by POST or PUT.' },
    curl_cli: {
      ...address,
      description: `A curl command that signals success; with --data-binary '{"status": "FAILURE"}' and the like anything else.`,
    },
    signal: { ...address, description: 'All of this as JSON.' },
  },
  recoverBy: 'token',
  async create(call: CallContext, { signal_transport: transport }: { readonly signal_transport: string }) {
    call.signal.throwIfAborted()
    const address = transport === 'NO_SIGNAL' ? null : await call.signalUrl()
    return { physicalId: physicalName(call), attributes: told(address), privateData: { signals: [] } }
  },
  find: nothingOutside,
  async delete() {},
  left: withoutSignals,
  signal(thing: Thing, body: Json) {
    const known = signalsOf(thing.privateData)
    const signal = readSignal(body, known)
    // A repeated id is the same signal sent again: it counts once, and the last word holds.
    const signals = [...known.filter((one) => one.id !== signal.id), signal]
    return {
      privateData: { signals: signals.map((one): JsonObject => ({ ...one })) },
      message: `Signal: status:${signal.status} reason:${signal.reason}`,
    }
  },
} as const

export const WaitConditionHandle = defineType({ ...handle, name: 'OS::Heat::WaitConditionHandle' })

function readSignal(body: Json, known: readonly Signal[]): Signal {
  const fields = body === null || body === '' ? {} : body
  if (!isJsonObject(fields)) throw new ProviderError('invalid', 'a signal is a map with status, reason, data and id')
  const stray = Object.keys(fields).filter((name) => !['status', 'reason', 'data', 'id'].includes(name))
  if (stray.length > 0)
    throw new ProviderError('invalid', `a signal has status, reason, data and id, not ${stray.join(', ')}`)
  const { status = 'SUCCESS', reason, data = null, id } = fields
  if (status !== 'SUCCESS' && status !== 'FAILURE') {
    throw new ProviderError('invalid', `signal status: must be SUCCESS or FAILURE, got ${JSON.stringify(status)}`)
  }
  for (const [name, field] of Object.entries({ reason: reason ?? null, id: id ?? null })) {
    if (field !== null && typeof field === 'object')
      throw new ProviderError('invalid', `signal ${name}: must be a text`)
  }
  return {
    id: (id ?? null) === null ? runningNumber(known) : String(id),
    status,
    reason: (reason ?? null) === null ? `Signal ${known.length + 1} received` : String(reason),
    data,
  }
}

/** The number of this signal; the next free one when a sender took it for an id. */
function runningNumber(known: readonly Signal[]): string {
  let number = known.length + 1
  while (known.some((signal) => signal.id === String(number))) number++
  return String(number)
}

function signalsOf(privateData: Json): Signal[] {
  const signals = isJsonObject(privateData) ? privateData.signals : undefined
  return Array.isArray(signals) ? signals.flatMap(signalFrom) : []
}

function signalFrom(row: Json): Signal[] {
  if (!isJsonObject(row)) return []
  const { id, status, reason, data = null } = row
  const failed = status === 'FAILURE'
  return [{ id: String(id), status: failed ? 'FAILURE' : 'SUCCESS', reason: String(reason), data }]
}

const conditionProperties = {
  handle: {
    type: 'string',
    required: true,
    description: 'The handle to wait on: get_resource of a WaitConditionHandle.',
  },
  timeout: {
    type: 'number',
    required: true,
    schema: { minimum: 1, maximum: 43200 },
    description: 'Seconds until the wait fails.',
  },
  count: {
    type: 'integer',
    default: 1,
    onChange: 'update',
    schema: { minimum: 1 },
    description: 'How many signals of success to wait for.',
  },
} as const satisfies PropertySchemas

interface Condition {
  readonly handle: string
  readonly timeout: number
  readonly count: number
}

export const WaitCondition = defineType({
  name: 'OS::Heat::WaitCondition',
  operationTimeoutSeconds: 43_260,
  awaitsSignals: true,
  description: 'Waits until its handle was signalled often enough; fails on a signal of failure, or when time is up.',
  properties: conditionProperties,
  attributes: { data: { type: 'string', description: 'JSON text of a map from the id of each signal to its data.' } },
  recoverBy: 'token',
  create: (call, wanted) => look(call, wanted, 0),
  update: (call, _, wanted) => look(call, wanted, 0),
  find: nothingOutside,
  delete: (call, { properties }) => call.leave(properties.handle),
  poll: (call, { action, handle, properties }) =>
    action === 'delete' ? Promise.resolve(undefined) : look(call, properties, waitedOf(handle)),
  // Nothing waits but a row.
  async cancel() {},
})

const waitedOf = (handle: Json) =>
  isJsonObject(handle) && typeof handle.waitedSeconds === 'number' ? handle.waitedSeconds : 0

/** One look at the signals: done, failed, or pending until the next look. */
async function look(call: CallContext, wanted: Condition, waitedSeconds: number): Promise<Made | Pending> {
  call.signal.throwIfAborted()
  const peer = await call.peer(wanted.handle)
  if (!peer)
    throw new ProviderError('invalid', `properties.handle: no wait condition handle is required by ${call.name}`)
  const signals = signalsOf(peer.privateData)
  const failures = signals.filter((signal) => signal.status === 'FAILURE')
  if (failures.length > 0) throw new ProviderError('fatal', reasonsOf(failures))
  const physicalId = physicalName(call)
  if (signals.length >= wanted.count) return { physicalId, attributes: { data: dataOf(signals) } }
  const left = wanted.timeout - waitedSeconds
  if (left <= 0) {
    const received = `${signals.length} of ${wanted.count} received`
    throw new ProviderError('fatal', signals.length > 0 ? `${received} - ${reasonsOf(signals)}` : received)
  }
  // Close to the start somebody is watching; a wait of hours may be looked at more rarely.
  const pollAfterSeconds = Math.min(left, Math.max(1, Math.min(10, waitedSeconds / 10)))
  return { physicalId, pending: { handle: { waitedSeconds: waitedSeconds + pollAfterSeconds }, pollAfterSeconds } }
}

const reasonsOf = (signals: readonly Signal[]) => signals.map((signal) => signal.reason).join(';')

const dataOf = (signals: readonly Signal[]) =>
  JSON.stringify(Object.fromEntries(signals.map((signal) => [signal.id, signal.data])))
