// A wire between a program and its PostgreSQL that a test can cut, before or after what the program says has arrived.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What becomes of a message from the program: passed on; the wire cut before it arrives, or once it has arrived. */
export type Fate = 'pass' | 'lose' | 'pass, then cut'

export class Wire {
  /** Judges each message of the program. */
  fateOf: (message: string) => Fate = () => 'pass'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(readonly target: URL) {
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname)
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
      }
      near.on('data', (message) => {
        const fate = this.fateOf(message.toString('latin1'))
        if (fate !== 'lose') far.write(message)
        if (fate === 'pass') return
        // The server gets what was sent and then an end, as when a network dies; the program hears nothing more.
        near.destroy()
        far.end()
      })
      far.on('data', (message) => near.write(message))
      far.on('close', () => near.destroy())
      near.on('close', () => far.end())
    })
  }

  static async open(target: string): Promise<Wire> {
    const wire = new Wire(new URL(target))
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  get url(): string {
    const url = new URL(this.target)
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }
}
