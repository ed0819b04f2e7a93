// A server, and requests at random to each of its routes; by whom it is asked, and how long, is up to the caller.
import fc from 'fast-check'
import { Identity } from '../../src/api/identity/identity.js'
import { People } from '../../src/api/identity/people.js'
import { allRoutes } from '../../src/server/routes/index.js'
import { at, type Served, startServer } from './harness.js'
import { faultOf, type Known, malformedRequests, type RawRequest, send } from './malformed.js'

export interface Outcome {
  readonly requests: number
  readonly routes: number
  /** How many answers of each status; 0: the connection was closed without one. */
  readonly statuses: ReadonlyMap<number, number>
  readonly faults: readonly { readonly request: RawRequest; readonly fault: string; readonly cause: string }[]
}

export async function fuzz(requests: number, seed: number, tell: (done: number) => void = () => {}): Promise<Outcome> {
  let logged = ''
  const quiet = () => {}
  const error = (details: object) => {
    const { error: cause }: { error?: unknown } = details
    logged = cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(details)
  }
  const served = await startServer({ auth: 'password', log: { debug: quiet, info: quiet, warn: quiet, error } })
  try {
    const door = await enter(served)
    const routes = allRoutes({
      revision: '',
      health: { trouble: async () => null },
      fetch: async () => '',
      identity: new Identity(served.database),
      listing: { hiddenTags: [], database: served.database, seesAll: () => false },
      signals: { database: served.database, tenantOf: () => refuse() },
    })
    const statuses = new Map<number, number>()
    const faults: { request: RawRequest; fault: string; cause: string }[] = []
    for (let done = 0; done < requests; done += ROUND) {
      // Some requests delete or change what they find.
      const known = { ...door, ...(await furnish(served, door)) }
      const numRuns = Math.min(ROUND, requests - done)
      for (const request of fc.sample(malformedRequests(routes, known), { numRuns, seed: seed + done })) {
        logged = ''
        const answer = await send(served.server.url, request)
        statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1)
        const fault = faultOf(request, answer)
        if (fault !== undefined) faults.push({ request, fault, cause: logged })
      }
      tell(done + numRuns)
    }
    const health = await served.ask('GET', '/healthz')
    if (health.status !== 200) throw new Error(`after it all the server answers ${health.status}`)
    return { requests, routes: routes.length, statuses, faults }
  } finally {
    await served.close()
  }
}

const ROUND = 100

const refuse = (): never => {
  throw new Error('only the paths of these routes are looked at')
}

async function enter({ database }: Served): Promise<Pick<Known, 'tenant' | 'token'>> {
  const people = new People(database)
  const { uid: tenant } = await people.createProject('fuzz')
  await people.createUser({ name: 'fuzz', password: 'long enough', project: 'fuzz', role: 'admin' })
  return { tenant, token: (await people.createToken('fuzz', 'fuzz', 36_000)).secret }
}

async function furnish(
  { ask }: Served,
  { tenant, token }: Pick<Known, 'tenant' | 'token'>,
): Promise<Pick<Known, 'stack' | 'id' | 'resource'>> {
  const template = { heat_template_version: '2018-08-31', resources: { a: { type: 'OS::Heat::None' } } }
  const path = `/v1/${tenant}/isotherm/stacks/web`
  const { status, body, text } = await ask('POST', `${path}/up`, { template }, { 'x-auth-token': token })
  if (status !== 202) throw new Error(`a proper request is answered ${status}: ${text}`)
  await ask('GET', `${path}/at-rest?waitSeconds=30`, undefined, { 'x-auth-token': token })
  return { stack: 'web', id: String(at(body, 'id')), resource: 'a' }
}
