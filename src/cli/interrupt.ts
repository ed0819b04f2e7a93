// Ctrl-C: once, and the program detaches cleanly; twice, and it is gone. Nothing is lost either way, the rows remember.
import { EXIT } from './exit.js'

export interface Interrupt {
  readonly signal: AbortSignal
  readonly trigger: () => void
  /** Gives the signals back to the system. */
  readonly release: () => void
}

export function watchInterrupts(): Interrupt {
  const controller = new AbortController()
  const trigger = () => {
    if (controller.signal.aborted) process.exit(EXIT.detached)
    controller.abort()
  }
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, trigger)
  return {
    signal: controller.signal,
    trigger,
    release: () => {
      for (const signal of signals) process.off(signal, trigger)
    },
  }
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    // A timer keeps the process alive while the database is away and nothing else does.
    const alive = setInterval(() => undefined, 60_000)
    signal.addEventListener('abort', () => {
      clearInterval(alive)
      resolve()
    })
  })
