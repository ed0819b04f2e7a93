// A server that vanishes (its power fails, a switch dies) says nothing, and the system waits a quarter of an hour for the
// answer to what was asked. A statement may also simply take long. The difference is whether the server still answers others.

const SUSPECT_SECONDS = 10

interface Watched {
  readonly server: string
  readonly end: () => void
  since: number
}

/** Ends the connections to a server that answers nobody any more. */
export class Watchdog {
  readonly #watched = new Set<Watched>()
  readonly #timer: NodeJS.Timeout
  #asking = false

  /** @param answers whether a new connection to the server comes about; bounded in time. */
  constructor(
    readonly answers: (server: string) => Promise<boolean>,
    readonly suspectSeconds = SUSPECT_SECONDS,
  ) {
    this.#timer = setInterval(() => void this.#look(), (suspectSeconds / 2) * 1000)
    this.#timer.unref()
  }

  /** @param end breaks the connection. */
  watch(server: string, end: () => void): { over(): void } {
    const watched = { server, end, since: performance.now() }
    this.#watched.add(watched)
    return { over: () => this.#watched.delete(watched) }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    try {
      const before = performance.now() - this.suspectSeconds * 1000
      const late = [...this.#watched].filter(({ since }) => since <= before)
      for (const server of new Set(late.map((one) => one.server))) {
        if (await this.answers(server)) for (const one of late) one.since = performance.now()
        else for (const one of this.#watched) if (one.server === server) one.end()
      }
    } finally {
      this.#asking = false
    }
  }
}
