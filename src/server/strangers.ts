// Connections on which nobody has been let in yet, counted for each address: one who opens all that there are, and asks for nothing or
// drips a request, keeps everybody else out. Who was let in once on a connection is counted by project from then on.
import type { Server } from 'node:net'
import { neighbourhoodOf } from '../lib/addresses.js'

/** What a connection is known by, also below TLS, where it is another socket. */
interface Connection {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

export class Strangers {
  readonly #portsOf = new Map<string, Set<string>>()

  constructor(readonly perAddressMax: number) {}

  /** Further ones of an address that has so many are closed as they come: what they would ask for is not read. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      const { whose, which } = keysOf(socket)
      const ports = this.#portsOf.get(whose) ?? new Set()
      if (ports.size >= this.perAddressMax) {
        socket.destroy()
        return
      }
      this.#portsOf.set(whose, ports.add(which))
      socket.once('close', () => this.#forget(whose, which))
    })
  }

  /** Somebody was let in on this connection. */
  admit(connection: Connection): void {
    const { whose, which } = keysOf(connection)
    this.#forget(whose, which)
  }

  #forget(whose: string, which: string): void {
    const ports = this.#portsOf.get(whose)
    ports?.delete(which)
    if (ports?.size === 0) this.#portsOf.delete(whose)
  }
}

const keysOf = ({ remoteAddress = '', remotePort }: Connection) => ({
  whose: neighbourhoodOf(remoteAddress),
  which: `${remoteAddress} ${remotePort}`,
})
