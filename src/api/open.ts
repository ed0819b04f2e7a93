// Opening: a database, the types, and engines in this process.
import { Engine } from '../engine/engine.js'
import { logging } from '../engine/logging.js'
import { keepingHistoryShort } from '../engine/retention.js'
import { together } from '../engine/telemetry.js'
import { watchingReality } from '../engine/watch-reality.js'
import { realWorld } from '../lib/world.js'
import type { Logger, ResourceType } from '../provider/contract.js'
import { groupTypes, heatTypes, httpTypes, TypeRegistry } from '../provider/index.js'
import { localTypes } from '../provider/local/index.js'
import type { Database } from '../store/database.js'
import { explaining } from '../store/explain.js'
import { DEFAULT_DATABASE, openDatabase } from '../store/open.js'
import { unlock } from '../store/unlock.js'
import { asked } from './asked-options.js'
import type { Parts } from './desk.js'
import { Isotherm } from './isotherm.js'
import type { OpenOptions } from './options.js'
import { tracing } from './traces.js'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Throws DatabaseUnavailable with the reason and what to do. */
export async function open(options: OpenOptions = {}): Promise<Isotherm> {
  return new Isotherm(await openParts(asked.open(options)))
}

/** For whoever serves many projects over one database and the same engines. */
export async function openParts(options: OpenOptions): Promise<Parts> {
  const { world = realWorld, log = silent, baseDirectory, database: where = DEFAULT_DATABASE } = options
  const losing = new AbortController()
  const database = await openUnlocked(where, options, losing)
  const local = localTypes(baseDirectory === undefined ? {} : { baseDirectory })
  const all = [...heatTypes, ...groupTypes, ...httpTypes, ...local, ...(options.types ?? [])]
  const isRefused = ({ name }: ResourceType) => options.refuseTypes?.some((prefix) => name.startsWith(prefix)) ?? false
  const types = new TypeRegistry(all.filter((type) => !isRefused(type)))
  const telemetry = together([tracing, ...(options.log ? [logging(log)] : []), options.telemetry ?? []].flat())
  const engines = Array.from(
    { length: options.engines ?? 1 },
    () =>
      new Engine(database, {
        types,
        world,
        log,
        slots: options.slots ?? 100,
        silentSeconds: options.silentSeconds ?? 10,
        idleSeconds: options.idleSeconds ?? 0.5,
        telemetry,
        ...(options.retry && { retry: options.retry }),
        ...(options.mayReach && { mayReach: options.mayReach }),
        ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
      }),
  )
  for (const engine of engines) await engine.start()
  const duties = engines.length === 0 ? [] : [watchingReality(database, world, log, () => wakeAll(engines))]
  if (engines.length > 0 && options.retention !== false)
    duties.push(keepingHistoryShort(database, world, log, options.retention ?? {}))
  const drainSeconds = options.drainSeconds ?? 5
  const project = options.project ?? 'default'
  const { treeLimits, publicUrl } = options
  const said = { ...(treeLimits && { treeLimits }), ...(publicUrl !== undefined && { publicUrl }) }
  return { database, types, engines, world, project, drainSeconds, duties, lost: losing.signal, ...said }
}

function wakeAll(engines: readonly Engine[]): void {
  for (const engine of engines) engine.wake()
}

async function openUnlocked(
  where: string | Database,
  options: OpenOptions,
  losing: AbortController,
): Promise<Database> {
  const opened = typeof where === 'string' ? await openDatabase(where) : where
  const database = explaining(opened, (error) => losing.abort(error))
  const { key, keyFile, engines = 1 } = options
  if (key === false) return database
  try {
    return await unlock(database, {
      where: typeof where === 'string' ? where : undefined,
      works: engines > 0,
      ...(key !== undefined && { key }),
      ...(keyFile !== undefined && { keyFile }),
    })
  } catch (error) {
    if (typeof where === 'string') await database.close()
    throw error
  }
}
