// Deployments as values: what a server is told to run for an action, and what it answered. Pure; the types
// (deployment-types.ts) keep these values with their rows, and whoever serves the servers reads them from there.
import { equalJson, hashOf, isJsonObject, type Json, type JsonObject } from '../../../lib/json.js'

export const ACTIONS = ['CREATE', 'UPDATE', 'DELETE', 'SUSPEND', 'RESUME'] as const
export type Action = (typeof ACTIONS)[number]

/** The configuration that is deployed, as its own resource holds it. */
export interface Source {
  readonly id: string
  readonly group: string
  readonly config: Json
  readonly inputs: readonly JsonObject[]
  readonly outputs: readonly JsonObject[]
  readonly options: JsonObject
  /** Of a component: which configuration for which actions. */
  readonly configs?: readonly JsonObject[]
}

/** What an agent on a server finds in its metadata. */
export interface Deployment {
  readonly id: string
  readonly server: string
  readonly name: string
  readonly action: Action
  readonly group: string
  readonly config: Json
  readonly inputs: readonly JsonObject[]
  readonly outputs: readonly JsonObject[]
  readonly options: JsonObject
}

/** Kept with the row: by server's name, which is empty where there is one only. */
export interface State {
  readonly source: Source | null
  readonly deployments: { readonly [name: string]: Deployment }
  readonly answers: { readonly [name: string]: { readonly count: number; readonly last: JsonObject } }
}

/** What is asked of a deployment. */
export interface Order {
  readonly action: Action
  readonly source: Source
  readonly servers: { readonly [name: string]: string }
  readonly inputValues: JsonObject
  readonly actions: readonly string[]
  readonly name: string
  readonly transport: string
  /** Data of the configuration in which `{ KEY: input }` stands for an input. */
  readonly inputKey?: string
  readonly token: string
  readonly stackId: string
  readonly stackName: string
  readonly resource: string
}

/** The deployments after the order; those of `before` that nothing has changed for are kept as they are, and run by nobody. */
export function deploy(order: Order, before: State): { [name: string]: Deployment } {
  const made = Object.entries(order.servers).flatMap(([name, server]): [string, Deployment][] => {
    const known = Object.hasOwn(before.deployments, name) ? before.deployments[name] : undefined
    const action = order.action === 'UPDATE' && !known ? 'CREATE' : order.action
    const part = order.actions.includes(action) ? partOf(order.source, action) : undefined
    if (!part) return known ? [[name, known]] : []
    const wanted = deploymentOf(order, part, server, action)
    if (known && order.action === 'UPDATE' && sameContent(known, wanted)) return [[name, known]]
    const count = before.answers[name]?.count ?? 0
    // An agent runs what has an id that it has not seen: the same run keeps its id over retries, the next run has another.
    return [[name, { ...wanted, id: hashOf([order.token, name, count, action, contentOf(wanted)]) }]]
  })
  return Object.fromEntries(made)
}

/** Which tool runs what for an action; undefined when nothing is to be run. */
function partOf({ configs, group, config }: Source, action: Action): { group: string; config: Json } | undefined {
  if (!configs) return { group, config }
  const part = configs.find(({ actions }) => Array.isArray(actions) && actions.includes(action))
  return part && { group: String(part.tool), config: part.config ?? '' }
}

function deploymentOf(order: Order, part: { group: string; config: Json }, server: string, action: Action): Deployment {
  const { source, inputKey } = order
  const values = valuesOf(order)
  return {
    id: '',
    server,
    name: order.name,
    action,
    group: part.group,
    config: inputKey === undefined ? part.config : filled(part.config, inputKey, values),
    inputs: [...inputsOf(source, values), ...ownInputs(order, server, action)],
    outputs: source.outputs,
    options: source.options,
  }
}

function valuesOf({ source, inputValues }: Order): JsonObject {
  const defaults = source.inputs.map((input): [string, Json] => [String(input.name), input.default ?? ''])
  return { ...Object.fromEntries(defaults), ...inputValues }
}

/** Those that the configuration declares, then those that are given though it does not. */
function inputsOf({ inputs }: Source, values: JsonObject): JsonObject[] {
  const declared = inputs.map((input) => ({ ...input, value: values[String(input.name)] ?? '' }))
  const names = new Set(inputs.map(({ name }) => String(name)))
  const others = Object.entries(values).filter(([name]) => !names.has(name))
  return [...declared, ...others.map(([name, value]) => ({ name, type: 'String', value }))]
}

function ownInputs({ transport, stackName, stackId, resource }: Order, server: string, action: Action): JsonObject[] {
  const own = {
    deploy_server_id: server,
    deploy_action: action,
    deploy_stack_id: `${stackName}/${stackId}`,
    deploy_resource_name: resource,
    deploy_signal_transport: transport,
  }
  return Object.entries(own).map(([name, value]) => ({ name, type: 'String', value }))
}

function filled(config: Json, key: string, values: JsonObject): Json {
  if (Array.isArray(config)) return config.map((item) => filled(item, key, values))
  if (!isJsonObject(config)) return config
  const { [key]: input } = config
  if (typeof input === 'string' && Object.keys(config).length === 1) return values[input] ?? null
  return Object.fromEntries(Object.entries(config).map(([name, field]) => [name, filled(field, key, values)]))
}

/** Inputs that the configuration asks for and nobody gives, and those that are given and not asked for. */
export function misfits({ source, inputValues }: Pick<Order, 'source' | 'inputValues'>): string[] {
  const declared = source.inputs.map(({ name }) => String(name))
  const missing = source.inputs.filter(
    (input) => input.default === undefined && !Object.hasOwn(inputValues, String(input.name)),
  )
  return [
    ...missing.map(({ name }) => `no value is given for the input ${String(name)}`),
    ...Object.keys(inputValues).flatMap((name) =>
      declared.includes(name) ? [] : [`the configuration has no input ${name}`],
    ),
  ]
}

const sameContent = (one: Deployment, other: Deployment): boolean => equalJson(contentOf(one), contentOf(other))

/** Whatever the action, what a server is told. */
function contentOf({ server, name, group, config, inputs, outputs, options }: Deployment): Json {
  return [server, name, group, config, inputs.filter((input) => input.name !== 'deploy_action'), [...outputs], options]
}

// Answers

/** What is still waited for, given how many answers there were of each before. */
export function unanswered(state: State, seen: { readonly [name: string]: number }): string[] {
  return Object.keys(seen).filter((name) => (state.answers[name]?.count ?? 0) <= (seen[name] ?? 0))
}

/** What went wrong on a server, or undefined. */
export function failureOf(answer: JsonObject, outputs: readonly JsonObject[]): string | undefined {
  const code = Number(answer.deploy_status_code ?? 0)
  if (code !== 0) return `the deployment ended with status code ${code}`
  const wrong = outputs.find(({ name, error_output: isError }) => isError === true && Boolean(answer[String(name)]))
  return (
    wrong && `the deployment told an error in its output ${String(wrong.name)}: ${String(answer[String(wrong.name)])}`
  )
}

/** What a deployment answers for: its own three, and the outputs that the configuration declares. */
export function attributesOf(answer: JsonObject, outputs: readonly JsonObject[]): JsonObject {
  const names = ['deploy_stdout', 'deploy_stderr', 'deploy_status_code', ...outputs.map(({ name }) => String(name))]
  return Object.fromEntries(names.map((name) => [name, answer[name] ?? null]))
}
