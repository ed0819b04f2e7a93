// `/metrics` for Prometheus; `/healthz` and `/readyz` for whoever keeps the process running.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Measured, Metrics } from './metrics.js'

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/** @param port 0 for any that is free. */
export async function serveMetrics(metrics: Metrics, measured: Measured, port: number): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    const { status, type = 'text/plain; charset=utf-8', body } = await answer(metrics, measured, request.url ?? '')
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  server.listen(port)
  await once(server, 'listening')
  server.unref()
  return { port: portOf(server), close: () => close(server) }
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly body: string
}

async function answer({ registry }: Metrics, measured: Measured, url: string): Promise<Answer> {
  switch (new URL(url, 'http://localhost').pathname) {
    case '/metrics':
      return { status: 200, type: registry.contentType, body: await registry.metrics() }
    // A process that answers is sound: without its database it waits, and starting it anew would not help.
    case '/healthz':
      return { status: 200, body: 'ok\n' }
    case '/readyz':
      return readiness(measured)
    default:
      return { status: 404, body: 'there are /metrics, /healthz and /readyz\n' }
  }
}

function readiness(measured: Measured): Answer {
  const engines = measured.health()
  if (engines.some(({ draining }) => draining)) return { status: 503, body: 'draining\n' }
  const silent = engines.find(({ alive }) => !alive)
  if (!silent) return { status: 200, body: 'ready\n' }
  return { status: 503, body: `no heartbeat for ${silent.heartbeatAgeSeconds.toFixed(1)} s\n` }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
