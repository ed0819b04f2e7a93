// How the engines of a chaos run are set: short of breath, so that much happens in a minute.
import type { OpenOptions } from '../../src/index.js'

/** An engine that is silent for so long is given up; the hand stops some for longer. */
export const SILENT_SECONDS = 2

export const CHAOS_ENGINE: OpenOptions = {
  engines: 1,
  slots: 5,
  silentSeconds: SILENT_SECONDS,
  idleSeconds: 0.2,
  drainSeconds: 1,
  retry: { attemptsMax: 4, baseSeconds: 0.1, maxSeconds: 1 },
}
