// Whoever waits for a stack outlives a database that goes away and comes back: a restart, a failover.
import type { World } from '../lib/world.js'
import { DatabaseLost, DatabaseUnavailable } from '../store/database.js'

const PATIENCE_SECONDS = 120
const REST_SECONDS_MIN = 0.1
const REST_SECONDS_MAX = 2

/** Asks again while the database is away, for two minutes at most. Only for questions, which may be asked twice. */
export async function patiently<T>(world: World, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  const begun = world.elapsedSeconds()
  for (let rest = REST_SECONDS_MIN; ; rest = Math.min(REST_SECONDS_MAX, rest * 2)) {
    try {
      return await ask()
    } catch (error) {
      const spent = world.elapsedSeconds() - begun
      const mayReturn = error instanceof DatabaseUnavailable && !(error instanceof DatabaseLost)
      if (!mayReturn || spent > PATIENCE_SECONDS || signal?.aborted) throw error
    }
    await world.sleep(rest, signal)
  }
}
