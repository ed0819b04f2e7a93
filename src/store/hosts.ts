// Which servers a connection string names. The driver knows one host only; after a failover another one is the primary.
import { DatabaseUnavailable } from './database.js'

export interface Hosts {
  /** One connection string per server, as the driver understands it. */
  readonly urls: readonly string[]
  /** Only a server that can be written to will do. */
  readonly writable: boolean
  /** For messages, without secrets. */
  readonly description: string
}

const SHAPE = /^(postgres(?:ql)?:\/\/)((?:[^/?#]*@)?)([^/?#]*)(\/[^?#]*)?(\?[^#]*)?$/i
const SERVER = /^(\[[^\]]*\]|[^:[\]]*)(:\d*)?$/
/** A password whose signs are not encoded is taken apart at them, and stands where messages would show it. */
const UNREADABLE =
  'the address of the database cannot be read: in a user or a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25'

/**
 * Throws DatabaseUnavailable, without a word of the address.
 * `postgres://user@one:5432,two:5433/name?target_session_attrs=read-write`. With several servers only the one that can be
 * written to is of use to an engine, so `read-write` is what several servers mean unless the string says `any`.
 */
export function hostsOf(url: string): Hosts {
  const [, scheme = '', user = '', authority = '', path = '', query = ''] = SHAPE.exec(url) ?? []
  const words = new URLSearchParams(query)
  const wanted = words.get('target_session_attrs')
  words.delete('target_session_attrs')
  const servers = authority.split(',').map((server) => server.trim())
  const astray = [path, ...words.keys()].some((part) => part.includes('@'))
  if (scheme === '' || astray || !servers.every((server) => SERVER.test(server)))
    throw new DatabaseUnavailable(UNREADABLE)
  const known = wanted === null || ['read-write', 'primary', 'any'].includes(wanted)
  if (!known) {
    const advice = 'engines and commands write: use read-write, primary or any'
    throw new DatabaseUnavailable(
      `target_session_attrs=${wanted} in the database's address is of no use here: ${advice}`,
    )
  }
  const rest = `${path}${words.size > 0 ? `?${words}` : ''}`
  return {
    urls: servers.map((server) => `${scheme}${user}${server}${rest}`),
    writable: wanted === null ? servers.length > 1 : wanted !== 'any',
    description: `postgres://${servers.join(',')}${path}`,
  }
}

/** Takes turns among the servers until one has answered, then stays with it until it fails. */
export class Rotation {
  #next = 0
  #good: string | undefined

  constructor(readonly urls: readonly string[]) {}

  /** The server to try now. */
  take(): string {
    return this.#good ?? this.urls[this.#next++ % this.urls.length] ?? ''
  }

  succeeded(url: string): void {
    this.#good = url
  }

  /** Whichever it was that failed, each is tried again: the good one answers at once. */
  failed(): void {
    this.#good = undefined
  }
}
