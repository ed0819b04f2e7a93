// Announcements between processes: a command, or an engine that has found more than it can do, wakes the engines that rest.
// An announcement carries no work, so one that is lost costs only the wait until the next look.
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { World } from '../lib/world.js'
import type { Announcement, Listening, Sql } from './database.js'

const CHANNEL = 'isotherm'

/** Wakes the engines that listen; in a transaction, when it has been committed. */
export async function announce(sql: Sql, { kind, by }: Announcement): Promise<void> {
  await sql.query(`select ${announcing(kind, '$1::text')}`, [by])
}

/** The same as a part of another statement. @param by as SQL */
export const announcing = (kind: Announcement['kind'], by: string): string =>
  `pg_notify('${CHANNEL}', '${kind} ' || ${by})`

export interface ListenerParts {
  /** A connection of the listener's own, which checks that it can be written to. */
  connect(): Promise<pg.Client>
  /** Other connections to the same database. */
  readonly sql: Sql
  readonly world: World
  readonly heard: (announcement: Announcement) => void
}

const PROOF_SECONDS = 5
const PROVE_AGAIN_SECONDS = 60
const BACK_OFF_SECONDS_MIN = 0.1
const BACK_OFF_SECONDS_MAX = 60

/** Listens on a connection of its own, and comes back whenever that is lost. */
export class Listener implements Listening {
  alive = false
  readonly #parts: ListenerParts
  readonly #closing = new AbortController()
  readonly #loop: Promise<void>

  constructor(parts: ListenerParts) {
    this.#parts = parts
    this.#loop = this.#listen()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#loop
  }

  async #listen(): Promise<void> {
    const { world } = this.#parts
    const { signal } = this.#closing
    let backOff = BACK_OFF_SECONDS_MIN
    while (!signal.aborted) {
      const proven = await this.#hear().catch(() => false)
      this.alive = false
      // Where it has worked before it will soon work again; where it never did there may be a pooler in between.
      backOff = proven ? BACK_OFF_SECONDS_MIN : Math.min(BACK_OFF_SECONDS_MAX, backOff * 2)
      await world.sleep(backOff * (0.5 + world.random() / 2), signal)
    }
  }

  /** Listens until the connection is lost or proves deaf. @returns whether anything could ever be heard on it. */
  async #hear(): Promise<boolean> {
    const { connect, heard } = this.#parts
    const client = await connect()
    const over = new AbortController()
    const lose = () => over.abort()
    const proofs = new Set<string>()
    client.on('error', lose)
    client.on('end', lose)
    this.#closing.signal.addEventListener('abort', lose, { once: true })
    // While it was connecting nobody heard of that.
    if (this.#closing.signal.aborted) lose()
    client.on('notification', ({ payload = '' }) => {
      const [kind, by = ''] = payload.split(' ')
      if (kind === 'proof') proofs.add(by)
      else heard({ kind: kind === 'command' ? 'command' : 'work', by })
    })
    try {
      await client.query(`listen ${CHANNEL}`)
      while (!over.signal.aborted) {
        const was = this.alive
        this.alive = await this.#prove(proofs, over.signal)
        if (!this.alive) return was
        // Whatever was announced while nobody listened has been missed.
        if (!was) heard({ kind: 'command', by: '' })
        await this.#parts.world.sleep(PROVE_AGAIN_SECONDS, over.signal)
      }
      return true
    } finally {
      this.#closing.signal.removeEventListener('abort', lose)
      client.end(() => undefined)
    }
  }

  /**
   * Behind a pooler `listen` succeeds and nothing is ever heard, and a connection may be dead without knowing it. So what
   * another connection announces must arrive here.
   */
  async #prove(proofs: Set<string>, signal: AbortSignal): Promise<boolean> {
    const { sql, world } = this.#parts
    const proof = randomUUID()
    proofs.clear()
    await sql.query(`select pg_notify('${CHANNEL}', $1)`, [`proof ${proof}`])
    const begun = world.elapsedSeconds()
    while (!proofs.has(proof) && !signal.aborted && world.elapsedSeconds() - begun < PROOF_SECONDS) {
      await world.sleep(0.02, signal)
    }
    return proofs.has(proof)
  }
}
