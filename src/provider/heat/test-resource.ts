// OS::Heat::TestResource: stores a string and can be told to wait, to fail and to ask for its replacement.
import { isJsonObject, type Json } from '../../lib/json.js'
import { type CallContext, defineType, type PolledAction, type PropertySchemas } from '../contract.js'
import { ProviderError } from '../error.js'
import { nothingOutside, physicalName } from '../physical-name.js'
import { wait, waitOn } from './waiting.js'

const seconds = { type: 'number' } as const

const properties = {
  value: { type: 'string', default: 'test_string', onChange: 'update', description: 'The string to store.' },
  update_replace: {
    type: 'boolean',
    default: false,
    onChange: 'update',
    description: 'Whether turning this on, or changing `value` while it is on, makes a new thing.',
  },
  update_replace_value: { type: 'string', description: 'Any change of it makes a new thing.' },
  fail: { type: 'boolean', default: false, onChange: 'update', description: 'Whether create and update fail.' },
  wait_secs: {
    type: 'number',
    default: 0,
    onChange: 'update',
    description: 'Seconds that each action takes; below 0 it never ends.',
  },
  action_wait_secs: {
    type: 'map',
    onChange: 'update',
    schema: { properties: { create: seconds, update: seconds, delete: seconds }, additionalProperties: false },
    description: 'Seconds that an action takes, by action (create, update, delete); `wait_secs` holds for the rest.',
  },
  attr_wait_secs: {
    type: 'number',
    default: 0,
    onChange: 'update',
    schema: { minimum: 0 },
    description: 'Seconds that evaluating the attributes takes: once, when a create or an update is otherwise done.',
  },
  client_name: {
    type: 'string',
    default: '',
    onChange: 'update',
    description:
      'With `entity_name`: whose client is asked for the thing at every look of a wait. The answer never counts.',
  },
  entity_name: { type: 'string', default: '', onChange: 'update', description: 'What that client is asked for.' },
  constraint_prop_secs: {
    type: 'number',
    default: 0,
    onChange: 'update',
    schema: { minimum: 0 },
    description: 'Seconds that validating this property takes: before each create and update.',
  },
} as const satisfies PropertySchemas

interface Wanted {
  readonly wait_secs?: number
  readonly action_wait_secs?: Json
  readonly attr_wait_secs?: number
  readonly constraint_prop_secs?: number
}

function secondsOf(action: PolledAction, { wait_secs = 0, action_wait_secs = null }: Wanted): number {
  const own = isJsonObject(action_wait_secs) ? action_wait_secs[action] : undefined
  return typeof own === 'number' ? own : wait_secs
}

/** The effort itself, after the property was validated and before the attributes are evaluated; below 0 it never ends. */
const around = ({ constraint_prop_secs = 0, attr_wait_secs = 0 }: Wanted, effortSeconds: number): number =>
  effortSeconds < 0 ? effortSeconds : constraint_prop_secs + effortSeconds + attr_wait_secs

/** Heat asks for the sake of asking, and whatever it hears does not count: here there is no such client to be asked. */
function askClient(call: CallContext, { client_name: client = '', entity_name: entity = '' }: Asked): void {
  if (client !== '' && entity !== '') call.log.debug({ client, entity, id: physicalName(call) }, 'looked with a client')
}

interface Asked {
  readonly client_name?: string
  readonly entity_name?: string
}

function done(call: CallContext, wanted: { fail: boolean; value: string }) {
  if (wanted.fail) throw new ProviderError('fatal', `Test Resource failed ${call.name}`)
  return { attributes: { output: wanted.value } }
}

export const TestResource = defineType({
  name: 'OS::Heat::TestResource',
  operationTimeoutSeconds: 86_400,
  description: 'Stores a string; for tests. It can be told to wait, to fail and to ask for its replacement.',
  properties,
  attributes: { output: { type: 'string', description: 'The stored string.' } },
  // Nothing exists outside our own rows, so there is nothing to recognise but the token.
  recoverBy: 'token',
  replaces: (before, wanted) =>
    wanted.update_replace && (before.value !== wanted.value || before.update_replace !== wanted.update_replace),
  async create(call, wanted) {
    const pending = await wait(call, around(wanted, secondsOf('create', wanted)))
    const physicalId = physicalName(call)
    if (pending) return wanted.fail ? pending : { ...pending, physicalId }
    return { physicalId, ...done(call, wanted) }
  },
  async update(call, thing, wanted) {
    const takes = thing.properties.value === wanted.value ? 0 : secondsOf('update', wanted)
    return (await wait(call, around(wanted, takes))) ?? done(call, wanted)
  },
  find: nothingOutside,
  async delete(call, thing) {
    return wait(call, secondsOf('delete', thing.properties))
  },
  async poll(call, { action, handle, properties: wanted }) {
    askClient(call, wanted)
    const pending = waitOn(handle)
    if (pending || action === 'delete') return pending
    return action === 'create' ? { physicalId: physicalName(call), ...done(call, wanted) } : done(call, wanted)
  },
  // A wait leaves nothing behind.
  async cancel() {},
})
