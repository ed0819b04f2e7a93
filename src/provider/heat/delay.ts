// OS::Heat::Delay: takes its time. Resources that require it start later, and with jitter not all at once.
import { type CallContext, defineType, type PropertySchemas } from '../contract.js'
import { nothingOutside, physicalName } from '../physical-name.js'
import { wait, waitOn } from './waiting.js'

const properties = {
  min_wait: {
    type: 'number',
    default: 0,
    onChange: 'update',
    schema: { minimum: 0 },
    description: 'Seconds to wait at least.',
  },
  max_jitter: {
    type: 'number',
    default: 0,
    onChange: 'update',
    schema: { minimum: 0 },
    description: 'Up to this much is added by chance, times `jitter_multiplier` seconds.',
  },
  jitter_multiplier: {
    type: 'number',
    default: 1,
    onChange: 'update',
    schema: { minimum: 0 },
    description: 'How many seconds one unit of jitter takes.',
  },
  actions: {
    type: 'list',
    default: ['CREATE'],
    onChange: 'update',
    schema: { items: { enum: ['CREATE', 'DELETE', 'SUSPEND', 'RESUME'] } },
    description: 'The actions that wait: CREATE, DELETE, SUSPEND, RESUME.',
  },
} as const satisfies PropertySchemas

interface Wanted {
  readonly min_wait?: number
  readonly max_jitter?: number
  readonly jitter_multiplier?: number
  readonly actions?: readonly unknown[]
}

function secondsOf(call: CallContext, action: string, wanted: Wanted): number {
  const { min_wait = 0, max_jitter = 0, jitter_multiplier = 1, actions = [] } = wanted
  return actions.includes(action) ? min_wait + call.world.random() * max_jitter * jitter_multiplier : 0
}

export const Delay = defineType({
  name: 'OS::Heat::Delay',
  operationTimeoutSeconds: 86_400,
  description: 'Waits while it is created, deleted, suspended or resumed.',
  properties,
  recoverBy: 'token',
  async create(call, wanted) {
    const pending = await wait(call, secondsOf(call, 'CREATE', wanted))
    return { ...pending, physicalId: physicalName(call) }
  },
  // How long to wait next time is all that can change.
  async update() {
    return {}
  },
  find: nothingOutside,
  delete: async (call, thing) => wait(call, secondsOf(call, 'DELETE', thing.properties)),
  suspend: async (call, thing) => wait(call, secondsOf(call, 'SUSPEND', thing.properties)),
  resume: async (call, thing) => wait(call, secondsOf(call, 'RESUME', thing.properties)),
  async poll(call, { action, handle }) {
    const pending = waitOn(handle)
    return pending ?? (action === 'create' ? { physicalId: physicalName(call) } : undefined)
  },
  async cancel() {},
})
