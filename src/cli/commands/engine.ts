// `isotherm engine`: a process that works on whatever is to be done, until it is told to stop.
import { pino } from 'pino'
import { Metrics } from '../../api/metrics.js'
import { type MetricsServer, serveMetrics } from '../../api/metrics-server.js'
import { type Isotherm, open, type RetentionPolicy } from '../../index.js'
import { reachOf } from '../../server/permissions.js'
import { EXIT } from '../exit.js'
import { untilAborted, watchInterrupts } from '../interrupt.js'
import { numberOf, portOf } from '../number.js'
import { originOf } from '../origin.js'
import { keyOf, type Session } from '../session.js'
import { loadTypes } from '../types.js'

export interface EngineArguments {
  readonly slots: string
  readonly drainSeconds: string
  readonly silentSeconds: string
  readonly keepDays: string
  readonly keepEvents: string
  readonly publicAddressesOnly?: boolean
  readonly allowPrivateAddresses: readonly string[]
  readonly publicUrl?: string
  readonly metricsPort?: string
  readonly logLevel: string
}

export async function engine({ globals }: Session, options: EngineArguments): Promise<number> {
  const slots = numberOf('--slots', options.slots, { least: 1, whole: true })
  const drainSeconds = numberOf('--drain-seconds', options.drainSeconds)
  const silentSeconds = numberOf('--silent-seconds', options.silentSeconds, { least: 1 })
  const retention = retentionOf(options)
  const log = pino({ level: options.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers })
  const telemetry = new Metrics()
  const interrupt = watchInterrupts()
  const types = await loadTypes()
  const { database } = globals
  const limits = { slots, drainSeconds, silentSeconds, retention }
  const outside = options.publicUrl !== undefined && { publicUrl: originOf('--public-url', options.publicUrl) }
  const reach = options.publicAddressesOnly && {
    mayReach: reachOf({ privateAddresses: options.allowPrivateAddresses }),
  }
  const isotherm = await open({ ...reach, ...outside, database, types, ...keyOf(globals), ...limits, log, telemetry })
  telemetry.observe(isotherm)
  const [{ id: engineId } = { id: '' }] = isotherm.health()
  const told = { engine: engineId, pid: process.pid }
  try {
    const server = await listen(telemetry, isotherm, options.metricsPort)
    log.info({ ...told, slots, silentSeconds, ...(server && { metricsPort: server.port }) }, 'the engine is at work')
    await untilAborted(AbortSignal.any([interrupt.signal, isotherm.lost]))
    const running = isotherm.health()[0]?.running
    if (isotherm.lost.aborted) log.error({ ...told, running, error: isotherm.lost.reason }, 'the engine cannot go on')
    else log.info({ ...told, running, drainSeconds }, 'draining: nothing new is begun')
    await isotherm.close()
    await server?.close()
    log.info(told, 'the engine has stopped')
  } catch (error) {
    await isotherm.close()
    throw error
  } finally {
    interrupt.release()
  }
  isotherm.lost.throwIfAborted()
  return EXIT.done
}

function retentionOf({ keepDays, keepEvents }: EngineArguments): Partial<RetentionPolicy> {
  const days = numberOf('--keep-days', keepDays)
  const eventsPerStackMax = numberOf('--keep-events', keepEvents, { whole: true })
  return { eventDays: days, templateDays: days, deletedStackDays: days, eventsPerStackMax }
}

const serializers = { error: pino.stdSerializers.err }

async function listen(
  metrics: Metrics,
  isotherm: Isotherm,
  port: string | undefined,
): Promise<MetricsServer | undefined> {
  if (port === undefined) return undefined
  return serveMetrics(metrics, isotherm, portOf('--metrics-port', port))
}
