// Answers that go on: how many one project may have open, and for how long who reads them is believed. A token may be revoked or
// expire while its owner watches.
import type { World } from '../lib/world.js'
import type { Caller } from './caller.js'
import { Refusal } from './errors.js'

const BELIEVED_SECONDS = 30

export class Streams {
  readonly #open = new Map<number, number>()

  constructor(
    readonly world: World,
    /** Of one project at once: the others need connections, too. */
    readonly perProjectMax: number,
  ) {}

  /**
   * @param entitled throws when the reader may no longer read; asked again now and then, before anything more is sent
   * @returns the stream, which ends when its reader may no longer read. Throws Refusal 429 when the project has too many open.
   */
  open(
    caller: Caller | undefined,
    stream: AsyncIterable<string>,
    entitled: () => Promise<unknown>,
  ): AsyncIterable<string> {
    const project = caller?.project?.id ?? 0
    const count = this.#open.get(project) ?? 0
    if (count >= this.perProjectMax) {
      const message = `The project has ${count} watches open already.`
      throw new Refusal(429, 'TooManyRequests', message, { headers: { 'retry-after': '30' } })
    }
    return this.#read(project, stream, entitled)
  }

  async *#read(
    project: number,
    stream: AsyncIterable<string>,
    entitled: () => Promise<unknown>,
  ): AsyncGenerator<string> {
    // Here, for a stream that nobody begins to read never ends.
    this.#open.set(project, (this.#open.get(project) ?? 0) + 1)
    let judged = this.world.elapsedSeconds()
    try {
      for await (const text of stream) {
        if (this.world.elapsedSeconds() - judged > BELIEVED_SECONDS) {
          if (!(await holds(entitled))) return
          judged = this.world.elapsedSeconds()
        }
        yield text
      }
    } finally {
      const left = (this.#open.get(project) ?? 1) - 1
      if (left > 0) this.#open.set(project, left)
      else this.#open.delete(project)
    }
  }
}

const holds = (entitled: () => Promise<unknown>): Promise<boolean> =>
  entitled().then(
    () => true,
    () => false,
  )
