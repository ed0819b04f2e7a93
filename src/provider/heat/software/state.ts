// The state of deployments as it is read back from rows: parsed once, at the door.
import { isJsonObject, type Json, type JsonObject } from '../../../lib/json.js'
import { ACTIONS, type Deployment, type Source, type State } from './deployment.js'

/** What a pending operation carries: the state it brings about, and how many answers there were before it. */
export interface Underway {
  readonly state: State
  readonly seen: { readonly [name: string]: number }
  /** How many had not answered at the last look. */
  readonly waiting?: number
}

export function readState(privateData: Json): State {
  const { source = null, deployments = null, answers = null } = fieldsOf(privateData)
  return {
    source: source === null ? null : readSource(fieldsOf(source)),
    deployments: Object.fromEntries(
      Object.entries(fieldsOf(deployments)).map(([name, one]) => [name, readDeployment(fieldsOf(one))]),
    ),
    answers: Object.fromEntries(
      Object.entries(fieldsOf(answers)).map(([name, one]) => {
        const { count, last = null } = fieldsOf(one)
        return [name, { count: Number(count), last: fieldsOf(last) }]
      }),
    ),
  }
}

export function readUnderway(handle: Json): Underway {
  const { state = null, seen = null, waiting } = fieldsOf(handle)
  return {
    ...(typeof waiting === 'number' && { waiting }),
    state: readState(state),
    seen: Object.fromEntries(Object.entries(fieldsOf(seen)).map(([name, count]) => [name, Number(count)])),
  }
}

/** What servers are told: by an operation under way, else by what was done last. */
export function deploymentsIn(privateData: Json, operation: Json): Deployment[] {
  const underway = fieldsOf(operation).state === undefined ? undefined : readUnderway(operation)
  return Object.values((underway?.state ?? readState(privateData)).deployments)
}

/** A state has nothing in it that JSON cannot hold. */
export const stateJson = (state: State): JsonObject => JSON.parse(JSON.stringify(state))

const fieldsOf = (value: Json): JsonObject => (isJsonObject(value) ? value : {})
const listOf = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : [])

export function readSource({ id, group, config, inputs, outputs, options, configs }: JsonObject): Source {
  return {
    id: String(id ?? ''),
    group: String(group ?? 'component'),
    config: config ?? '',
    inputs: listOf(inputs),
    outputs: listOf(outputs),
    options: fieldsOf(options ?? null),
    ...(Array.isArray(configs) && { configs: listOf(configs) }),
  }
}

function readDeployment({ id, server, name, action, group, config, inputs, outputs, options }: JsonObject): Deployment {
  return {
    id: String(id),
    server: String(server),
    name: String(name),
    action: ACTIONS.find((known) => known === action) ?? 'CREATE',
    group: String(group),
    config: config ?? null,
    inputs: listOf(inputs),
    outputs: listOf(outputs),
    options: fieldsOf(options ?? null),
  }
}
