// Breaking a call off. Most calls are over before anybody could want that, and a signal costs as much as all else about a
// call; so it is made when it is first looked at.

export class Interruption {
  #reason: Error | undefined
  #controller: AbortController | undefined

  /** Why the call is to end; undefined while it may go on. */
  get reason(): Error | undefined {
    return this.#reason
  }

  /** What the provider listens to. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** The first reason counts. */
  interrupt(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
