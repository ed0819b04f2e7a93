// Addresses that carry their own secret, for machines that have no user: one resource each, good until they are revoked or what
// they are for is gone. Those that attributes tell are made by engines (src/engine/signal-address.ts).
import { SIGNAL_PATH } from '../../engine/signal-address.js'
import { hashOfSecret, newSecret } from '../../lib/bearer.js'
import { isJsonObject, type Json } from '../../lib/json.js'
import type { Database } from '../../store/database.js'
import type { ProjectRow } from '../../store/projects.js'
import { deleteSignalUrls, findSignalTarget, insertSignalUrl, type SignalTarget } from '../../store/signal-urls.js'
import { forbidden, Refusal } from '../errors.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import type { Tenant } from '../tenants.js'
import { atLivingStack } from './place.js'

export interface SignalDoor {
  /** Sees all projects: who has the secret has named none. */
  readonly database: Database
  readonly tenantOf: (project: ProjectRow) => Tenant
}

const RESOURCE = '/v1/:tenant/stacks/:stack/:id/resources/:resource'

export function signalUrlRoutes(door: SignalDoor): Route[] {
  return [
    {
      method: 'POST',
      path: `${RESOURCE}/signal_url`,
      operation: 'resource:make_signal_url',
      summary: 'make an address that signals this resource and nothing else; it is shown once',
      access: 'write',
      status: 201,
      answer: make,
    },
    {
      method: 'DELETE',
      path: `${RESOURCE}/signal_url`,
      operation: 'resource:revoke_signal_urls',
      summary: 'revoke all such addresses of this resource',
      access: 'write',
      status: 204,
      answer: revoke,
    },
    { ...signalled(door), method: 'POST', operation: 'resource:signal_by_url' },
    // What CloudFormation's tools do.
    { ...signalled(door), method: 'PUT', operation: 'resource:put_signal_by_url' },
  ]
}

const signalled = (door: SignalDoor) =>
  ({
    path: `${SIGNAL_PATH}/:secret`,
    summary: 'signal the resource that the address was made for',
    access: 'open',
    status: 200,
    query: { deploy_server_id: { type: 'string', description: 'Whose answer to a deployment it is.' } },
    answer: (call: Call) => signal(call, door),
  }) as const

async function make(call: Call): Promise<Answer> {
  const { tenant, stack, ref } = await atLivingStack(call)
  const { name } = await tenant.isotherm.resource(ref, param(call, 'resource'))
  const secret = newSecret()
  await insertSignalUrl(tenant.parts.database, stack.id, name, hashOfSecret(secret))
  return { body: { signal_url: `${call.origin}${SIGNAL_PATH}/${secret}` }, headers: { 'cache-control': 'no-store' } }
}

async function revoke(call: Call): Promise<Answer> {
  const { tenant, stack } = await atLivingStack(call)
  await deleteSignalUrls(tenant.parts.database, stack.id, param(call, 'resource'))
  return {}
}

/** The address of a deployment says which server answers; of what is signalled otherwise it says nothing. */
function saidBy({ body, query }: Call): Json {
  const server = query.text('deploy_server_id')
  return server !== undefined && isJsonObject(body) ? { deploy_server_id: server, ...body } : body
}

async function signal(call: Call, { database, tenantOf }: SignalDoor): Promise<Answer> {
  const target = await findSignalTarget(database, hashOfSecret(param(call, 'secret')))
  if (!target) throw new Refusal(404, 'HTTPNotFound', 'There is nothing at this address.')
  call.concern({ project: target.project, path: pathOf(target) })
  // A hook waits for a person, and an address is for machines.
  if (isJsonObject(call.body) && call.body.unset_hook !== undefined) throw forbidden()
  const { projectId: id, projectUid: uid, project: name } = target
  await tenantOf({ id, uid, name }).isotherm.signal({ id: target.stackUid }, target.resource, saidBy(call))
  return { body: null }
}

const pathOf = ({ projectUid, stack, stackUid, resource }: SignalTarget): string =>
  ['', 'v1', projectUid, 'stacks', stack, stackUid, 'resources', resource, 'signal'].map(encodeURIComponent).join('/')
