// The world outside of the database, for engine processes: things by token, made over HTTP, and every call counted.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const farTypes = join(import.meta.dirname, 'far-types.mjs')

export interface FarCall {
  readonly method: string
  readonly token: string
  readonly name: string
  /** Of the engine process. */
  readonly pid: number
}

export class FarSide {
  /** Token → the name of the resource that made it. */
  readonly things = new Map<string, string>()
  /** In the order in which they came. */
  readonly calls: FarCall[] = []
  /** What each call takes. */
  milliseconds = 0
  /** Calls that make nothing and are not answered as long as this is true of them. */
  held: (call: FarCall) => boolean = () => false
  readonly #server: Server
  readonly #waiting = new Set<() => void>()

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const call = callOf(request)
      this.calls.push(call)
      for (const wake of this.#waiting) wake()
      while (this.held(call) && !request.socket.destroyed) await sleep(5)
      if (request.socket.destroyed) return
      if (this.milliseconds > 0) await sleep(this.milliseconds)
      const known = this.things.has(call.token)
      if (call.method === 'PUT') this.things.set(call.token, call.name)
      if (call.method === 'DELETE') this.things.delete(call.token)
      response.writeHead(call.method === 'GET' && !known ? 404 : 200).end('{}')
    })
  }

  static async open(): Promise<FarSide> {
    const side = new FarSide()
    side.#server.listen(0, '127.0.0.1')
    await once(side.#server, 'listening')
    return side
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  names(): string[] {
    return [...this.things.values()].sort()
  }

  /** Resolves when the calls so far are enough. */
  async until(enough: (calls: readonly FarCall[]) => boolean): Promise<void> {
    while (!enough(this.calls)) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const callOf = (request: IncomingMessage): FarCall => ({
  method: request.method ?? '',
  token: request.url?.split('/').at(-1) ?? '',
  name: String(request.headers['x-name']),
  pid: Number(request.headers['x-pid']),
})
