// Scenarios: stories told step by step on a stage. Each is run many times over, with other numbers of steps between its
// commands, other types, other orders and an engine killed somewhere, and must hold every time.
import type { JsonObject } from '../src/lib/json.js'
import type { Database } from '../src/store/database.js'
import type { OnFailure } from '../src/store/stacks.js'
import type { Hook } from '../src/template/hooks.js'
import { Chance } from './chance.js'
import { type Command, isFarewell } from './commands.js'
import type { FarSide, RealThing } from './far-side.js'
import type { Rewrite } from './gated-database.js'
import type { PoisonKind } from './poison.js'
import { DEFAULT_PROJECT, heldAtHooks, placeOf, type ResourceView, type StackView } from './rows.js'
import { runSeed, type SeedOptions } from './seed.js'
import { type SimulatedEngine, Simulation } from './simulation.js'
import type { SimTemplate } from './templates.js'
import { typeNames } from './types.js'

export interface Scenario {
  /** What it shows, in a sentence. */
  readonly about: string
  readonly play: (stage: Stage) => Promise<void>
  /** Whether it may be varied: a story about one exact moment plays as written, in other orders only. */
  readonly exact?: boolean
  readonly world?: Omit<SeedOptions, 'onLine'>
}

export const scenario = (
  about: string,
  play: Scenario['play'],
  options: { readonly exact?: boolean } = {},
): Scenario => ({
  about,
  play,
  ...options,
})

/** A world that fell once, as a scenario. */
export const worldOfSeed = (about: string, world: Omit<SeedOptions, 'onLine'>): Scenario => ({
  about,
  world,
  play: async () => undefined,
})

export interface Telling {
  /** 0 plays it as written; others vary the steps, the types, and kill an engine. */
  readonly variation: number
  readonly rewrite?: Rewrite
  readonly onLine?: (line: string) => void
}

export interface Told {
  readonly violations: readonly string[]
  readonly story: readonly string[]
  readonly steps: number
}

export async function tell(
  database: Database,
  { play, exact = false, world }: Scenario,
  telling: Telling,
): Promise<Told> {
  const { onLine, rewrite } = telling
  const heard = { ...(onLine && { onLine }), ...(rewrite && { rewrite }) }
  if (world) return runSeed(database, { ...world, ...heard })
  const chance = new Chance(telling.variation + 1)
  const simulation = await Simulation.begin(database, { chance: chance.fork(), ...heard })
  simulation.far.weather.pendingRate = chance.pick([0, 1])
  const stage = new Stage(simulation, chance, exact ? 0 : telling.variation)
  try {
    await stage.engine()
    await stage.engine()
    await play(stage)
    await stage.end()
  } catch (error) {
    simulation.violate(error instanceof Error ? error.message : String(error))
  }
  await simulation.abandon()
  return simulation
}

const STEPS_MAX = 8_000
/** Gates in what a reader would call one step of a story: a row claimed, acted on and settled. */
const GATES_PER_STEP = 8

type Up = {
  readonly onFailure?: OnFailure
  readonly timeoutSeconds?: number
  readonly stack?: string
  readonly environment?: JsonObject
  readonly looksFirst?: boolean
}

interface Restore {
  readonly stack?: string
  /** From the first on. */
  readonly which?: number
  readonly onFailure?: OnFailure
}

export class Stage {
  readonly #typeName: string
  #killings: number
  /** Whose stacks are meant from now on. */
  project: string | undefined

  constructor(
    readonly simulation: Simulation,
    readonly chance: Chance,
    readonly variation: number,
  ) {
    this.#typeName = variation === 0 ? 'Sim::Plain' : chance.pick(typeNames)
    this.#killings = variation % 3 === 2 ? 1 : 0
  }

  get far(): FarSide {
    return this.simulation.far
  }

  // ── what happens ──────────────────────────────────────────────────────────────────────────────────────────────────

  engine(): Promise<SimulatedEngine> {
    return this.simulation.startEngine()
  }

  /** Gives the command and waits until it is durable. */
  async up(template: SimTemplate, { stack = 'web', onFailure = 'stop', ...rest }: Up = {}): Promise<void> {
    await this.#give({ kind: 'up', stack, template: this.#typed(template), onFailure, ...rest })
  }

  async patch(
    put: SimTemplate,
    removed: readonly string[],
    { stack = 'web', onFailure = 'stop' }: Up = {},
  ): Promise<void> {
    await this.#give({ kind: 'patch', stack, put: this.#typed(put), removed, onFailure })
  }

  rollback(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'rollback', stack })
  }

  delete(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'delete', stack })
  }

  cancel(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'cancel', stack })
  }

  suspend(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'suspend', stack })
  }

  resume(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'resume', stack })
  }

  check(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'check', stack })
  }

  /** Of what is there now; a restore goes back to the last one that is complete unless it says another. */
  snapshot(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'snapshot', stack })
  }

  restore({ stack = 'web', which, onFailure = 'stop' }: Restore = {}): Promise<void> {
    const { id } = this.stack(stack)
    const complete = this.simulation.rows.snapshots.filter((one) => one.stack_id === id && one.status === 'COMPLETE')
    const chosen = which ?? complete.filter(({ name }) => !isFarewell(name)).length - 1
    return this.#give({ kind: 'restore', stack, which: chosen, onFailure })
  }

  abandon(stack = 'web'): Promise<void> {
    return this.#give({ kind: 'abandon', stack })
  }

  /** What was abandoned first, and nobody has adopted yet. @param template by default the one that it had. */
  async adopt(stack = 'web', template?: SimTemplate): Promise<void> {
    const [left] = this.simulation.targets.left
    if (!left) throw new Error('nothing has been left to be adopted')
    this.simulation.targets.take(left)
    await this.#give({
      kind: 'adopt',
      stack,
      template: template ? this.#typed(template) : left.template,
      document: left.document,
    })
  }

  /** A person says that the first thing, or another one, is unwell. */
  mark(which = 0, stack = 'web'): Promise<void> {
    return this.#give({ kind: 'mark', stack, which })
  }

  /** That one. */
  markNamed(name: string, stack = 'web'): Promise<void> {
    const { id } = this.stack(stack)
    const things = this.simulation.rows.resources.filter(
      (row) => row.stack_id === id && row.current && row.physical_id !== null,
    )
    return this.mark(
      things.findIndex((row) => row.name === name),
      stack,
    )
  }

  /** A watch is due. */
  look(driftLimit: number, stack = 'web'): Promise<void> {
    return this.#give({ kind: 'look', stack, driftLimit })
  }

  /** Something from outside tells a resource something. @returns whether anything came of it. */
  async signal(name: string, body: JsonObject = {}, stack = 'web'): Promise<boolean> {
    const told = this.simulation.story.length
    await this.#give({ kind: 'signal', stack, name, body })
    return !this.simulation.story.slice(told).some((line) => / is told: (no action|refused)/.test(line))
  }

  /** Lets what waits at its hook go on, once it is there. */
  async clear(name: string, hook: Hook, stack = 'web'): Promise<void> {
    await this.until(`${name} is at its hook ${hook}`, () => this.isHeld(name, hook))
    await this.#give({ kind: 'clear', stack, name, hook })
  }

  isHeld(name: string, hook: Hook): boolean {
    return heldAtHooks(this.simulation.rows).some((row) => row.name === name && row.hook === hook)
  }

  async #give(command: Command): Promise<void> {
    const { project } = this
    const client = await this.simulation.command(project === undefined ? command : { ...command, project })
    for (let left = STEPS_MAX; client.state !== 'dead'; left--) {
      if (left === 0) throw new Error(`${command.kind} never returns`)
      await this.move()
    }
  }

  #typed(template: SimTemplate): SimTemplate {
    const named = Object.entries(template).map(([name, wanted]) => [
      name,
      { ...wanted, type: wanted.type || this.#typeName },
    ])
    return Object.fromEntries(named)
  }

  /** Lets about so many steps of the story pass; a varied telling takes its own number. */
  async steps(count: number): Promise<void> {
    const gates = this.variation === 0 ? count * GATES_PER_STEP : this.chance.int(count * GATES_PER_STEP * 3)
    const killAt = this.#killings > 0 ? this.chance.int(gates + 1) : -1
    for (let i = 0; i < gates; i++) {
      if (i === killAt) await this.#killSomebody()
      await this.move()
    }
  }

  async #killSomebody(): Promise<void> {
    this.#killings--
    const [engine] = this.simulation.engines
    if (engine) await this.simulation.kill(engine)
    await this.engine()
  }

  /** Whatever comes next. */
  async move(): Promise<void> {
    const { simulation } = this
    const open = simulation.scheduler.open()
    if (open.length === 0) await simulation.tick()
    else await simulation.pass(this.chance.pick(open))
  }

  /** Until something is so; it is an error when everything comes to rest before. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    for (let left = STEPS_MAX; !isSo(); left--) {
      if (left === 0 || this.simulation.violations.length > 0) throw new Error(`it never comes to this: ${what}`)
      await this.move()
    }
  }

  /** Until every stack is at rest; the oracle is asked. */
  async rest(): Promise<void> {
    await this.until('rest', () => this.simulation.atRest)
    this.simulation.checkOracle()
  }

  /** From now on the turns of this stack fail, in one way. */
  async poison(kind: PoisonKind, stack = 'web'): Promise<void> {
    await this.until('nobody is in a transaction', () => this.simulation.mayPoison)
    await this.simulation.poison({ stackId: this.stack(stack).id, kind })
  }

  /** Until everything is at rest that has nothing to do with this stack. */
  async othersRest(stack = 'web'): Promise<void> {
    await this.until(`${stack} holds up nobody else`, () => this.simulation.othersRest(this.stack(stack).id))
  }

  async mend(): Promise<void> {
    await this.until('nobody is in a transaction', () => this.simulation.mayPoison)
    await this.simulation.mend()
  }

  /** Until rest; so many times, each at some other step, every engine dies on the way, and a new one starts. */
  async restDespite(deaths: number): Promise<void> {
    for (let left = deaths; left > 0; left--) {
      for (let gates = this.chance.int(60); gates > 0 && !this.simulation.atRest; gates--) await this.move()
      if (this.simulation.atRest) break
      await this.killAll()
    }
    await this.rest()
  }

  async killAll(): Promise<void> {
    for (const engine of [...this.simulation.engines]) await this.simulation.kill(engine)
    await this.engine()
  }

  // ── what is checked ───────────────────────────────────────────────────────────────────────────────────────────────

  expect(what: string, isSo: boolean): void {
    if (!isSo) this.simulation.violate(`not so: ${what}`)
  }

  stack(name = 'web'): StackView {
    const { stacks, projects } = this.simulation.rows
    const own = projects.find((project) => project.name === (this.project ?? DEFAULT_PROJECT))
    const found = stacks.findLast((stack) => stack.name === name && stack.project_id === own?.id)
    if (!found) throw new Error(`there is no stack ${name}`)
    return found
  }

  status(name = 'web'): string {
    const { action, status } = this.stack(name)
    return `${action}_${status}`
  }

  complete(name = 'web'): void {
    this.expect(
      `${name} is complete, but ${this.status(name)}: ${this.stack(name).reason}`,
      this.stack(name).status === 'COMPLETE',
    )
  }

  versions(name: string, stack = 'web'): ResourceView[] {
    const { id } = this.stack(stack)
    return this.simulation.rows.resources.filter((row) => row.stack_id === id && row.name === name)
  }

  current(name: string, stack = 'web'): ResourceView | undefined {
    return this.versions(name, stack).find((row) => row.current)
  }

  /** The physical id of what a name means now. */
  physical(name: string, stack = 'web'): string | null {
    return this.current(name, stack)?.physical_id ?? null
  }

  things(name?: string): RealThing[] {
    return [...this.far.things.values()].filter((thing) => name === undefined || thing.name === name)
  }

  nothingLeft(): void {
    this.expect('nothing is left', this.things().length === 0)
    this.expect('no row is left', this.simulation.rows.resources.length === 0)
  }

  /** Whoever is left finishes it, and then everything goes. */
  async end(): Promise<void> {
    await this.rest()
    for (const stack of this.simulation.rows.stacks) {
      if (stack.deleted_at !== null || stack.parent_id !== null) continue
      this.project = placeOf(stack, this.simulation.rows).project
      await this.delete(stack.name)
    }
    await this.rest()
    for (const stack of this.simulation.rows.stacks)
      this.expect(`${stack.name} can be deleted`, stack.deleted_at !== null)
    const left = this.things().filter(
      ({ token, foreign }) => !this.simulation.retained.has(token) && foreign !== 'free' && foreign !== 'referred',
    )
    this.expect(`nothing is left in the end, but ${left.map(({ name }) => name).join()}`, left.length === 0)
  }
}
