// What there is to run on a server: the deployments of every stack of the project that name it.
import type { JsonObject } from '../lib/json.js'
import { DEPLOYMENT_TYPES } from '../provider/heat/software/deployment-types.js'
import { deploymentsIn } from '../provider/heat/software/state.js'
import type { Sql } from '../store/database.js'
import { readDeploymentRows } from '../store/deployments.js'

/** A server runs each `id` once; what it answers with is a signal to `resource` of `stack`. */
export interface DeploymentView {
  readonly id: string
  readonly name: string
  /** CREATE, UPDATE, DELETE, SUSPEND or RESUME. */
  readonly action: string
  /** Which tool runs it. */
  readonly group: string
  readonly config: unknown
  /** `{ name, type, value }`, the deployment's own (`deploy_server_id` and so on) last. */
  readonly inputs: readonly JsonObject[]
  readonly outputs: readonly JsonObject[]
  readonly options: JsonObject
  readonly stack: string
  readonly stackId: string
  readonly resource: string
  /** IN_PROGRESS while the server's answer is waited for. */
  readonly status: string
}

export async function deploymentsOf(sql: Sql, project: string, server: string): Promise<DeploymentView[]> {
  const rows = await readDeploymentRows(sql, project, DEPLOYMENT_TYPES)
  return rows.flatMap(({ privateData, handle, stack, stackUid: stackId, resource, status }) =>
    deploymentsIn(privateData, handle?.operation ?? null)
      .filter((deployment) => deployment.server === server)
      .map(({ server: _, ...deployment }) => ({ ...deployment, stack, stackId, resource, status })),
  )
}
