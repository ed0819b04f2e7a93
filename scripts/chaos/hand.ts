// The hand of a chaos run: kills, stops and replaces engines, breaks connections and restarts the database, at random, lets an
// overzealous doctor loose on engines that are at work, and poisons a stack for a while.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Chance } from '../../simulator/chance.js'
import { DatabaseUnavailable, doctor } from '../../src/index.js'
import type { RunningPostgres } from '../postgres.js'
import type { Engines } from './engines.js'
import type { Poison } from './poison.js'
import { SILENT_SECONDS } from './settings.js'

const BLOWS = [
  'kill',
  'kill',
  'kill',
  'freeze',
  'freeze',
  'replace',
  'disconnect',
  'disconnect',
  'restart',
  'doctor',
  'poison',
  'poison',
] as const
export type Blow = (typeof BLOWS)[number]

export class Hand {
  readonly blows = new Map<Blow, number>()
  /** What no chaos explains: the doctor found it while everything went wrong. */
  readonly sicknesses: string[] = []
  readonly #under: Promise<void>[] = []

  constructor(
    readonly engines: Engines,
    readonly postgres: RunningPostgres,
    readonly poison: Poison,
    readonly stacks: readonly string[],
    readonly chance: Chance,
    readonly say: (line: string) => void,
  ) {}

  /** One blow, and a rest. */
  async strike(): Promise<void> {
    const blow = this.chance.pick(BLOWS)
    const number = this.chance.int(this.engines.count)
    this.blows.set(blow, (this.blows.get(blow) ?? 0) + 1)
    await this.#deal(blow, number)
    await sleep(300 + this.chance.int(2_000))
  }

  /** Everything that was begun is over, and everybody moves. */
  async rest(): Promise<void> {
    await Promise.all(this.#under)
    this.engines.thawAll()
  }

  async #deal(blow: Blow, number: number): Promise<void> {
    switch (blow) {
      case 'kill':
        this.say(`engine ${number} is killed`)
        return this.engines.kill(number)
      case 'freeze': {
        // Some come back in time, some find that they have been given up.
        const seconds = SILENT_SECONDS * (0.3 + this.chance.next() * 2.7)
        this.say(`engine ${number} stands still for ${seconds.toFixed(1)} s`)
        this.engines.freeze(number)
        this.#under.push(sleep(seconds * 1000).then(() => this.engines.thaw(number)))
        return
      }
      case 'replace':
        this.say(`engine ${number} is replaced in good order`)
        this.#under.push(this.engines.replaceOrderly(number))
        return
      case 'disconnect':
        this.say(`${await this.#disconnect()} connections are broken`)
        return
      case 'doctor':
        this.say('the doctor takes rows from whom he likes')
        this.#under.push(this.#doctor())
        return
      case 'poison': {
        const stack = this.chance.pick(this.stacks)
        const seconds = 2 + this.chance.next() * 15
        const kind = await this.poison.give(stack, this.chance)
        this.say(`${stack} is poisoned (${kind}) for ${seconds.toFixed(1)} s`)
        this.#under.push(sleep(seconds * 1000).then(() => this.poison.take(stack)))
        return
      }
      case 'restart': {
        const how = this.chance.happens(0.5) ? 'fast' : 'immediate'
        this.say(`the database is restarted (${how})`)
        return this.postgres.restart(how)
      }
    }
  }

  /** He thinks that every call takes less than a second; what he does to those that take longer must do no harm. */
  async #doctor(): Promise<void> {
    try {
      const { findings } = await doctor({ database: this.postgres.url, fix: true, silentSeconds: 1, heldSeconds: 1 })
      const inexplicable = findings.filter(({ kind }) => ['counters', 'orphans', 'migrations', 'index'].includes(kind))
      this.sicknesses.push(...inexplicable.map(({ kind, stack = '', message }) => `${kind} ${stack} ${message}`))
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
    }
  }

  /** Some of those that anybody has to the database, whatever they are in the middle of. */
  async #disconnect(): Promise<number> {
    const client = new pg.Client({ connectionString: this.postgres.url })
    client.on('error', () => undefined)
    await client.connect()
    try {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and backend_type = 'client backend' and random() < 0.4`,
      )
      return rowCount ?? 0
    } finally {
      await client.end()
    }
  }
}
