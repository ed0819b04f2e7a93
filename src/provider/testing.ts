// A provider call as a test makes it: everything the engine would hand in, quiet and quick unless told otherwise.
import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { World } from '../lib/world.js'
import type { CallContext, Logger } from './contract.js'

/** A world in which waiting takes no time. Pass `realWorld` as `world` where real time must pass. */
const hurriedWorld: World = {
  sleep: () => setImmediate(),
  elapsedSeconds: () => performance.now() / 1000,
  random: Math.random,
  newId: randomUUID,
}

export const quietLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** The context of a first attempt with a token of its own; any part can be overridden. */
export function fakeCall(overrides: Partial<CallContext> = {}): CallContext {
  return {
    token: randomUUID(),
    signal: new AbortController().signal,
    deadlineSeconds: 600,
    attempt: 1,
    fence: 1,
    log: quietLogger,
    project: 'default',
    stack: 'stack',
    stackId: '00000000-0000-4000-8000-000000000001',
    name: 'thing',
    peer: async () => null,
    leave: async () => undefined,
    signalUrl: async () => null,
    world: hurriedWorld,
    ...overrides,
  }
}
