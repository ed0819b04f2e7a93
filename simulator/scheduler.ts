// The order of everything. Whatever an actor (an engine, a client, the far side) wants to do to the world waits at a gate;
// the driver lets one gate pass, then waits until nothing moves any more. Time passes only by `tick`.
import { setImmediate as nextImmediate } from 'node:timers/promises'
import type { World } from '../src/lib/world.js'
import type { Chance } from './chance.js'

/**
 * How a gate is passed. `refused`: nothing happens and the actor gets an error. `lost`: it happens, and the actor gets an
 * error all the same. `die`: it happens, and the actor is killed before it learns of it.
 */
export type Passage = 'go' | 'refused' | 'lost' | 'die'

export interface Gate {
  readonly actor: Actor
  readonly label: string
  /** The whole statement, where it is one. */
  readonly text: string
  readonly kind: GateKind
  /** A transaction's gates can pass while it holds the connection, others only while nobody does. */
  readonly transaction: object | undefined
  readonly notBefore: number
  readonly pass: (passage: Passage) => void
}

export type GateKind = 'statement' | 'begin' | 'inside' | 'commit' | 'send' | 'land' | 'answer'

const NEEDS_CONNECTION: ReadonlySet<GateKind> = new Set(['statement', 'begin', 'inside', 'commit'])

interface Timer {
  readonly actor: Actor
  readonly at: number
  readonly fire: () => void
}

/** Somebody who does things: what is dead is never heard of again, what is frozen stands still. */
export class Actor {
  state: 'alive' | 'frozen' | 'dead' = 'alive'
  constructor(
    readonly name: string,
    readonly kind: 'engine' | 'client' | 'farside',
  ) {}
}

export class Scheduler {
  /** Seconds since the world began. */
  now = 0
  /** The transaction that has the one connection. */
  holder: object | undefined
  #gates: Gate[] = []
  #timers: Timer[] = []
  #busy = 0

  gate(
    actor: Actor,
    about: { label: string; text?: string; kind: GateKind; transaction?: object; notBefore?: number },
  ): Promise<Passage> {
    return new Promise((resolve) => {
      if (actor.state === 'dead') return
      const { label, text = '', kind, transaction, notBefore = 0 } = about
      const gate: Gate = {
        ...{ actor, label, text, kind, transaction, notBefore },
        pass: (passage) => {
          this.#gates = this.#gates.filter((other) => other !== gate)
          resolve(passage)
        },
      }
      this.#gates.push(gate)
    })
  }

  /** Gates that could be passed now. */
  open(): Gate[] {
    return this.#gates.filter(
      (gate) => gate.actor.state === 'alive' && gate.notBefore <= this.now && this.#connected(gate),
    )
  }

  /** All gates at which a living or frozen actor waits. */
  waiting(): readonly Gate[] {
    return this.#gates
  }

  #connected({ kind, transaction }: Gate): boolean {
    if (!NEEDS_CONNECTION.has(kind) || this.holder === undefined) return true
    return transaction !== undefined && (transaction === this.holder || !this.isHeld(transaction))
  }

  /** Whether a transaction still exists: a frozen actor's is taken from it. */
  isHeld(transaction: object): boolean {
    return transaction === this.holder
  }

  /** Passes over what must not be interrupted by the driver: a statement on its way through the database. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work
    } finally {
      this.#busy--
    }
  }

  /** Until every actor waits at a gate or sleeps. */
  async quiet(): Promise<void> {
    do await nextImmediate()
    while (this.#busy > 0)
  }

  bury(actor: Actor): void {
    actor.state = 'dead'
    this.#gates = this.#gates.filter((gate) => gate.actor !== actor)
    this.#timers = this.#timers.filter((timer) => timer.actor !== actor)
  }

  /** When something next happens by itself; undefined when nothing ever will. */
  nextAt(): number | undefined {
    const times = [
      ...this.#timers.filter(({ actor }) => actor.state === 'alive').map(({ at }) => at),
      ...this.#gates
        .filter((gate) => gate.actor.state === 'alive' && gate.notBefore > this.now)
        .map((gate) => gate.notBefore),
    ]
    return times.length === 0 ? undefined : Math.max(this.now, Math.min(...times))
  }

  /** Lets time pass until something happens. */
  tick(): void {
    const at = this.nextAt()
    if (at === undefined) return
    this.now = at
    const due = this.#timers.filter((timer) => timer.actor.state === 'alive' && timer.at <= at)
    this.#timers = this.#timers.filter((timer) => !due.includes(timer))
    for (const timer of due) timer.fire()
  }

  /** Seconds until each sleeper wakes; part of the state of the world. */
  sleepers(whose: (actor: Actor) => boolean): string[] {
    return this.#timers
      .filter(({ actor }) => whose(actor))
      .map(({ actor, at }) => `${actor.name} ${(at - this.now).toFixed(3)}`)
  }

  sleep(actor: Actor, seconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (actor.state === 'dead') return
      if (signal?.aborted) return resolve()
      const done = () => {
        signal?.removeEventListener('abort', done)
        this.#timers = this.#timers.filter((other) => other !== timer)
        resolve()
      }
      // A millisecond is the database's smallest difference that matters; nobody may wake a hair too early for ever.
      const timer: Timer = { actor, at: Math.ceil((this.now + seconds) * 1000 + 0.001) / 1000, fire: done }
      this.#timers.push(timer)
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  /** The world as one actor sees it. */
  worldOf(actor: Actor, chance: Chance): World {
    return {
      sleep: (seconds, signal) => this.sleep(actor, seconds, signal),
      elapsedSeconds: () => this.now,
      random: () => chance.next(),
      newId: () => chance.uuid(),
    }
  }
}
