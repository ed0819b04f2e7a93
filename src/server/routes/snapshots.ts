// Snapshots, and stacks that leave their things behind.
import { exported } from '../../api/abandon.js'
import { Desk } from '../../api/desk.js'
import type { SnapshotView } from '../../api/snapshots.js'
import type { Json, JsonObject } from '../../lib/json.js'
import { noSuch, Refusal } from '../errors.js'
import { heatTime } from '../links.js'
import { type Answer, type Call, type Method, param, type Route } from '../route.js'
import { bodyOf } from './declaring.js'
import { type AtStack, atLivingStack } from './place.js'

const STACK = '/v1/:tenant/stacks/:stack/:id'

const NAME: JsonObject = { type: 'object', properties: { name: { type: ['string', 'null'] } } }

export const snapshotRoutes: readonly Route[] = [
  route('POST', '/snapshots', 'stacks:snapshot', 'take a snapshot', 200, take, NAME),
  route('GET', '/snapshots', 'stacks:list_snapshots', 'the snapshots of a stack', 200, list),
  route('GET', '/snapshots/:snapshot', 'stacks:show_snapshot', 'a snapshot', 200, show),
  route('DELETE', '/snapshots/:snapshot', 'stacks:delete_snapshot', 'forget a snapshot', 204, forget),
  route('POST', '/snapshots/:snapshot/restore', 'stacks:restore_snapshot', 'back to a snapshot', 202, restore),
  route('GET', '/export', 'stacks:export', 'what abandoning a stack would tell', 200, async (call) => {
    const at = await atLivingStack(call)
    refuseWhileBusy(at)
    return { body: JSON.stringify(await exported(new Desk(at.tenant.parts), at.ref)) }
  }),
  route('DELETE', '/abandon', 'stacks:abandon', 'give a stack up, and leave its things', 200, abandon),
]

function route(
  method: Method,
  subpath: string,
  operation: string,
  summary: string,
  status: number,
  answer: Route['answer'],
  body?: JsonObject,
): Route {
  const access = method === 'GET' ? 'read' : 'write'
  return { method, path: `${STACK}${subpath}`, operation, summary, access, status, answer, ...(body && { body }) }
}

/** Existing clients know a conflict by its status. */
function refuseWhileBusy({ stack }: AtStack): void {
  if (stack.status !== 'IN_PROGRESS') return
  throw new Refusal(409, 'ActionInProgress', `Stack ${stack.name} already has an action (${stack.action}) in progress.`)
}

const shown = ({ id, name, status, reason, createdAt }: SnapshotView): JsonObject => ({
  id,
  name,
  status,
  status_reason: reason,
  creation_time: heatTime(createdAt),
})

async function take(call: Call): Promise<Answer> {
  const at = await atLivingStack(call)
  refuseWhileBusy(at)
  const { tenant, ref } = at
  const { name } = call.body === null ? {} : bodyOf(call.body)
  const { id } = await tenant.isotherm.snapshot(ref, { ...(typeof name === 'string' && { name }) })
  const { resources: _, ...made } = await tenant.isotherm.showSnapshot(ref, id)
  return { body: { ...shown(made), data: null } }
}

async function list(call: Call): Promise<Answer> {
  const { tenant, ref } = await atLivingStack(call)
  return { body: { snapshots: (await tenant.isotherm.snapshots(ref)).map((one) => ({ ...shown(one), data: null })) } }
}

/** By its id alone: a name is the library's convenience. */
async function snapshotOf(call: Call) {
  const at = await atLivingStack(call)
  const id = param(call, 'snapshot')
  const found = (await at.tenant.isotherm.snapshots(at.ref)).find((one) => one.id === id)
  if (!found) throw noSuch('Snapshot', id)
  return { ...at, snapshot: found }
}

async function show(call: Call): Promise<Answer> {
  const { tenant, ref, snapshot } = await snapshotOf(call)
  const { resources } = await tenant.isotherm.showSnapshot(ref, snapshot.id)
  const data = resources.map(({ name, type, physicalId, data: kept }): [string, Json] => [
    name,
    { name, type, resource_id: physicalId, resource_data: kept },
  ])
  return { body: { snapshot: { ...shown(snapshot), data: { resources: Object.fromEntries(data) } } } }
}

async function forget(call: Call): Promise<Answer> {
  const { tenant, ref, snapshot } = await snapshotOf(call)
  await tenant.isotherm.deleteSnapshot(ref, snapshot.id)
  return {}
}

async function restore(call: Call): Promise<Answer> {
  const { tenant, ref, snapshot } = await snapshotOf(call)
  await tenant.isotherm.restore(ref, snapshot.id)
  return {}
}

async function abandon(call: Call): Promise<Answer> {
  const at = await atLivingStack(call)
  refuseWhileBusy(at)
  const { document } = await at.tenant.isotherm.abandon(at.ref)
  return { body: JSON.parse(JSON.stringify(document)) }
}
