// Opening: a database, the types, and engines in this process.
import { Engine } from '../engine/engine.js'
import { realWorld } from '../lib/world.js'
import type { Logger } from '../provider/contract.js'
import { heatTypes, httpTypes, TypeRegistry } from '../provider/index.js'
import { localTypes } from '../provider/local/index.js'
import { explaining } from '../store/explain.js'
import { DEFAULT_DATABASE, openDatabase } from '../store/open.js'
import { Isotherm } from './isotherm.js'
import type { OpenOptions } from './options.js'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Throws DatabaseUnavailable with the reason and what to do. */
export async function open(options: OpenOptions = {}): Promise<Isotherm> {
  const { world = realWorld, log = silent, baseDirectory, database: where = DEFAULT_DATABASE } = options
  const database = explaining(typeof where === 'string' ? await openDatabase(where) : where)
  const local = localTypes(baseDirectory === undefined ? {} : { baseDirectory })
  const types = new TypeRegistry([...heatTypes, ...httpTypes, ...local, ...(options.types ?? [])])
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
        ...(options.retry && { retry: options.retry }),
      }),
  )
  for (const engine of engines) await engine.start()
  const drainSeconds = options.drainSeconds ?? 5
  return new Isotherm({ database, types, engines, world, project: options.project ?? 'default', drainSeconds })
}
