// Time, chance and identity, handed in. The program builds the real ones, the simulator seeded ones.
// Time stamps are never taken here: the database is the only clock. A world only knows how to wait.
import { randomUUID } from 'node:crypto'

export interface World {
  /** Resolves after `seconds`, or at once when `signal` aborts. Never rejects. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>
  /** Seconds on a clock that only measures spans; it tells no date. */
  elapsedSeconds(): number
  /** Uniform in [0, 1). */
  random(): number
  newId(): string
}

export const realWorld: World = {
  sleep: (seconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, seconds * 1000)
      signal?.addEventListener('abort', done, { once: true })
    }),
  elapsedSeconds: () => performance.now() / 1000,
  random: Math.random,
  newId: randomUUID,
}
