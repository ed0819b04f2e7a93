// Software configurations and deployments. Every statement names the project.
import type { Json } from '../lib/json.js'
import type { Sql } from './database.js'

export interface ConfigRow {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly config: string
  readonly inputs: Json
  readonly outputs: Json
  readonly options: Json
  readonly createdAt: Date
}

const CONFIG = `id, name, "group", config, inputs, outputs, options, created_at as "createdAt"`

export async function insertConfig(
  sql: Sql,
  projectId: number,
  config: Omit<ConfigRow, 'id' | 'createdAt'>,
): Promise<ConfigRow> {
  const [made] = await sql.query<ConfigRow>(
    `insert into isotherm.software_configs (project_id, name, "group", config, inputs, outputs, options)
     values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7::text::jsonb) returning ${CONFIG}`,
    [
      projectId,
      config.name,
      config.group,
      config.config,
      ...[config.inputs, config.outputs, config.options].map((part) => JSON.stringify(part)),
    ],
  )
  if (!made) throw new Error('a row that was inserted is not there')
  return made
}

export async function readConfig(sql: Sql, projectId: number, id: string): Promise<ConfigRow | undefined> {
  const [config] = await sql.query<ConfigRow>(
    `select ${CONFIG} from isotherm.software_configs where project_id = $1 and id = $2`,
    [projectId, id],
  )
  return config
}

/** The newest first. */
export async function listConfigs(
  sql: Sql,
  projectId: number,
  { limit, marker }: { readonly limit?: number; readonly marker?: string },
): Promise<ConfigRow[]> {
  return sql.query(
    `select ${CONFIG} from isotherm.software_configs c where project_id = $1
       and ($2::uuid is null or (created_at, id) < (select m.created_at, m.id from isotherm.software_configs m where m.id = $2::uuid and m.project_id = $1))
     order by created_at desc, id desc limit $3`,
    [projectId, marker ?? null, limit ?? null],
  )
}

/** @returns `used` when a deployment still needs it. */
export async function deleteConfig(sql: Sql, projectId: number, id: string): Promise<'gone' | 'missing' | 'used'> {
  const [found] = await sql.query<{ used: boolean; gone: boolean }>(
    `with used as (select from isotherm.software_deployments where config_id = $2 and project_id = $1 limit 1),
       gone as (delete from isotherm.software_configs where project_id = $1 and id = $2 and not exists (select from used) returning id)
     select exists (select from used) as used, exists (select from gone) as gone`,
    [projectId, id],
  )
  if (found?.used) return 'used'
  return found?.gone ? 'gone' : 'missing'
}

export interface DeploymentRow {
  readonly id: string
  readonly configId: string
  readonly serverId: string | null
  readonly action: string | null
  readonly status: string | null
  readonly statusReason: string | null
  readonly inputValues: Json
  readonly outputValues: Json
  readonly stackUserProjectId: string | null
  readonly createdAt: Date
  readonly updatedAt: Date | null
}

const DEPLOYMENT = `id, config_id as "configId", server_id as "serverId", action, status, status_reason as "statusReason",
  input_values as "inputValues", output_values as "outputValues", stack_user_project_id as "stackUserProjectId",
  created_at as "createdAt", updated_at as "updatedAt"`

type Deployment = Omit<DeploymentRow, 'id' | 'createdAt' | 'updatedAt'>

export async function insertDeployment(sql: Sql, projectId: number, deployment: Deployment): Promise<DeploymentRow> {
  const [made] = await sql.query<DeploymentRow>(
    `insert into isotherm.software_deployments
       (project_id, config_id, server_id, action, status, status_reason, input_values, output_values, stack_user_project_id)
     values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb, $9) returning ${DEPLOYMENT}`,
    [projectId, ...valuesOf(deployment)],
  )
  if (!made) throw new Error('a row that was inserted is not there')
  return made
}

export async function updateDeployment(
  sql: Sql,
  projectId: number,
  id: string,
  deployment: Deployment,
): Promise<DeploymentRow | undefined> {
  const [changed] = await sql.query<DeploymentRow>(
    `update isotherm.software_deployments set config_id = $3, server_id = $4, action = $5, status = $6, status_reason = $7,
       input_values = $8::text::jsonb, output_values = $9::text::jsonb, stack_user_project_id = $10, updated_at = isotherm.clock()
     where project_id = $1 and id = $2 returning ${DEPLOYMENT}`,
    [projectId, id, ...valuesOf(deployment)],
  )
  return changed
}

const valuesOf = (deployment: Deployment): unknown[] => [
  deployment.configId,
  deployment.serverId,
  deployment.action,
  deployment.status,
  deployment.statusReason,
  JSON.stringify(deployment.inputValues),
  JSON.stringify(deployment.outputValues),
  deployment.stackUserProjectId,
]

export async function readDeployment(sql: Sql, projectId: number, id: string): Promise<DeploymentRow | undefined> {
  const [deployment] = await sql.query<DeploymentRow>(
    `select ${DEPLOYMENT} from isotherm.software_deployments where project_id = $1 and id = $2`,
    [projectId, id],
  )
  return deployment
}

/** The oldest first; of one server, or of all. */
export async function listDeployments(
  sql: Sql,
  projectId: number,
  serverId: string | undefined,
): Promise<DeploymentRow[]> {
  return sql.query(
    `select ${DEPLOYMENT} from isotherm.software_deployments
     where project_id = $1 and ($2::text is null or server_id = $2) order by created_at, id`,
    [projectId, serverId ?? null],
  )
}

export async function deleteDeployment(sql: Sql, projectId: number, id: string): Promise<boolean> {
  const gone = await sql.query(
    'delete from isotherm.software_deployments where project_id = $1 and id = $2 returning id',
    [projectId, id],
  )
  return gone.length > 0
}
