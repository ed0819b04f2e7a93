// Waiting for a server that is away for a while: it restarts, or a connection breaks.
import { ServerUnavailable } from './errors.js'

const REST_SECONDS_MAX = 5
const PATIENCE_SECONDS = 120

export class Patience {
  #rest = 0.1
  #since: number | undefined

  constructor(readonly seconds = PATIENCE_SECONDS) {}

  /** An answer came. */
  renew(): void {
    this.#rest = 0.1
    this.#since = undefined
  }

  /** Rests after a failure; throws what is no passing trouble, or has lasted too long. */
  async after(error: unknown, signal?: AbortSignal): Promise<void> {
    if (!(error instanceof ServerUnavailable)) throw error
    this.#since ??= Date.now()
    if (Date.now() - this.#since > this.seconds * 1000) throw error
    await this.pause(signal)
  }

  async pause(signal?: AbortSignal): Promise<void> {
    const milliseconds = this.#rest * 1000
    this.#rest = Math.min(REST_SECONDS_MAX, this.#rest * 2)
    await sleep(milliseconds, signal)
  }
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
}
