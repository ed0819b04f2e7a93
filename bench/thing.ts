// The resources to measure with: what is measured is the engine and the database.
import { defineType } from '../src/index.js'

/** Costs nothing. */
export const Thing = defineType({
  name: 'Bench::Thing',
  properties: {
    size: { type: 'integer', default: 0, onChange: 'update' },
    inputs: { type: 'list', default: [], onChange: 'update' },
  },
  attributes: { value: { type: 'string' } },
  recoverBy: 'token',
  create: async ({ token, name }) => ({ physicalId: token, attributes: { value: name } }),
  update: async (_call, thing) => ({ attributes: thing.attributes }),
  delete: async () => undefined,
})

/** Each call waits, and does nothing else. */
export const Slow = defineType({
  name: 'Bench::Slow',
  properties: { milliseconds: { type: 'integer', default: 20 } },
  recoverBy: 'token',
  create: async ({ token, world, signal }, { milliseconds }) => {
    await world.sleep(milliseconds / 1000, signal)
    return { physicalId: token }
  },
  delete: async () => undefined,
})

/** Seconds between two looks at what pends. */
const POLL_SECONDS = 300

/** Pends for a day. */
export const Parked = defineType({
  name: 'Bench::Parked',
  properties: {},
  recoverBy: 'token',
  operationTimeoutSeconds: 86_400,
  create: async ({ token }) => ({ physicalId: token, pending: { handle: null, pollAfterSeconds: POLL_SECONDS } }),
  poll: async () => ({ pending: { handle: null, pollAfterSeconds: POLL_SECONDS } }),
  delete: async () => undefined,
})

export const benchTypes = [Thing, Slow, Parked]
