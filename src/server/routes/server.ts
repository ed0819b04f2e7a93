// The server about itself: its versions, its build, its engines, and how it is.
import type { Json } from '../../lib/json.js'
import { Refusal } from '../errors.js'
import { heatTime } from '../links.js'
import type { Answer, Call, Route } from '../route.js'

export interface Health {
  /** Null when the server can serve; otherwise why it cannot. */
  trouble(): Promise<string | null>
}

const API_VERSION = 'v1.0'

export function serverRoutes(revision: string, health: Health): Route[] {
  return [
    open('/', 'versions', 'the versions of this interface', 300, async (call) => ({ body: versions(call) })),
    open('/v1', 'versions:v1', 'this version of the interface', 300, async (call) => ({ body: versions(call) })),
    open('/healthz', 'healthz', 'whether the process is alive', 200, async () => ({ body: { status: 'ok' } })),
    open('/readyz', 'readyz', 'whether requests can be served', 200, () => readiness(health)),
    {
      method: 'GET',
      path: '/v1/:tenant/build_info',
      operation: 'build_info:build_info',
      summary: 'what was built',
      access: 'read',
      status: 200,
      answer: async () => ({ body: { api: { revision }, engine: { revision } } }),
    },
    {
      method: 'GET',
      path: '/v1/:tenant/services',
      operation: 'service:index',
      summary: 'the engines',
      access: 'admin',
      status: 200,
      answer: services,
    },
  ]
}

const open = (path: string, operation: string, summary: string, status: number, answer: Route['answer']): Route => ({
  method: 'GET',
  path,
  operation,
  summary,
  access: 'open',
  status,
  answer,
})

const versions = ({ origin }: Call): Json => ({
  versions: [{ id: API_VERSION, status: 'CURRENT', links: [{ rel: 'self', href: `${origin}/v1/` }] }],
})

async function readiness(health: Health): Promise<Answer> {
  const trouble = await health.trouble()
  return trouble === null
    ? { body: { status: 'ready' } }
    : { status: 503, body: { status: 'not ready', reason: trouble } }
}

/** Engines that were not heard of for so long count as down; they are swept soon after. */
const UP_SECONDS = 120

async function services(call: Call): Promise<Answer> {
  const engines = await call.tenant().isotherm.engines()
  const up = engines.filter(({ pulseSeconds }) => pulseSeconds < UP_SECONDS)
  if (up.length === 0) throw new Refusal(503, 'ServiceUnavailable', 'All engines are down.')
  const shown = engines.map(({ id, host, startedAt, pulseSeconds }) => ({
    id,
    engine_id: id,
    host,
    hostname: host,
    binary: 'isotherm-engine',
    topic: 'engine',
    report_interval: 60,
    status: pulseSeconds < UP_SECONDS ? 'up' : 'down',
    created_at: heatTime(startedAt),
    updated_at: heatTime(new Date(Date.now() - pulseSeconds * 1000).toISOString()),
    deleted_at: null,
  }))
  return { body: { services: shown } }
}
