// OS::Heat::SoftwareDeployment and its kin: a configuration is handed to one server or several, and the resource is pending
// until each has answered. Nothing is sent: agents on servers ask what there is for them, and signal.
import { hashOf, isJsonObject, type Json, type JsonObject } from '../../../lib/json.js'
import {
  type CallContext,
  defineType,
  type Made,
  type Pending,
  type PropertySchemas,
  type Thing,
} from '../../contract.js'
import { ProviderError } from '../../error.js'
import { nothingOutside } from '../../physical-name.js'
import {
  ACTIONS,
  type Action,
  attributesOf,
  deploy,
  failureOf,
  misfits,
  type Order,
  type Source,
  type State,
  unanswered,
} from './deployment.js'
import { readSource, readState, readUnderway, stateJson, type Underway } from './state.js'

const TRANSPORTS = ['CFN_SIGNAL', 'TEMP_URL_SIGNAL', 'HEAT_SIGNAL', 'NO_SIGNAL', 'ZAQAR_SIGNAL']
/** A signal wakes the resource at once; this is for one that came while somebody was looking. */
const POLL_SECONDS = 30
const SOON_SECONDS = 1
const DAY_SECONDS = 86_400

const shared = {
  config: {
    type: 'string',
    onChange: 'update',
    required: true,
    description: 'What is deployed: get_resource of a configuration in this stack.',
  },
  input_values: { type: 'map', default: {}, onChange: 'update', description: 'Values for its inputs.' },
  actions: {
    type: 'list',
    default: ['CREATE', 'UPDATE'],
    onChange: 'update',
    schema: { items: { enum: [...ACTIONS] } },
    description: 'The actions that it is run for.',
  },
  name: { type: 'string', default: '', onChange: 'update', description: 'What the servers know it by.' },
  signal_transport: {
    type: 'string',
    default: 'CFN_SIGNAL',
    schema: { enum: TRANSPORTS },
    description:
      'NO_SIGNAL waits for no answer. With any other servers are told an address, to PUT to with TEMP_URL_SIGNAL, else to POST.',
  },
} as const satisfies PropertySchemas

const server = {
  server: { type: 'string', required: true, description: 'The id of the server.' },
} as const satisfies PropertySchemas
const servers = {
  servers: {
    type: 'map',
    required: true,
    onChange: 'update',
    schema: { additionalProperties: { type: 'string' } },
    description: 'The ids of the servers, by names of your choice.',
  },
} as const satisfies PropertySchemas
const structured = {
  input_key: {
    type: 'string',
    default: 'get_input',
    onChange: 'update',
    description: 'In the configuration, { KEY: name } stands for the input of that name.',
  },
  input_values_validate: {
    type: 'string',
    default: 'LAX',
    onChange: 'update',
    schema: { enum: ['LAX', 'STRICT'] },
    description: 'STRICT refuses inputs without a value, and values without an input.',
  },
} as const satisfies PropertySchemas

const told = {
  deploy_stdout: { type: 'string', description: 'What it wrote to standard output.' },
  deploy_stderr: { type: 'string', description: 'What it wrote to standard error.' },
  deploy_status_code: { type: 'any', description: 'How it ended.' },
} as const
const toldByName = {
  deploy_stdouts: { type: 'map', description: 'What each server wrote to standard output.' },
  deploy_stderrs: { type: 'map', description: 'What each server wrote to standard error.' },
  deploy_status_codes: { type: 'map', description: 'How it ended on each server.' },
} as const

interface Wanted {
  readonly config: string
  readonly input_values: JsonObject
  readonly actions: readonly Json[]
  readonly name: string
  readonly signal_transport: string
  readonly server?: string
  readonly servers?: JsonObject
  readonly input_key?: string
  readonly input_values_validate?: string
}

/** What all of them do, whatever their properties. */
const behaviour = {
  operationTimeoutSeconds: DAY_SECONDS,
  // Outputs are attributes, and the configuration declares them.
  anyAttributes: true,
  recoverBy: 'token',
  find: nothingOutside,
  async create(call: CallContext, wanted: Wanted): Promise<Made | Pending> {
    const physicalId = hashOf(call.token)
    return { ...(await begin(call, wanted, 'CREATE', await sourceOf(call, wanted), NOTHING)), physicalId }
  },
  async update(call: CallContext, thing: Thing<Wanted>, wanted: Wanted): Promise<Omit<Made, 'physicalId'> | Pending> {
    return begin(call, wanted, 'UPDATE', await sourceOf(call, wanted), readState(thing.privateData))
  },
  delete: (call: CallContext, thing: Thing<Wanted>) => again(call, thing, 'DELETE'),
  suspend: (call: CallContext, thing: Thing<Wanted>) => again(call, thing, 'SUSPEND'),
  resume: (call: CallContext, thing: Thing<Wanted>) => again(call, thing, 'RESUME'),
  async poll(_: CallContext, { handle, privateData, properties, action }: PolledOperation) {
    const underway = readUnderway(handle)
    const now = { ...underway.state, answers: readState(privateData).answers }
    const answer = conclude(now, underway, properties)
    return isWaiting(answer) || action === 'create' || action === 'update' ? answer : undefined
  },
  async cancel() {},
  signal: answered,
} as const

interface PolledOperation {
  readonly action: string
  readonly handle: Json
  readonly privateData: Json
  readonly properties: Wanted
}

const NOTHING: State = { source: null, deployments: {}, answers: {} }
const isWaiting = (answer: object): answer is Pending => 'pending' in answer

async function sourceOf(call: CallContext, { config }: Wanted): Promise<Source> {
  const peer = await call.peer(config)
  if (peer) return readSource({ ...peer.properties, config: peer.attributes.config ?? '', id: peer.physicalId })
  throw new ProviderError('invalid', `properties.config: ${config} is no configuration that ${call.name} refers to`)
}

/** The same configuration once more, for another action. */
async function again(
  call: CallContext,
  { properties, privateData }: Thing<Wanted>,
  action: Action,
): Promise<undefined | Pending> {
  const state = readState(privateData)
  if (state.source === null) return undefined
  const answer = await begin(call, properties, action, state.source, state)
  return isWaiting(answer) ? answer : undefined
}

type Answer = { readonly attributes: JsonObject; readonly privateData: Json } | Pending

async function begin(
  call: CallContext,
  wanted: Wanted,
  action: Action,
  source: Source,
  before: State,
): Promise<Answer> {
  call.signal.throwIfAborted()
  const order = orderOf(call, wanted, action, source)
  const wrong = wanted.input_values_validate === 'STRICT' ? misfits(order) : []
  if (wrong.length > 0) throw new ProviderError('invalid', `properties.input_values: ${wrong.join('; ')}`)
  const deployments = deploy(order, before)
  const state: State = { source, deployments, answers: before.answers }
  const fresh = Object.entries(deployments).filter(([name, { id }]) => before.deployments[name]?.id !== id)
  const waits = wanted.signal_transport === 'NO_SIGNAL' ? [] : fresh
  // Servers are told it beside what they are to run; it lies nowhere.
  if (waits.length > 0) await call.signalUrl()
  const seen = Object.fromEntries(waits.map(([name]) => [name, before.answers[name]?.count ?? 0]))
  return conclude(state, { state, seen }, wanted)
}

function orderOf(call: CallContext, wanted: Wanted, action: Action, source: Source): Order {
  const named = Object.entries(wanted.servers ?? { '': wanted.server ?? '' })
  return {
    action,
    source,
    servers: Object.fromEntries(named.map(([name, id]) => [name, String(id)])),
    inputValues: wanted.input_values,
    actions: wanted.actions.map(String),
    name: wanted.name === '' ? call.name : wanted.name,
    transport: wanted.signal_transport,
    ...(wanted.input_key !== undefined && { inputKey: wanted.input_key }),
    token: call.token,
    stackId: call.stackId,
    stackName: call.stack,
    resource: call.name,
  }
}

/** Done, pending, or failed as soon as one server says so. */
function conclude(state: State, { state: begun, seen, waiting: before }: Underway, wanted: Wanted): Answer {
  const waiting = unanswered(state, seen)
  const outputs = state.source?.outputs ?? []
  for (const name of Object.keys(seen)) {
    const reason = waiting.includes(name) ? undefined : failureOf(state.answers[name]?.last ?? {}, outputs)
    if (reason !== undefined) throw new ProviderError('fatal', name === '' ? reason : `${name}: ${reason}`)
  }
  if (waiting.length > 0) {
    // Where one answers others do, perhaps while somebody was looking.
    const pollAfterSeconds = before !== undefined && waiting.length < before ? SOON_SECONDS : POLL_SECONDS
    return { pending: { handle: { state: stateJson(begun), seen, waiting: waiting.length }, pollAfterSeconds } }
  }
  return { attributes: wanted.servers ? byServer(state) : single(state, outputs), privateData: stateJson(state) }
}

const single = ({ answers }: State, outputs: readonly JsonObject[]) => attributesOf(answers['']?.last ?? {}, outputs)

function byServer({ answers, deployments }: State): JsonObject {
  const each = (key: string): JsonObject =>
    Object.fromEntries(Object.keys(deployments).map((name) => [name, answers[name]?.last[key] ?? null]))
  return {
    deploy_stdouts: each('deploy_stdout'),
    deploy_stderrs: each('deploy_stderr'),
    deploy_status_codes: each('deploy_status_code'),
  }
}

/** A server's answer. In a group it says which server's: `deploy_server_id`, its id or its name. */
function answered(thing: Thing<Wanted>, body: Json): { privateData: Json; message: string } {
  if (!isJsonObject(body)) {
    throw new ProviderError(
      'invalid',
      'an answer is a map with deploy_stdout, deploy_stderr, deploy_status_code and outputs',
    )
  }
  const code = body.deploy_status_code ?? 0
  if (!/^-?\d+$/.test(String(code))) {
    throw new ProviderError('invalid', `deploy_status_code: must be a whole number, got ${JSON.stringify(code)}`)
  }
  const state = readState(thing.privateData)
  const name = nameIn(thing.properties, body)
  const count = (state.answers[name]?.count ?? 0) + 1
  const answers = { ...state.answers, [name]: { count, last: body } }
  const where = name === '' ? '' : ` on ${name}`
  const message = Number(code) === 0 ? `deployment succeeded${where}` : `deployment failed${where} (${code})`
  return { privateData: stateJson({ ...state, answers }), message }
}

function nameIn({ servers: named }: Partial<Wanted>, { deploy_server_id: id = null }: JsonObject): string {
  if (!named) return ''
  const found = Object.entries(named).find(([name, server]) => name === id || server === id)
  if (found) return found[0]
  const hint = `one of ${Object.entries(named).flat().join(', ')}`
  throw new ProviderError('invalid', `deploy_server_id: must say whose answer it is, ${hint}`)
}

export const SoftwareDeployment = defineType({
  ...behaviour,
  name: 'OS::Heat::SoftwareDeployment',
  description: 'A configuration on a server: waits until the server has answered.',
  properties: { ...shared, ...server },
  attributes: told,
})

export const StructuredDeployment = defineType({
  ...behaviour,
  name: 'OS::Heat::StructuredDeployment',
  description: 'As SoftwareDeployment, of a configuration that is data with inputs in it.',
  properties: { ...shared, ...server, ...structured },
  attributes: told,
})

export const SoftwareDeploymentGroup = defineType({
  ...behaviour,
  name: 'OS::Heat::SoftwareDeploymentGroup',
  description: 'A configuration on several servers: waits until each has answered.',
  properties: { ...shared, ...servers },
  attributes: toldByName,
})

export const StructuredDeploymentGroup = defineType({
  ...behaviour,
  name: 'OS::Heat::StructuredDeploymentGroup',
  description: 'As SoftwareDeploymentGroup, of a configuration that is data with inputs in it.',
  properties: { ...shared, ...servers, ...structured },
  attributes: toldByName,
})

/** Their rows keep what servers are told. */
export const DEPLOYMENT_TYPES: readonly string[] = [
  SoftwareDeployment,
  StructuredDeployment,
  SoftwareDeploymentGroup,
  StructuredDeploymentGroup,
].map(({ name }) => name)
