// Every interleaving of a small world. A world is run again from its beginning for each sequence of choices (promises
// cannot be copied); a state that was seen before is not gone into again (exhaustive-state.ts). Orders that come to the same are left out.
import type { Database } from '../src/store/database.js'
import { Chance } from './chance.js'
import type { Command } from './commands.js'
import { stateOf } from './exhaustive-state.js'
import { kindFate } from './far-side.js'
import type { Actor, Gate } from './scheduler.js'
import { type SimulatedEngine, Simulation } from './simulation.js'
import type { SmallWorld } from './small-worlds.js'

export interface WalkResult {
  readonly executions: number
  readonly states: number
  readonly steps: number
  /** Executions that are known to be left when the walk stopped. */
  readonly left: number
  readonly violations: readonly string[]
  readonly story: readonly string[]
}

/** @param limit executions; beyond it the walk stops unfinished. */
export async function walk(database: Database, world: SmallWorld, { limit }: { limit: number }): Promise<WalkResult> {
  const seen = new Set<string>()
  const stack: number[][] = [[]]
  let executions = 0
  let steps = 0
  for (let prefix = stack.pop(); prefix; prefix = executions < limit ? stack.pop() : undefined) {
    executions++
    const { alternatives, simulation } = await Execution.of(database, world, seen, prefix)
    steps += simulation.steps
    stack.push(...alternatives)
    const { violations, story } = simulation
    if (violations.length > 0) return { executions, states: seen.size, steps, left: stack.length, violations, story }
  }
  return { executions, states: seen.size, steps, left: stack.length, violations: [], story: [] }
}

/** What chance would decide is decided: whoever has given a command always wakes the engines that it knows. */
class Decided extends Chance {
  override happens(probability: number): boolean {
    return probability >= 0.5
  }

  override fork(): Chance {
    return new Decided(this.int(2 ** 32))
  }
}

interface Choice {
  readonly take: () => Promise<void>
  /** What the world is afterwards, where that can be told before; the same is not gone into twice. */
  readonly leadsTo?: string
}

const STEPS_MAX = 3000
/** Longer than an engine takes for granted what it has seen. */
const MEMORY_SECONDS = 0.3

class Execution {
  #commandsLeft: Command[]
  #deathsLeft: number
  readonly #memories: Map<Actor, { answers: string[]; at: number }>

  private constructor(
    readonly simulation: Simulation,
    readonly world: SmallWorld,
    readonly seen: Set<string>,
    memories: Map<Actor, { answers: string[]; at: number }>,
  ) {
    this.#commandsLeft = [...world.commands]
    this.#deathsLeft = world.deaths
    this.#memories = memories
  }

  /** Follows the choices of `prefix`, then always the first; what else could have been chosen is returned. */
  static async of(
    database: Database,
    world: SmallWorld,
    seen: Set<string>,
    prefix: readonly number[],
  ): Promise<{ alternatives: number[][]; simulation: Simulation }> {
    const memories = new Map<Actor, { answers: string[]; at: number }>()
    const simulation: Simulation = await Simulation.begin(database, {
      chance: new Decided(1),
      onAnswer: (actor, statement, rows) => {
        // A heartbeat leaves nothing behind but when the next one is due.
        if (statement.includes('beaten as')) return
        const memory = memories.get(actor) ?? { answers: [], at: 0 }
        memory.answers.push(timeless(JSON.stringify(rows)))
        memories.set(actor, { ...memory, at: simulation.scheduler.now })
      },
    })
    const execution = new Execution(simulation, world, seen, memories)
    const alternatives = await execution.#run(prefix)
    await simulation.abandon()
    return { alternatives, simulation }
  }

  async #run(prefix: readonly number[]): Promise<number[][]> {
    const { simulation } = this
    simulation.far.weather = { failRate: 0, slowRate: 0, silentRate: 0, pendingRate: 0 }
    simulation.far.fate = () => kindFate
    await this.#begin()
    const alternatives: number[][] = []
    const taken: number[] = []
    for (let steps = 0; simulation.violations.length === 0; steps++) {
      if (steps > STEPS_MAX) simulation.violate('invariant 7: no rest is reached')
      await this.#command()
      this.#forget()
      const choices = this.#choices()
      if (choices.length === 0) break
      // Where there is no choice there is nothing to come back to; inside a transaction the rows do not show how far it is.
      if (taken.length >= prefix.length && choices.length > 1) {
        if (this.#isKnown(this.#stateWith(simulation.engines))) return alternatives
        for (const [other, { leadsTo }] of choices.entries())
          if (other > 0 && !(leadsTo !== undefined && this.#isKnown(leadsTo))) alternatives.push([...taken, other])
      }
      const choice = prefix[taken.length] ?? 0
      taken.push(choice)
      await choices[choice]?.take()
    }
    if (simulation.violations.length === 0) this.#judge()
    return alternatives
  }

  #isKnown(state: string): boolean {
    if (this.seen.has(state)) return true
    this.seen.add(state)
    return false
  }

  async #begin(): Promise<void> {
    const { simulation, world } = this
    for (let i = 0; i < world.engines; i++) await simulation.startEngine()
    if (world.before) {
      await simulation.command({ kind: 'up', stack: 'web', template: world.before, onFailure: 'stop' })
      while (!simulation.atRest) await this.#moveOn()
    }
    await this.#command()
    while (simulation.commanding) await this.#moveOn()
  }

  async #moveOn(): Promise<void> {
    const [gate] = this.simulation.scheduler.open()
    if (gate) await this.simulation.pass(gate)
    else await this.simulation.tick()
  }

  /** Whoever gives the next one is there at once; when it begins is a choice. */
  async #command(): Promise<void> {
    if (this.simulation.commanding) return
    const command = this.#commandsLeft.shift()
    if (command) await this.simulation.command(command)
  }

  /** One transaction is one step here: what is killed inside it is as if it had been killed before. */
  #choices(): Choice[] {
    const { simulation } = this
    if (simulation.atRest) return []
    const open = simulation.scheduler.open()
    const inside = open.find((gate) => gate.transaction !== undefined)
    if (inside) return [this.#passing(inside)]
    const sent = open.find(({ kind }) => kind === 'send')
    if (sent) return [this.#passing(sent), ...this.#deaths()]
    const alone = this.#independent(open)
    if (alone) return [this.#passing(alone)]
    const choices = open.map((gate) => this.#passing(gate))
    const isBusy = open.some(({ actor }) => actor.kind !== 'client')
    const goesOn = simulation.rows.stacks.some(({ status }) => status === 'IN_PROGRESS')
    if (!isBusy && goesOn) choices.unshift({ take: () => simulation.tick() })
    return [...choices, ...this.#deaths()]
  }

  #passing(gate: Gate): Choice {
    return { take: () => this.simulation.pass(gate) }
  }

  /** What an engine knew dies with it. */
  #deaths(): Choice[] {
    const { engines } = this.simulation
    if (this.#deathsLeft === 0) return []
    return engines.map((engine) => ({
      take: () => this.#kill(engine),
      leadsTo: `death ${this.#stateWith(engines.filter((other) => other !== engine))}`,
    }))
  }

  /**
   * What may be done first without anything being missed: whatever others do before it could as well be done after it. (A call that is
   * sent is seen by nobody before it lands; only whether its engine is dead by then counts.) A call that lands meets other calls alone, and its
   * engine dies before or after it to the same effect; nobody asks anything else of the same thing before it is answered, unless it is given up. An answer is heard by its engine alone; but what
   * that does next depends on which answer it hears first, and on whether somebody wakes it before: so only where it has nothing else to wait for. While a command is to come, all orders count.
   */
  #independent(open: readonly Gate[]): Gate | undefined {
    if (this.simulation.commanding || this.#isAnythingGivenUp()) return undefined
    const waiting = this.simulation.scheduler.waiting()
    const landing = waiting.filter(({ kind }) => kind === 'land')
    if (landing.length > 0) return landing.length === 1 ? open.find(({ kind }) => kind === 'land') : undefined
    const isAlone = ({ actor }: Gate) => waiting.filter((other) => other.actor === actor).length === 1
    return open.find((gate) => gate.kind === 'answer' && isAlone(gate))
  }

  /** A call whose outcome nobody wants any more is broken off, and its thing asked for anew while the call is still on its way. */
  #isAnythingGivenUp(): boolean {
    return this.simulation.rows.resources.some(
      ({ state, action, current }) => state === 'running' && action !== 'DELETE' && !current,
    )
  }

  async #kill(engine: SimulatedEngine): Promise<void> {
    this.#deathsLeft--
    await this.simulation.kill(engine)
    await this.simulation.startEngine()
  }

  /** An engine that has slept for a while asks anew. */
  #forget(): void {
    const { scheduler } = this.simulation
    for (const [actor, { at }] of this.#memories) {
      const isAsleep = scheduler.waiting().every((gate) => gate.actor !== actor)
      if (actor.state === 'dead' || (isAsleep && scheduler.now - at > MEMORY_SECONDS)) this.#memories.delete(actor)
    }
  }

  #stateWith(engines: readonly SimulatedEngine[]): string {
    const left = { commands: this.#commandsLeft.length, deaths: this.#deathsLeft }
    return stateOf(this.simulation, engines, ({ actor }) => this.#memories.get(actor)?.answers ?? [], left)
  }

  #judge(): void {
    const { simulation } = this
    simulation.checkOracle()
    for (const { name, status, reason } of simulation.rows.stacks) {
      if (status !== 'COMPLETE') simulation.violate(`invariant 7: ${name} is ${status}: ${reason}`)
    }
  }
}

const timeless = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then')
