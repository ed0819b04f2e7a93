// What Prometheus is told of the requests to this process. Labels are of a bounded number: routes by their names, never paths.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Served } from './app.js'

const DURATION_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]
/** A stream lasts as long as its watcher likes, which says nothing of the server. */
const STREAMS = new Set(['beyond:watch', 'library:watch'])

const REASONS: { readonly [status: number]: string } = {
  401: 'unauthenticated',
  403: 'forbidden',
  408: 'too slow',
  413: 'too large',
  429: 'too many',
}

export class RequestMetrics {
  readonly #requests
  readonly #durations
  readonly #refused

  constructor(readonly registry: Registry) {
    const registers = [registry]
    this.#requests = new Counter({
      name: 'isotherm_http_requests_total',
      help: 'Requests that were answered, by route and status.',
      labelNames: ['route', 'method', 'status'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'isotherm_http_request_duration_seconds',
      help: 'From the headers of a request to the end of its answer, without streams.',
      labelNames: ['route', 'status'],
      buckets: DURATION_BUCKETS,
      registers,
    })
    this.#refused = new Counter({
      name: 'isotherm_http_refused_total',
      help: 'Requests and connections that were turned away before they could do anything, by reason.',
      labelNames: ['reason'],
      registers,
    })
  }

  /** To be told of every request. */
  readonly watch = ({ route, method, status, seconds }: Served): void => {
    const name = route?.operation ?? 'none'
    this.#requests.inc({ route: name, method: route ? method : 'any', status })
    if (!STREAMS.has(name)) this.#durations.observe({ route: name, status }, seconds)
    const reason = REASONS[status]
    if (reason !== undefined) this.#refused.inc({ reason })
  }

  /** A connection that was dropped, because there are too many. */
  readonly dropped = (): void => this.#refused.inc({ reason: 'too many connections' })

  /** Adds what is looked at anew whenever somebody asks. */
  observe({ watching }: { readonly watching: () => number }): void {
    new Gauge({
      name: 'isotherm_http_watchers',
      help: 'Clients to whom events are sent as they happen.',
      registers: [this.registry],
      collect() {
        this.set(watching())
      },
    })
  }
}
