// So many requests a second for each project, with some in hand for a burst. Each server counts for itself.
import type { World } from '../lib/world.js'
import type { Guard } from './app.js'
import { Refusal } from './errors.js'

export interface Rate {
  /** For each project. */
  readonly perSecond: number
  readonly burst: number
}

interface Bucket {
  left: number
  atSeconds: number
}

const PROJECTS_MAX = 10_000

export function rateGuard(world: World, { perSecond, burst }: Rate): Guard {
  const buckets = new Map<string, Bucket>()
  return async (_route, { project, user }) => {
    const whose = project?.uid ?? user.id
    const now = world.elapsedSeconds()
    const known = buckets.get(whose) ?? { left: burst, atSeconds: now }
    const left = Math.min(burst, known.left + (now - known.atSeconds) * perSecond)
    if (buckets.size >= PROJECTS_MAX) buckets.clear()
    buckets.set(whose, { left: Math.max(0, left - 1), atSeconds: now })
    if (left >= 1) return
    const seconds = Math.ceil((1 - left) / perSecond)
    throw new Refusal(429, 'TooManyRequests', `The project may make ${perSecond} requests a second.`, {
      headers: { 'retry-after': String(seconds) },
    })
  }
}
