// `isotherm serve`: the HTTP server, and engines beside it, until it is told to stop.
import { unwatchFile, watchFile } from 'node:fs'
import { isIP } from 'node:net'
import { pino } from 'pino'
import { Metrics } from '../../api/metrics.js'
import { serveMetrics } from '../../api/metrics-server.js'
import { RequestMetrics } from '../../server/request-metrics.js'
import { type Server, serve as startServer } from '../../server/serve.js'
import { type Certificate, readCertificate } from '../certificate.js'
import { EXIT, UsageError } from '../exit.js'
import { untilAborted, watchInterrupts } from '../interrupt.js'
import { numberOf, portOf } from '../number.js'
import { originOf } from '../origin.js'
import { version } from '../program.js'
import type { ServeArguments } from '../serve-command.js'
import { keyOf, type Session } from '../session.js'
import { loadTypes } from '../types.js'

export async function serve({ globals }: Session, options: ServeArguments): Promise<number> {
  checkPlace(options)
  const tls = await readCertificate(options)
  const log = pino({ level: options.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers })
  const telemetry = new Metrics()
  const requests = new RequestMetrics(telemetry.registry)
  const interrupt = watchInterrupts()
  const server = await startServer({
    database: globals.database,
    ...keyOf(globals),
    types: await loadTypes(),
    host: options.host,
    port: portOf('--port', options.port),
    auth: options.auth,
    revision: version(),
    engines: numberOf('--engines', options.engines, { whole: true }),
    slots: numberOf('--slots', options.slots, { least: 1, whole: true }),
    drainSeconds: numberOf('--drain-seconds', options.drainSeconds),
    limits: { bodyBytesMax: numberOf('--body-bytes', options.bodyBytes, { least: 1024, whole: true }) },
    log,
    telemetry,
    ...(options.auth !== 'none' && {
      permissions: {
        localTypes: options.allowLocalTypes,
        httpTypes: options.allowHttpTypes,
        privateAddresses: options.allowPrivateAddresses,
      },
    }),
    quotas: {
      stacksMax: numberOf('--stacks-max', options.stacksMax, { whole: true }),
      resourcesPerStackMax: numberOf('--resources-max', options.resourcesMax, { whole: true }),
      nestedDepthMax: numberOf('--nested-depth-max', options.nestedDepthMax, { whole: true }),
      eventsPerStackMax: numberOf('--events-max', options.eventsMax, { whole: true }),
    },
    ...rateOf(options),
    watchers: [requests.watch],
    dropped: requests.dropped,
    hiddenTags: options.hiddenStackTags.split(',').filter((tag) => tag !== ''),
    ...(options.adminProject !== undefined && { adminProject: options.adminProject }),
    believedSeconds: numberOf('--token-cache-seconds', options.tokenCacheSeconds),
    ...keystoneOf(options),
    ...(options.publicUrl !== undefined && { publicUrl: originOf('--public-url', options.publicUrl) }),
    ...(tls && { tls }),
  })
  warnOf(tls, options, log)
  telemetry.observe(server.isotherm)
  requests.observe(server)
  return untilStopped(server, options, { log, telemetry, signal: interrupt.signal }).finally(() => interrupt.release())
}

interface Around {
  readonly log: pino.Logger
  readonly telemetry: Metrics
  readonly signal: AbortSignal
}

async function untilStopped(
  server: Server,
  options: ServeArguments,
  { log, telemetry, signal }: Around,
): Promise<number> {
  try {
    const port = options.metricsPort
    const metrics =
      port === undefined ? undefined : await serveMetrics(telemetry, server.isotherm, portOf('--metrics-port', port))
    const told = { url: server.url, auth: options.auth, pid: process.pid }
    log.info({ ...told, ...(metrics && { metricsPort: metrics.port }) }, 'the server is at work')
    if (options.auth === 'none') log.warn(told, 'without authentication: whoever reaches this address is admin')
    const keep = renewing(server, options, log)
    const { lost } = server.isotherm
    await untilAborted(AbortSignal.any([signal, lost]))
    keep()
    if (lost.aborted) log.error({ ...told, error: lost.reason }, 'the server cannot go on')
    else log.info(told, 'draining: nothing new is begun')
    await server.close()
    await metrics?.close()
    log.info(told, 'the server has stopped')
  } catch (error) {
    await server.close()
    throw error
  }
  server.isotherm.lost.throwIfAborted()
  return EXIT.done
}

const serializers = { error: pino.stdSerializers.err }

/** Without authentication only this machine itself may come. */
function checkPlace({ auth, host }: ServeArguments): void {
  if (auth !== 'none' || isLoopback(host)) return
  throw new UsageError(
    `--auth none lets everybody in, so it listens on loopback only, not on ${host}`,
    'use --auth password, or --host 127.0.0.1',
  )
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

function rateOf({ requestsPerSecond }: ServeArguments) {
  if (requestsPerSecond === undefined) return {}
  const perSecond = numberOf('--requests-per-second', requestsPerSecond, { least: 0.1 })
  return { rate: { perSecond, burst: Math.max(1, perSecond * 5) } }
}

/** A certificate that is renewed in place is used from then on; one that cannot be read leaves the old one in use. */
function renewing(server: Server, options: ServeArguments, log: pino.Logger): () => void {
  const { tlsCert, tlsKey } = options
  if (tlsCert === undefined || tlsKey === undefined) return () => undefined
  const renew = () =>
    void readCertificate(options)
      .then((tls) => {
        if (tls) server.renew(tls)
        log.info({ tlsCert }, 'the certificate was read again')
        warnOf(tls, options, log)
      })
      .catch((error: unknown) =>
        log.error({ error, tlsCert }, 'the certificate cannot be read: the old one stays in use'),
      )
  // Whichever of the two is written last, they fit together then.
  const files = [tlsCert, tlsKey]
  for (const file of files) watchFile(file, { interval: 5_000 }, renew)
  return () => {
    for (const file of files) unwatchFile(file, renew)
  }
}

function warnOf(tls: Certificate | undefined, { tlsCert }: ServeArguments, log: pino.Logger): void {
  if (tls?.outOfTime) log.warn({ tlsCert }, `clients will refuse the certificate: ${tls.outOfTime}`)
}

const KEYSTONE = 'https://keystone.example.com:5000/v3'

function keystoneOf({ auth, keystoneUrl, keystoneCacheSeconds }: ServeArguments) {
  if (auth !== 'keystone') {
    if (keystoneUrl === undefined) return {}
    throw new UsageError(`--keystone-url goes with --auth keystone, not with --auth ${auth}`)
  }
  if (keystoneUrl === undefined) throw new UsageError('--auth keystone needs --keystone-url', `for example ${KEYSTONE}`)
  const cacheSeconds = numberOf('--keystone-cache-seconds', keystoneCacheSeconds)
  return { keystone: { url: originOf('--keystone-url', keystoneUrl, KEYSTONE), cacheSeconds } }
}
