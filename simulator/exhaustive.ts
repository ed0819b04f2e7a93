// Every interleaving of a small world. A world is run again from its beginning for each sequence of choices (promises
// cannot be copied); a state that was seen before is not gone into again. A state is everything that what follows can
// depend on: all rows, reality, the gates at which somebody waits, who sleeps how long.
import { createHash } from 'node:crypto'
import type { Database } from '../src/store/database.js'
import { some } from './bases.js'
import { Chance } from './chance.js'
import type { Command } from './commands.js'
import { kindFate } from './far-side.js'
import type { Gate } from './scheduler.js'
import { Simulation } from './simulation.js'
import { idOf, type SimTemplate } from './templates.js'

export interface SmallWorld {
  readonly name: string
  readonly engines: number
  /** Engines that may be killed, at any moment; a new one starts at once. */
  readonly deaths: number
  /** The first is given before anything else, the others at any moment, in this order. */
  readonly commands: readonly Command[]
  /** Set up and brought to rest before the interleavings begin. */
  readonly before?: SimTemplate
}

export interface WalkResult {
  readonly executions: number
  readonly states: number
  readonly steps: number
  readonly complete: boolean
  readonly violations: readonly string[]
  readonly story: readonly string[]
}

const typed = (template: SimTemplate, type = 'Sim::Plain'): SimTemplate =>
  Object.fromEntries(Object.entries(template).map(([name, wanted]) => [name, { ...wanted, type: wanted.type || type }]))

const up = (template: SimTemplate): Command => ({
  kind: 'up',
  stack: 'web',
  template: typed(template),
  onFailure: 'stop',
})

const pair: SimTemplate = { A: some({ v: 'one' }), B: some({ r: idOf('A') }) }
const pairReplaced: SimTemplate = { A: some({ z: 'two' }), B: some({ r: idOf('A') }) }
const inverted: SimTemplate = { A: some({ z: 'two', r: idOf('B') }), B: some({ z: 'two' }) }
const three: SimTemplate = { A: some(), B: some(), C: some({ r: idOf('A') }, 'B') }

export const smallWorlds: readonly SmallWorld[] = [
  {
    name: 'create A, delete at any moment',
    engines: 1,
    deaths: 0,
    commands: [up({ A: some() }), { kind: 'delete', stack: 'web' }],
  },
  { name: 'create A, one death', engines: 1, deaths: 1, commands: [up({ A: some() })] },
  { name: 'create A and B, replace A at any moment', engines: 1, deaths: 0, commands: [up(pair), up(pairReplaced)] },
  { name: 'create A, B and C with two engines', engines: 2, deaths: 0, commands: [up(three)] },
  {
    name: 'replace A, roll back at any moment',
    engines: 1,
    deaths: 0,
    before: typed(pair),
    commands: [up(pairReplaced), { kind: 'rollback', stack: 'web' }],
  },
  {
    name: 'invert a dependency, delete at any moment, one death',
    engines: 1,
    deaths: 1,
    before: typed(pair),
    commands: [up(inverted), { kind: 'delete', stack: 'web' }],
  },
  {
    name: 'create A, B and C, remove B at any moment, one death',
    engines: 1,
    deaths: 1,
    commands: [up(three), up({ A: some(), C: some({ r: idOf('A') }) })],
  },
]

/** @param limit executions; beyond it the walk stops unfinished. */
export async function walk(database: Database, world: SmallWorld, { limit }: { limit: number }): Promise<WalkResult> {
  const seen = new Set<string>()
  const stack: number[][] = [[]]
  let executions = 0
  let steps = 0
  for (let prefix = stack.pop(); prefix && executions < limit; prefix = stack.pop()) {
    executions++
    const execution = new Execution(await Simulation.begin(database, { chance: new Chance(1) }), world, seen)
    const { alternatives, violations, simulation } = await execution.run(prefix)
    steps += simulation.steps
    stack.push(...alternatives)
    if (violations.length > 0) {
      return { executions, states: seen.size, steps, complete: false, violations, story: simulation.story }
    }
  }
  return { executions, states: seen.size, steps, complete: stack.length === 0, violations: [], story: [] }
}

type Choice = { readonly label: string; readonly take: () => Promise<void> }

const STEPS_MAX = 3000

class Execution {
  #commandsLeft: Command[]
  #deathsLeft: number

  constructor(
    readonly simulation: Simulation,
    readonly world: SmallWorld,
    readonly seen: Set<string>,
  ) {
    this.#commandsLeft = [...world.commands]
    this.#deathsLeft = world.deaths
  }

  /** Follows the choices of `prefix`, then always the first; what else could have been chosen is returned. */
  async run(
    prefix: readonly number[],
  ): Promise<{ alternatives: number[][]; violations: readonly string[]; simulation: Simulation }> {
    const { simulation } = this
    simulation.far.weather = { failRate: 0, slowRate: 0, silentRate: 0, pendingRate: 0 }
    simulation.far.fate = () => kindFate
    await this.#begin()
    const alternatives: number[][] = []
    const taken: number[] = []
    for (let steps = 0; simulation.violations.length === 0; steps++) {
      if (steps > STEPS_MAX) simulation.violate('invariant 7: no rest is reached')
      const choices = this.#choices()
      if (choices.length === 0) break
      // Where there is no choice there is nothing to come back to; inside a transaction the rows do not show how far it is.
      if (taken.length >= prefix.length && choices.length > 1) {
        const state = this.#hash()
        if (this.seen.has(state)) return this.#end(alternatives)
        this.seen.add(state)
        for (let other = 1; other < choices.length; other++) alternatives.push([...taken, other])
      }
      const choice = prefix[taken.length] ?? 0
      taken.push(choice)
      await choices[choice]?.take()
    }
    if (simulation.violations.length === 0) this.#judge()
    return this.#end(alternatives)
  }

  async #end(alternatives: number[][]) {
    await this.simulation.abandon()
    return { alternatives, violations: this.simulation.violations, simulation: this.simulation }
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

  async #command(): Promise<void> {
    const command = this.#commandsLeft.shift()
    if (command) await this.simulation.command(command)
  }

  /** One transaction is one step here: what is killed inside it is as if it had been killed before. */
  #choices(): Choice[] {
    const { simulation } = this
    if (simulation.atRest && this.#commandsLeft.length === 0) return []
    const open = simulation.scheduler.open()
    const inside = open.find((gate) => gate.transaction !== undefined)
    if (inside) return [{ label: inside.label, take: () => simulation.pass(inside) }]
    const choices: Choice[] = open.map((gate) => ({ label: titleOf(gate), take: () => simulation.pass(gate) }))
    if (choices.length === 0 && !(simulation.atRest && this.#commandsLeft.length > 0)) {
      choices.push({ label: 'time passes', take: () => simulation.tick() })
    }
    if (this.#commandsLeft.length > 0 && !simulation.commanding)
      choices.push({ label: 'command', take: () => this.#command() })
    if (this.#deathsLeft > 0) {
      for (const engine of simulation.engines)
        choices.push({ label: `death of ${engine.actor.name}`, take: () => this.#kill(engine) })
    }
    return choices
  }

  async #kill(engine: Simulation['engines'][number]): Promise<void> {
    this.#deathsLeft--
    await this.simulation.kill(engine)
    await this.simulation.startEngine()
  }

  /** Time counts only as what is still to come. */
  #hash(): string {
    const { simulation } = this
    const { rows, far, scheduler } = simulation
    const now = scheduler.now
    const age = (at: string | null) =>
      at === null ? null : Math.min(0, Math.round(now * 10 - (Date.parse(at) - EPOCH) / 100))
    const state = {
      stacks: rows.stacks.map(({ traversal, status, stage, action, failed }) => [
        traversal,
        status,
        stage,
        action,
        failed,
      ]),
      resources: rows.resources.map(({ token: _, engine_id, due_at, ...row }) => [
        Object.entries(row).filter(([key]) => !/_at$/.test(key)),
        engine_id === null
          ? null
          : (simulation.engines.find(({ engine }) => engine.id === engine_id)?.actor.name ?? 'nobody'),
        age(due_at),
      ]),
      engines: rows.engines.map(({ heartbeat_at }) => Math.round(now * 10 - (Date.parse(heartbeat_at) - EPOCH) / 100)),
      things: [...far.things.values()].map(({ id, name, properties, serial }) => [id, name, properties, serial]),
      gates: scheduler.waiting().map((gate) => [titleOf(gate), gate.text, gate.notBefore > now]),
      sleepers: scheduler.sleepers(),
      // What an engine has been told and not yet written shows in no row.
      calls: far.calls.map(({ verb, name, engine, fence }) => [verb, name, engine, fence]),
      left: [this.#commandsLeft.length, this.#deathsLeft],
    }
    return createHash('sha256').update(JSON.stringify(state)).digest('base64')
  }

  #judge(): void {
    const { simulation } = this
    simulation.checkOracle()
    for (const { name, status, reason } of simulation.rows.stacks) {
      if (status !== 'COMPLETE') simulation.violate(`invariant 7: ${name} is ${status}: ${reason}`)
    }
  }
}

const EPOCH = Date.UTC(2030, 0, 1)

const titleOf = ({ actor, kind, label }: Gate) => `${actor.name} ${kind} ${label}`
