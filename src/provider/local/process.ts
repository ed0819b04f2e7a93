// Isotherm::Local::Process: a background process that outlives the program that asked for it. A supervisor of its own
// starts it, starts it again and ends it; this file asks and waits, and holds no slot while it does.
import { resolve } from 'node:path'
import { hashOf, type Json, type JsonObject } from '../../lib/json.js'
import {
  type CallContext,
  defineType,
  type Made,
  type Pending,
  type PropertiesOf,
  type PropertySchemas,
} from '../contract.js'
import { ProviderError } from '../error.js'
import { environmentSchema, textsOf } from './environment.js'
import { choosePorts, isFree, type Ports, portEnvironment, portNames } from './ports.js'
import { type Launch, type Policy, ProcessState, type Status } from './process-state.js'
import { isReady, type ReadyCheck, readLog, readySchema } from './ready.js'
import type { LocalSettings } from './settings.js'

const PROPERTIES = {
  command: {
    type: 'any',
    required: true,
    description: 'A list of program and arguments, or one text for /bin/sh',
    schema: { type: ['string', 'array'], minItems: 1, items: { type: ['string', 'number'] } },
  },
  env: { type: 'map', default: {}, schema: environmentSchema, description: 'Added to the environment' },
  secret_env: { type: 'map', default: {}, secret: true, schema: environmentSchema, description: 'As env, never shown' },
  cwd: { type: 'string', default: '.', description: 'Where it runs' },
  ports: {
    type: 'map',
    default: {},
    schema: { additionalProperties: { type: 'integer', minimum: 0, maximum: 65535 } },
    description:
      'TCP ports by name; for 0 a free one is chosen, once. The process finds them in PORT_<NAME>, a single one also in PORT',
  },
  triggers: { type: 'map', default: {}, description: 'Any values; a change replaces the process' },
  log_file: {
    type: 'string',
    description: 'Where stdout and stderr go. Such a file stays; the one that is used without it goes with the process',
  },
  ready: {
    type: 'map',
    onChange: 'update',
    default: {},
    schema: readySchema,
    description:
      'When it counts as ready: http (a path; optionally status and port), tcp (a port) or log (a regular expression), within ' +
      'timeout_seconds (30). Default: all ports accept connections',
  },
  restart: {
    type: 'string',
    onChange: 'update',
    default: 'on_failure',
    schema: { enum: ['always', 'on_failure', 'never'] },
    description: 'Whether it is started again when it ends by itself, with growing pauses',
  },
  stop_timeout_seconds: {
    type: 'number',
    onChange: 'update',
    default: 10,
    schema: { minimum: 0 },
    description: 'From the request to end (SIGTERM) to the force (SIGKILL)',
  },
} as const satisfies PropertySchemas

type Wanted = PropertiesOf<typeof PROPERTIES>

/** What is stored while a process starts or ends. */
interface Waiting {
  readonly run: number
  readonly waitedSeconds: number
}

const READY_SECONDS = 30
const LOG_TAIL_BYTES = 2000
const LONGEST_PAUSE_SECONDS = 1
/** By then a supervisor has told something, or it has not come to life. */
const SUPERVISOR_SECONDS = 3

export function processType({ baseDirectory, stateDirectory }: LocalSettings) {
  const stateOf = (call: CallContext) => new ProcessState(stateDirectory, call.token)
  return defineType({
    name: 'Isotherm::Local::Process',
    description: 'A supervised background process. It goes on running when the command line has ended.',
    operationTimeoutSeconds: 3600,
    properties: PROPERTIES,
    attributes: {
      pid: { type: 'integer', description: 'Null while it is between two starts' },
      ports: { type: 'map', description: 'The ports that were chosen, by name' },
      url: { type: 'string', description: 'http://127.0.0.1 with the port http, or with the first by name' },
      log_file: { type: 'string', description: 'The absolute path' },
    },

    async create(call, wanted) {
      call.signal.throwIfAborted()
      const state = stateOf(call)
      await state.setPolicy(policyOf(wanted))
      await prepare(call, state, wanted, baseDirectory)
      return advance(call, state, wanted, { run: await state.ensureSupervised(), waitedSeconds: 0 })
    },

    async find(call, wanted) {
      const state = stateOf(call)
      if (!(await state.exists())) return null
      const run = await state.livingRun()
      const found =
        run === undefined ? null : await advance(call, state, wanted, { run, waitedSeconds: 0 }).catch(orNull)
      if (found) return found
      await stopNow(call, state, wanted.stop_timeout_seconds)
      await state.remove()
      return null
    },

    async poll(call, operation) {
      const waiting = readWaiting(operation.handle)
      const state = stateOf(call)
      if (operation.action === 'delete') return finishStop(state, operation.properties.stop_timeout_seconds, waiting)
      return advance(call, state, operation.properties, waiting)
    },

    async cancel(call, operation) {
      if (operation.action !== 'delete') await stopNow(call, stateOf(call), operation.properties.stop_timeout_seconds)
    },

    async read(call) {
      const state = stateOf(call)
      const [launch, status, policy] = [await state.launch(), await state.status(), await state.policy()]
      if (!launch || !status || !policy || (await state.livingRun()) === undefined) return null
      const { restart, stopTimeoutSeconds } = policy
      return {
        properties: { restart, stop_timeout_seconds: stopTimeoutSeconds },
        attributes: attributesOf(launch, status),
      }
    },

    async update(call, _thing, wanted) {
      const state = stateOf(call)
      await state.setPolicy(policyOf(wanted))
      const [launch, status] = [await state.launch(), await state.status()]
      if (!launch) throw new ProviderError('notFound', 'the process and the notes about it have gone')
      const living = (await state.livingRun()) !== undefined
      // Not looked at again: one that is unwell just now must not be ended for it.
      if (status && living) return { attributes: attributesOf(launch, status) }
      return advance(call, state, wanted, { run: await state.ensureSupervised(), waitedSeconds: 0 })
    },

    async delete(call, thing) {
      const state = stateOf(call)
      if (!(await state.exists())) return undefined
      await state.requestStop()
      return finishStop(state, thing.properties.stop_timeout_seconds, { run: 0, waitedSeconds: 0 })
    },

    validate: problemsOf,
  })
}

/** What is to be started lies in the state folder, once per token: there the chosen ports are remembered too. */
async function prepare(call: CallContext, state: ProcessState, wanted: Wanted, baseDirectory: string): Promise<void> {
  const { command, env, secret_env, cwd, ports, log_file } = wanted
  const key = hashOf([command, env, secret_env, cwd, ports, log_file ?? null])
  const before = await state.launch()
  const living = (await state.livingRun()) !== undefined
  if (before?.key === key && (living || (await allFree(before.ports)))) return
  if (before) {
    await stopNow(call, state, wanted.stop_timeout_seconds)
    await state.forgetReady()
    await state.forgetLaunch()
  }
  const chosen = await choosePorts(portsOf(wanted))
  await state.layDown({
    key,
    command: commandOf(command),
    directory: resolve(baseDirectory, cwd),
    environment: {
      ...portEnvironment(chosen),
      ...textsOf(env),
      ...textsOf(secret_env),
      ISOTHERM_TOKEN: call.token,
      ISOTHERM_STACK: call.stack,
      ISOTHERM_NAME: call.name,
    },
    ports: chosen,
    logFile: log_file === undefined ? state.defaultLog() : resolve(baseDirectory, log_file),
  })
}

/** One look at a process that is starting. */
async function advance(
  call: CallContext,
  state: ProcessState,
  wanted: Wanted,
  waiting: Waiting,
): Promise<Made | Pending> {
  const { waitedSeconds } = waiting
  const [launch, status] = [await state.launch(), await state.status()]
  if (!launch) throw new ProviderError('retry', 'the notes about the process have gone')
  const check: ReadyCheck = wanted.ready
  if (status && status.run >= waiting.run) {
    if (status.state === 'exited' || status.state === 'stopped') throw await fallen(state, launch, status)
    if (status.state === 'running' && (await isReady(check, launch, status, waitedSeconds, call.signal))) {
      await state.markReady()
      const after = (await state.status()) ?? status
      if (after.state !== 'exited') return { physicalId: call.token, attributes: attributesOf(launch, after) }
      await state.forgetReady()
      throw await fallen(state, launch, after)
    }
  }
  if (waitedSeconds >= (check.timeout_seconds ?? READY_SECONDS))
    throw await tooSlow(call, state, wanted, launch, status)
  const run = waitedSeconds > SUPERVISOR_SECONDS ? await state.ensureSupervised() : waiting.run
  return { ...pause({ run, waitedSeconds }), physicalId: call.token }
}

/** The pauses grow with the time that has passed already. */
function pause({ run, waitedSeconds }: Waiting): Pending {
  const pollAfterSeconds = Math.min(LONGEST_PAUSE_SECONDS, Math.max(0.1, waitedSeconds / 4))
  return { pending: { handle: { run, waitedSeconds: waitedSeconds + pollAfterSeconds }, pollAfterSeconds } }
}

/** A process that was found after a crash and has failed leaves nothing to keep. */
function orNull(error: unknown): null {
  if (error instanceof ProviderError) return null
  throw error
}

async function fallen(state: ProcessState, launch: Launch, status: Status): Promise<ProviderError> {
  const how = status.signal ? `was ended by ${status.signal}` : `ended with exit code ${status.exitCode}`
  const what =
    status.error === undefined ? `the process ${how} before it was ready` : `it does not start: ${status.error}`
  state.kill()
  // Another process may have taken the port between our choice and the start; the next attempt chooses again.
  const errorClass = (await allFree(launch.ports)) ? 'fatal' : 'conflict'
  return new ProviderError(errorClass, what + (await tailOf(launch, status)))
}

async function tooSlow(
  call: CallContext,
  state: ProcessState,
  wanted: Wanted,
  launch: Launch,
  status: Status | undefined,
) {
  await stopNow(call, state, wanted.stop_timeout_seconds)
  const { timeout_seconds = READY_SECONDS }: ReadyCheck = wanted.ready
  const tail = status ? await tailOf(launch, status) : ''
  return new ProviderError('fatal', `the process was not ready after ${timeout_seconds} s${tail}`)
}

async function tailOf(launch: Launch, status: Status): Promise<string> {
  const tail = (await readLog(launch.logFile, status.logFrom, LOG_TAIL_BYTES)).trim()
  return tail ? `; the end of its log:\n${tail}` : '; it has logged nothing'
}

/** One look at a process that is ending. Undefined when nothing is left of it. */
async function finishStop(
  state: ProcessState,
  stopTimeoutSeconds: number,
  waiting: Waiting,
): Promise<Pending | undefined> {
  if (state.processes().length === 0) {
    await state.remove()
    return undefined
  }
  // The supervisor does this itself, a little earlier, unless it was killed.
  if (waiting.waitedSeconds > stopTimeoutSeconds + 1) state.kill()
  return pause(waiting)
}

async function stopNow(call: CallContext, state: ProcessState, stopTimeoutSeconds: number): Promise<void> {
  if (!(await state.exists())) return
  await state.requestStop()
  for (let waited = 0; state.processes().length > 0; waited += 0.1) {
    if (waited > stopTimeoutSeconds + 1) state.kill()
    await call.world.sleep(0.1)
  }
}

const allFree = async (ports: Ports): Promise<boolean> =>
  (await Promise.all(Object.values(ports).map(isFree))).every(Boolean)

const policyOf = (wanted: Wanted): Policy => ({
  restart: wanted.restart === 'always' || wanted.restart === 'never' ? wanted.restart : 'on_failure',
  stopTimeoutSeconds: wanted.stop_timeout_seconds,
})

const commandOf = (command: Json): string[] =>
  Array.isArray(command) ? command.map(String) : ['/bin/sh', '-c', String(command)]

const portsOf = (wanted: Wanted): Ports =>
  Object.fromEntries(portNamesOf(wanted.ports).map((name) => [name, Number(wanted.ports[name])]))

const portNamesOf = (ports: JsonObject): string[] => Object.keys(ports).sort()

function attributesOf(launch: Launch, status: Status): JsonObject {
  const first = portNames(launch.ports)[0]
  return {
    pid: status.pid ?? null,
    ports: { ...launch.ports },
    log_file: launch.logFile,
    ...(first !== undefined && { url: `http://127.0.0.1:${launch.ports[first]}` }),
  }
}

function readWaiting(handle: Json): Waiting {
  const { run, waitedSeconds } = { run: 0, waitedSeconds: 0, ...(handle as Partial<Waiting>) }
  return { run, waitedSeconds }
}

/** Rules that need several properties: how readiness is told, and that the ports it names exist. */
function problemsOf({ ready, ports }: { readonly [name: string]: Json | undefined }) {
  if (!isPlain(ready) || !isPlain(ports)) return []
  const problems: { property: string; message: string }[] = []
  const object = (message: string) => problems.push({ property: 'ready', message })
  const ways = ['http', 'tcp', 'log'].filter((way) => way in ready)
  if (ways.length > 1) object(`give one of http, tcp and log, not ${ways.join(' and ')}`)
  const named = [ready.tcp, ready.port].filter((name) => typeof name === 'string')
  for (const name of named) if (!(name in ports)) object(`there is no port ${name} in ports`)
  if ('http' in ready && Object.keys(ports).length === 0) object('http needs a port, and ports is empty')
  if (typeof ready.log === 'string' && !isExpression(ready.log)) object(`log is not a regular expression: ${ready.log}`)
  return problems
}

const isPlain = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isExpression(text: string): boolean {
  try {
    return Boolean(new RegExp(text))
  } catch {
    return false
  }
}
