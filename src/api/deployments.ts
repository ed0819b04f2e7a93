// What there is to run on a server: the deployments of every stack of the project that name it.
import { knownAddress } from '../engine/signal-address.js'
import type { JsonObject } from '../lib/json.js'
import type { Deployment } from '../provider/heat/software/deployment.js'
import { DEPLOYMENT_TYPES } from '../provider/heat/software/deployment-types.js'
import { deploymentsIn } from '../provider/heat/software/state.js'
import { readDeploymentRows } from '../store/deployments.js'
import type { Parts } from './desk.js'

/** A server runs each `id` once; what it answers with is a signal to `resource` of `stack`. */
export interface DeploymentView {
  readonly id: string
  readonly name: string
  /** CREATE, UPDATE, DELETE, SUSPEND or RESUME. */
  readonly action: string
  /** Which tool runs it. */
  readonly group: string
  readonly config: unknown
  /** `{ name, type, value }`, the deployment's own (`deploy_server_id` and so on) last; `deploy_signal_id` is a secret. */
  readonly inputs: readonly JsonObject[]
  readonly outputs: readonly JsonObject[]
  readonly options: JsonObject
  readonly stack: string
  readonly stackId: string
  readonly resource: string
  /** IN_PROGRESS while the server's answer is waited for. */
  readonly status: string
}

export interface DeploymentOptions {
  /** Whether whoever asks may know the addresses at which to answer. Default true; there are none where no server is known. */
  readonly addresses?: boolean
}

export async function deploymentsOf(
  parts: Pick<Parts, 'database' | 'project' | 'publicUrl'>,
  server: string,
  { addresses = true }: DeploymentOptions,
): Promise<DeploymentView[]> {
  const rows = await readDeploymentRows(parts.database, parts.project, DEPLOYMENT_TYPES)
  const views: DeploymentView[] = []
  for (const row of rows) {
    const { privateData, handle, stack, stackUid: stackId, resource, status } = row
    const own = deploymentsIn(privateData, handle?.operation ?? null).filter((one) => one.server === server)
    const answered = own.some(answersAtAddress) && addresses && status === 'IN_PROGRESS'
    const address = answered ? await knownAddress(parts, { ...row, stackUid: stackId, name: resource }) : null
    for (const { server: _, ...deployment } of own) {
      const told = address === null ? [] : addressInputs(deployment, address, server)
      views.push({ ...deployment, inputs: [...deployment.inputs, ...told], stack, stackId, resource, status })
    }
  }
  return views
}

/** What an agent finds in Heat; the address is derived when it is told, so that it lies nowhere in clear. */
function addressInputs(deployment: Pick<Deployment, 'inputs'>, address: string, server: string): JsonObject[] {
  if (!answersAtAddress(deployment)) return []
  const verb = transportOf(deployment) === 'TEMP_URL_SIGNAL' ? 'PUT' : 'POST'
  // In a group the answer has to say whose it is, and agents do not.
  const at = `${address}?${new URLSearchParams({ deploy_server_id: server })}`
  const inputs = { deploy_signal_id: at, deploy_signal_verb: verb }
  return Object.entries(inputs).map(([name, value]) => ({ name, type: 'String', value }))
}

const answersAtAddress = (deployment: Pick<Deployment, 'inputs'>) => transportOf(deployment) !== 'NO_SIGNAL'

const transportOf = ({ inputs }: Pick<Deployment, 'inputs'>) =>
  inputs.find(({ name }) => name === 'deploy_signal_transport')?.value
