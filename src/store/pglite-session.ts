// Statements as the embedded database keeps them. PGlite's own way sends five messages for each and has every text read anew; a
// statement that is known takes one, and a third to a tenth of the time.
import { type PGlite, protocol } from '@electric-sql/pglite'
import { PREFER_KEYS } from './database.js'
import { PgliteAnswer } from './pglite-answer.js'
import { isKeyed, preparedName } from './prepared.js'

/** Lists have as many texts as there are filters: those that came first are kept. */
const KEPT_MAX = 300

interface Statement {
  /** Empty: it is forgotten as soon as another one comes. */
  readonly name: string
  readonly parameterTypes: readonly number[]
}

const { serialize } = protocol

export class PgliteSession {
  readonly #pglite: PGlite
  readonly #kept = new Map<string, Statement>()
  #prefersKeys = false

  private constructor(pglite: PGlite) {
    this.#pglite = pglite
  }

  /** What is kept is planned anew each time, for the values at hand: rows come and go, and nothing here gathers statistics. */
  static async begin(pglite: PGlite): Promise<PgliteSession> {
    await pglite.exec('set plan_cache_mode = force_custom_plan')
    return new PgliteSession(pglite)
  }

  /** @param isOpen a transaction is open, whose end is what has to reach the disk */
  query<R extends object>(text: string, values: readonly unknown[], isOpen = false): Promise<R[]> {
    // A transaction may ask several things at once. PGlite reads the answer to whoever asked last, so they take turns.
    return this.#pglite.runExclusive(() => this.#ask<R>(text, values, isOpen))
  }

  async #ask<R extends object>(text: string, values: readonly unknown[], isOpen: boolean): Promise<R[]> {
    this.#prefersKeys ||= text === PREFER_KEYS
    const { name, parameterTypes } = await this.#statement(text)
    const encoded = values.map((value, at) => this.#encoded(value, parameterTypes[at]))
    const { rows } = await this.#send(!isOpen, [
      serialize.bind({ statement: name, values: encoded }),
      serialize.describe({ type: 'P' }),
      serialize.execute({}),
    ])
    return rows as R[]
  }

  /** Several statements without values. They may change the tables that kept ones were made for: then those are forgotten. */
  async script(text: string): Promise<void> {
    if (/^(begin|commit|rollback)$/.test(text)) {
      this.#prefersKeys = false
      await this.query(text, [], text !== 'commit')
      return
    }
    await this.#pglite.exec(text)
    if (/\b(create|alter|drop)\b/i.test(text)) await this.#forget()
  }

  async #forget(): Promise<void> {
    await this.#pglite.exec('deallocate all')
    this.#kept.clear()
  }

  async #statement(text: string): Promise<Statement> {
    const known = this.#kept.get(text)
    // Where keys are preferred a kept statement keeps its plan as well, and only of a keyed one is that known to be good.
    const keeps = this.#prefersKeys ? isKeyed(text) : known !== undefined || this.#kept.size < KEPT_MAX
    if (keeps && known) return known
    const name = keeps ? preparedName(text) : ''
    const { parameterTypes } = await this.#send(false, [
      serialize.parse({ name, text }),
      serialize.describe({ type: 'S', name }),
    ])
    const statement = { name, parameterTypes }
    if (keeps) this.#kept.set(text, statement)
    return statement
  }

  #encoded(value: unknown, type: number | undefined): string | null {
    if (value === null || value === undefined) return null
    const serializer = type === undefined ? undefined : this.#pglite.serializers[type]
    return serializer ? serializer(value) : String(value)
  }

  /** All at once, and what ends them: an error leaves the session ready for the next. */
  async #send(reachesDisk: boolean, messages: readonly Uint8Array[]): Promise<PgliteAnswer> {
    const answer = new PgliteAnswer(this.#pglite.parsers)
    await this.#pglite.execProtocolRawStream(Buffer.concat([...messages, serialize.sync()]), {
      syncToFs: reachesDisk,
      onRawData: (data) => answer.add(data),
    })
    if (answer.error) throw answer.error
    return answer
  }
}
