// Software configurations and deployments: what agents on servers fetch, and where they report.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import {
  type ConfigRow,
  type DeploymentRow,
  deleteConfig,
  deleteDeployment,
  insertConfig,
  insertDeployment,
  listConfigs,
  listDeployments,
  readConfig,
  readDeployment,
  updateDeployment,
} from '../../store/software.js'
import { mayDo } from '../caller.js'
import { noSuch, Refusal } from '../errors.js'
import { heatTime } from '../links.js'
import { type Answer, type Call, type Method, param, type Route } from '../route.js'
import { bodyOf } from './declaring.js'

const CONFIGS = '/v1/:tenant/software_configs'
const DEPLOYMENTS = '/v1/:tenant/software_deployments'
const TEXT: JsonObject = { type: ['string', 'null'] }
const MAPS: JsonObject = { type: ['array', 'null'], items: { type: 'object' } }

const CONFIG_BODY: JsonObject = {
  type: 'object',
  properties: {
    name: TEXT,
    group: TEXT,
    config: {},
    inputs: MAPS,
    outputs: MAPS,
    options: { type: ['object', 'null'] },
  },
}

const DEPLOYMENT_BODY: JsonObject = {
  type: 'object',
  properties: {
    config_id: TEXT,
    server_id: TEXT,
    input_values: { type: ['object', 'null'] },
    output_values: { type: ['object', 'null'] },
    action: TEXT,
    status: TEXT,
    status_reason: { type: ['string', 'object', 'null'] },
    stack_user_project_id: TEXT,
    deployment_id: TEXT,
    tenant_id: TEXT,
  },
}

export const softwareRoutes: readonly Route[] = [
  route('GET', CONFIGS, 'software_configs:index', 'software configurations', 200, configs),
  route('POST', CONFIGS, 'software_configs:create', 'keep a software configuration', 200, createConfig, CONFIG_BODY),
  route('GET', `${CONFIGS}/:config`, 'software_configs:show', 'a software configuration', 200, async (call) => ({
    body: { software_config: shownConfig(await configOf(call)) },
  })),
  route(
    'DELETE',
    `${CONFIGS}/:config`,
    'software_configs:delete',
    'delete a software configuration',
    204,
    removeConfig,
  ),
  route('GET', DEPLOYMENTS, 'software_deployments:index', 'software deployments', 200, deployments),
  route('POST', DEPLOYMENTS, 'software_deployments:create', 'deploy a configuration', 200, deploy, DEPLOYMENT_BODY),
  route(
    'GET',
    `${DEPLOYMENTS}/metadata/:server`,
    'software_deployments:metadata',
    'what a server is to run',
    200,
    metadata,
  ),
  route('GET', `${DEPLOYMENTS}/:deployment`, 'software_deployments:show', 'a deployment', 200, async (call) => ({
    body: { software_deployment: shownDeployment(await deploymentOf(call)) },
  })),
  route(
    'PUT',
    `${DEPLOYMENTS}/:deployment`,
    'software_deployments:update',
    'change a deployment, or report on it',
    200,
    redeploy,
    DEPLOYMENT_BODY,
  ),
  route('DELETE', `${DEPLOYMENTS}/:deployment`, 'software_deployments:delete', 'delete a deployment', 204, undeploy),
]

function route(
  method: Method,
  path: string,
  operation: string,
  summary: string,
  status: number,
  answer: Route['answer'],
  body?: JsonObject,
): Route {
  const access = method === 'GET' ? 'read' : 'write'
  const query: Route['query'] = path === CONFIGS ? { limit: { type: 'integer' }, marker: { type: 'string' } } : {}
  return {
    method,
    path,
    operation,
    summary,
    access,
    status,
    answer,
    ...(method === 'GET' && { query }),
    ...(body && { body }),
  }
}

const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i

const textOr = (value: Json | undefined, fallback: string): string => (typeof value === 'string' ? value : fallback)
const textOrNull = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)

// configurations

async function configs(call: Call): Promise<Answer> {
  const { parts, project } = call.tenant()
  const [limit, marker] = [call.query.whole('limit'), call.query.text('marker')]
  if (marker !== undefined && !UUID.test(marker)) throw noSuch('Software Config', marker)
  const found = await listConfigs(parts.database, project.id, {
    ...(limit !== undefined && { limit }),
    ...(marker !== undefined && { marker }),
  })
  return {
    body: {
      software_configs: found.map(({ id, name, group, createdAt }) => ({
        id,
        name,
        group,
        creation_time: heatTime(createdAt.toISOString()),
      })),
    },
  }
}

async function createConfig(call: Call): Promise<Answer> {
  const { parts, project } = call.tenant()
  const { name, group, config, inputs, outputs, options } = bodyOf(call.body)
  const made = await insertConfig(parts.database, project.id, {
    name: textOr(name, ''),
    group: textOr(group, 'Heat::Ungrouped'),
    config: typeof config === 'string' ? config : config === undefined || config === null ? '' : JSON.stringify(config),
    inputs: inputs ?? [],
    outputs: outputs ?? [],
    options: options ?? {},
  })
  return { body: { software_config: shownConfig(made) } }
}

async function configOf(call: Call): Promise<ConfigRow> {
  const { parts, project } = call.tenant()
  const id = param(call, 'config')
  const found = UUID.test(id) ? await readConfig(parts.database, project.id, id) : undefined
  if (!found) throw noSuch('Software Config', id)
  return found
}

async function removeConfig(call: Call): Promise<Answer> {
  const { parts, project } = call.tenant()
  const { id } = await configOf(call)
  const end = await deleteConfig(parts.database, project.id, id)
  if (end === 'used')
    throw new Refusal(403, 'Forbidden', `Software config with id ${id} can not be deleted as it is referenced.`)
  return {}
}

const shownConfig = ({ id, name, group, config, inputs, outputs, options, createdAt }: ConfigRow): JsonObject => ({
  id,
  name,
  group,
  config,
  inputs,
  outputs,
  options,
  creation_time: heatTime(createdAt.toISOString()),
})

// deployments

async function deployments(call: Call): Promise<Answer> {
  const { parts, project } = call.tenant()
  const found = await listDeployments(parts.database, project.id, call.query.text('server_id'))
  return { body: { software_deployments: found.map(shownDeployment) } }
}

async function deploymentOf(call: Call): Promise<DeploymentRow> {
  const { parts, project } = call.tenant()
  const id = param(call, 'deployment')
  const found = UUID.test(id) ? await readDeployment(parts.database, project.id, id) : undefined
  if (!found) throw noSuch('Software Deployment', id)
  return found
}

const NOTHING = {
  configId: '',
  serverId: null,
  action: 'INIT',
  status: 'COMPLETE',
  statusReason: null,
  inputValues: {},
  outputValues: null,
  stackUserProjectId: null,
} as const

async function deploy(call: Call): Promise<Answer> {
  const { parts, project } = call.tenant()
  const wanted = await wantedOf(call, NOTHING)
  return { body: { software_deployment: shownDeployment(await insertDeployment(parts.database, project.id, wanted)) } }
}

async function redeploy(call: Call): Promise<Answer> {
  const { parts, project } = call.tenant()
  const before = await deploymentOf(call)
  const changed = await updateDeployment(parts.database, project.id, before.id, await wantedOf(call, before))
  if (!changed) throw noSuch('Software Deployment', before.id)
  return { body: { software_deployment: shownDeployment(changed) } }
}

/** What the body does not say stays. The configuration must be one of the project's own. */
async function wantedOf(call: Call, before: Omit<DeploymentRow, 'id' | 'createdAt' | 'updatedAt'>) {
  const { parts, project } = call.tenant()
  const body = bodyOf(call.body)
  const configId = textOr(body.config_id, before.configId)
  const known = UUID.test(configId) ? await readConfig(parts.database, project.id, configId) : undefined
  if (!known) throw noSuch('Software Config', configId)
  const reason = body.status_reason
  return {
    configId,
    serverId: textOrNull(body.server_id) ?? before.serverId,
    action: textOrNull(body.action) ?? before.action,
    status: textOrNull(body.status) ?? before.status,
    statusReason: (isJsonObject(reason) ? JSON.stringify(reason) : textOrNull(reason)) ?? before.statusReason,
    inputValues: body.input_values ?? before.inputValues,
    outputValues: body.output_values ?? before.outputValues,
    stackUserProjectId: textOrNull(body.stack_user_project_id) ?? before.stackUserProjectId,
  }
}

async function undeploy(call: Call): Promise<Answer> {
  const { parts, project } = call.tenant()
  const { id } = await deploymentOf(call)
  await deleteDeployment(parts.database, project.id, id)
  return {}
}

const shownDeployment = (row: DeploymentRow): JsonObject => ({
  id: row.id,
  config_id: row.configId,
  server_id: row.serverId,
  action: row.action,
  status: row.status,
  status_reason: row.statusReason,
  input_values: row.inputValues,
  output_values: row.outputValues,
  stack_user_project_id: row.stackUserProjectId,
  creation_time: heatTime(row.createdAt.toISOString()),
  updated_time: row.updatedAt && heatTime(row.updatedAt.toISOString()),
})

/** In the form in which agents run it: each configuration with the values of its inputs. */
async function metadata(call: Call): Promise<Answer> {
  const { parts, project, isotherm } = call.tenant()
  const server = param(call, 'server')
  const found = await listDeployments(parts.database, project.id, server)
  // Who may only look is not told where to answer.
  const ofStacks = await isotherm.deployments(server, { addresses: mayDo(call.caller, 'write') })
  const shown = await Promise.all(
    found.map(async (deployment): Promise<JsonObject[]> => {
      const config = await readConfig(parts.database, project.id, deployment.configId)
      return config ? [{ ...shownConfig(config), id: deployment.id, inputs: inputsOf(config, deployment) }] : []
    }),
  )
  // What stacks deploy is run like what was deployed by hand; its signals go to the resource that is named with it.
  const deployed = ofStacks.map((deployment): JsonObject => JSON.parse(JSON.stringify(deployment)))
  return { body: { metadata: [...shown.flat(), ...deployed] } }
}

function inputsOf({ inputs }: ConfigRow, deployment: DeploymentRow): Json[] {
  const values = isJsonObject(deployment.inputValues) ? deployment.inputValues : {}
  const declared = Array.isArray(inputs) ? inputs.filter(isJsonObject) : []
  const names = new Set(declared.map(({ name }) => name))
  const extra = Object.keys(values)
    .filter((name) => !names.has(name))
    .map((name): JsonObject => ({ name, type: 'String' }))
  const about = { deploy_server_id: deployment.serverId, deploy_action: deployment.action }
  const said = Object.entries(about).map(([name, value]): JsonObject => ({ name, type: 'String', value }))
  return [
    ...[...declared, ...extra].map((input) => ({
      ...input,
      value: values[String(input.name)] ?? input.value ?? input.default ?? null,
    })),
    ...said,
  ]
}
