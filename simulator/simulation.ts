// A simulated world: real engines and clients over one real database, a far side, a clock, and whoever drives it. Every
// method does one thing and returns when nothing moves any more; after each transaction the invariants are checked.
import { Engine } from '../src/engine/engine.js'
import { noTelemetry } from '../src/engine/telemetry.js'
import { isVisiting } from '../src/graph/stage.js'
import type { Logger } from '../src/provider/contract.js'
import { TypeRegistry } from '../src/provider/registry.js'
import { CommitUnknown, type Database, type Sql } from '../src/store/database.js'
import type { Chance } from './chance.js'
import { type Command, type Declared, perform, titleOf } from './commands.js'
import { FarSide, type FarSideRules } from './far-side.js'
import { Connection, ConnectionLost, GatedDatabase, type Hearing, type Rewrite } from './gated-database.js'
import { History } from './history.js'
import { breachesOf } from './invariants.js'
import { LeftToOthers } from './left-to-others.js'
import { compositeTypes } from './nests.js'
import { differences, restless } from './oracle.js'
import { wronglyPaused } from './paused.js'
import { Pictures } from './pictures.js'
import { isPoison, type Poison } from './poison.js'
import { changesOfOthers } from './projects.js'
import { outermost, Promises } from './promises.js'
import { DEFAULT_PROJECT, emptyTables, noRows, type Rows, readRows } from './rows.js'
import { Actor, type Gate, type Passage, Scheduler } from './scheduler.js'
import { Signals, signalledTypes } from './signalled.js'
import { changesBetween } from './story.js'
import { Targets } from './targets.js'
import { simulatedTypes } from './types.js'

export interface SimulatedEngine {
  readonly actor: Actor
  readonly engine: Engine
  readonly database: GatedDatabase
}

export interface SimulationOptions {
  readonly chance: Chance
  readonly rewrite?: Rewrite
  readonly farSide?: FarSideRules
  readonly slots?: number
  /** Called with each line of the story as it happens. */
  readonly onLine?: (line: string) => void
  readonly onAnswer?: Hearing
}

/** Whoever gives a command. */
interface Client {
  readonly database: GatedDatabase
  readonly project: string
  declared: Declared | undefined
}

const SILENT_SECONDS = 30

export class Simulation {
  readonly scheduler = new Scheduler()
  readonly far: FarSide
  readonly violations: string[] = []
  readonly story: string[] = []
  readonly pictures = new Pictures()
  readonly targets = new Targets(this.pictures)
  readonly #promises: Promises
  readonly #history = new History()
  readonly signals = new Signals()
  readonly #left: LeftToOthers
  #lastEventId = 0
  /** Of versions that nobody manages any more, as they were promised to be. */
  readonly retained = new Set<string>()
  rows: Rows = noRows
  steps = 0
  engines: SimulatedEngine[] = []
  readonly #clients = new Map<Actor, Client>()
  /** Tokens of versions that are deleted first. */
  readonly #givingWay = new Set<string>()
  readonly #connection: Connection
  readonly #chance: Chance
  #names = 0

  private constructor(
    readonly database: Database,
    readonly options: SimulationOptions,
  ) {
    this.#chance = options.chance
    this.far = new FarSide(this.scheduler, options.chance.fork(), (line) => this.say(line), options.farSide)
    this.#promises = new Promises(this.targets, this.far)
    this.#left = new LeftToOthers(this.targets, this.far)
    this.far.spared = ({ token, stack, foreign }) =>
      this.retained.has(token) || foreign === 'free' || foreign === 'referred' || this.#isReleased(stack)
    this.far.givesWay = ({ token }) => this.#givingWay.has(token)
    const rewrite = options.rewrite ?? ((text: string) => text)
    const onCommit = (actor: Actor) => this.#committed(actor)
    this.#connection = new Connection(database, this.scheduler, rewrite, onCommit, options.onAnswer)
  }

  /** A world in an emptied database. */
  static async begin(database: Database, options: SimulationOptions): Promise<Simulation> {
    await emptyTables(database)
    // Tables are so small here that one plan is as good as another, and making it takes longer than carrying it out.
    await database.query(`select set_config('plan_cache_mode', 'force_generic_plan', false)`)
    return new Simulation(database, options)
  }

  say(line: string): void {
    const text = `${this.scheduler.now.toFixed(1).padStart(7)}  ${line}`
    this.story.push(text)
    this.options.onLine?.(text)
  }

  violate(message: string): void {
    if (this.violations.includes(message)) return
    this.violations.push(message)
    this.say(`VIOLATION  ${message}`)
  }

  // ── engines ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async startEngine(): Promise<SimulatedEngine> {
    const actor = new Actor(`engine${++this.#names}`, 'engine')
    const database = new GatedDatabase(this.#connection, actor)
    const engine = new Engine(database, {
      types: this.#typesOf(actor),
      world: this.scheduler.worldOf(actor, this.#chance.fork()),
      log: this.#loggerOf(actor),
      slots: this.options.slots ?? 4,
      silentSeconds: SILENT_SECONDS,
      idleSeconds: 5,
      telemetry: {
        ...noTelemetry,
        failed: (error, what) => this.#unexpected(actor, error, `a ${what} failed`),
      },
      retry: { attemptsMax: 3, baseSeconds: 1, maxSeconds: 4 },
    })
    const simulated = { actor, engine, database }
    this.engines.push(simulated)
    this.say(`${actor.name} starts`)
    // An engine that cannot even register tells whoever started it: here, that it is dead.
    engine.start().catch(() => this.#end(actor, database))
    await this.scheduler.quiet()
    return simulated
  }

  /** As kill -9: between two statements, or two provider calls, it is simply no more. */
  async kill({ actor, database }: SimulatedEngine): Promise<void> {
    this.say(`${actor.name} is killed`)
    await this.#end(actor, database)
  }

  async #end(actor: Actor, database: GatedDatabase): Promise<void> {
    this.scheduler.bury(actor)
    if (database.open) await this.#connection.breakTransaction(database.open)
    this.engines = this.engines.filter((other) => other.actor !== actor)
    await this.scheduler.quiet()
  }

  /** It stands still and notices nothing; the database takes its transaction from it. */
  async freeze({ actor, database }: SimulatedEngine): Promise<void> {
    this.say(`${actor.name} is frozen`)
    actor.state = 'frozen'
    if (database.open) await this.#connection.breakTransaction(database.open)
    await this.scheduler.quiet()
  }

  async thaw({ actor }: SimulatedEngine): Promise<void> {
    this.say(`${actor.name} is thawed`)
    actor.state = 'alive'
    await this.scheduler.quiet()
  }

  /** As an orderly end of the program. */
  async stop(simulated: SimulatedEngine, drainSeconds: number): Promise<void> {
    this.say(`${simulated.actor.name} is told to stop`)
    void simulated.engine
      .stop(drainSeconds)
      .then(
        () => this.say(`${simulated.actor.name} has stopped`),
        (error: unknown) => this.#unexpected(simulated.actor, error, 'could not stop'),
      )
      .then(() => this.#end(simulated.actor, simulated.database))
    await this.scheduler.quiet()
  }

  #typesOf(actor: Actor): TypeRegistry {
    return new TypeRegistry([...simulatedTypes(this.far, actor), ...compositeTypes, ...signalledTypes])
  }

  #loggerOf(actor: Actor): Logger {
    const report = (details: object, message: string) => {
      const error: unknown = 'error' in details ? details.error : undefined
      this.#unexpected(actor, error, message)
    }
    return { debug() {}, info() {}, warn: report, error: report }
  }

  /** An engine makes its round again after any error, so an error that nobody simulated would hide what went wrong. */
  #unexpected(actor: Actor, error: unknown, message: string): void {
    const meant = error instanceof ConnectionLost || error instanceof CommitUnknown || isPoison(error)
    if (meant && error instanceof Error) this.say(`${actor.name}: ${error.message}`)
    else this.violate(`${actor.name}: ${message}: ${error instanceof Error ? error.message : String(error)}`)
  }

  // ── a stack whose turns fail ──────────────────────────────────────────────────────────────────────────────────────

  /** A moment at which nobody has a transaction open. */
  get mayPoison(): boolean {
    return this.scheduler.holder === undefined
  }

  async poison(poison: Poison): Promise<void> {
    this.say(`stack ${poison.stackId} is poisoned: ${poison.kind}`)
    await this.#connection.poison(poison)
  }

  async mend(): Promise<void> {
    this.say('what was poisoned is mended')
    await this.#connection.mend()
  }

  // ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins a command; like everything else it goes on gate by gate. */
  async command(command: Command): Promise<Actor> {
    const actor = new Actor(`client${++this.#names}`, 'client')
    const database = new GatedDatabase(this.#connection, actor)
    const client: Client = { database, project: command.project ?? DEFAULT_PROJECT, declared: undefined }
    this.#clients.set(actor, client)
    this.say(`${actor.name}: ${titleOf(command)}`)
    const declare = (declared: Declared) => {
      client.declared = declared
    }
    perform(database, command, { types: this.#typesOf(actor), newId: () => this.#chance.uuid(), declare }).then(
      (answer) => {
        this.say(`${actor.name} is told: ${answer}`)
        this.#leave(actor)
        // The command's own process rings for the engines it knows; others come by when their rest is over.
        if (this.#chance.happens(0.7))
          for (const { actor: other, engine } of this.engines) if (other.state === 'alive') engine.wake()
      },
      (error: unknown) => {
        this.#unexpected(actor, error, `${command.kind} of ${command.stack} failed`)
        this.#leave(actor)
      },
    )
    await this.scheduler.quiet()
    return actor
  }

  #leave(actor: Actor): void {
    this.scheduler.bury(actor)
    this.#clients.delete(actor)
  }

  get commanding(): boolean {
    return this.#clients.size > 0
  }

  // ── one step ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async pass(gate: Gate, passage: Passage = 'go'): Promise<void> {
    this.steps++
    const { actor, label } = gate
    if (passage === 'die') this.say(`${actor.name} is killed after ${label}, before it learns of it`)
    if (passage === 'lost' || passage === 'refused')
      this.say(`${actor.name}: connection breaks ${passage === 'lost' ? 'after' : 'before'} ${label}`)
    gate.pass(passage)
    await this.scheduler.quiet()
    if (passage === 'die') await this.#bury(actor)
    for (const violation of this.far.violations.splice(0)) this.violate(violation)
  }

  async #bury(actor: Actor): Promise<void> {
    const simulated = this.engines.find((engine) => engine.actor === actor)
    const client = this.#clients.get(actor)
    if (simulated) return this.#end(actor, simulated.database)
    if (client?.database.open) await this.#connection.breakTransaction(client.database.open)
    this.#leave(actor)
    await this.scheduler.quiet()
  }

  async tick(): Promise<void> {
    this.steps++
    this.scheduler.tick()
    await this.scheduler.quiet()
  }

  // ── after each transaction ────────────────────────────────────────────────────────────────────────────────────────

  async #committed(actor: Actor): Promise<void> {
    const before = this.rows
    const rows = await readRows(this.database, this.#lastEventId)
    this.rows = rows
    this.#lastEventId = rows.events.at(-1)?.id ?? this.#lastEventId
    const client = this.#clients.get(actor)
    if (client?.declared) this.targets.declare(client.declared)
    this.targets.follow(rows)
    this.#notePlaces(rows)
    const kept = [...this.#promises.follow(before, rows), ...this.pictures.follow(rows, this.far)]
    this.#noteRetained(before, rows)
    for (const line of changesBetween(before, rows)) this.say(`${actor.name}: ${line}`)
    for (const breach of kept) this.violate(`invariant 13: ${breach}`)
    for (const breach of this.#history.follow(before, rows)) this.violate(`invariant 14: ${breach}`)
    for (const breach of await wronglyPaused(this.#asking, rows)) this.violate(`invariant 19: ${breach}`)
    const moment = { before, rows, far: this.far, retained: this.retained }
    for (const breach of breachesOf(moment)) this.violate(breach)
    for (const breach of this.targets.breaches(rows)) this.violate(breach)
    for (const breach of this.#left.follow(rows)) this.violate(`invariant 16: ${breach}`)
    for (const breach of this.signals.follow(before, rows, client?.declared)) this.violate(`invariant 17: ${breach}`)
    if (client)
      for (const breach of changesOfOthers(before, rows, client.project)) this.violate(`invariant 18: ${breach}`)
  }

  /** As the engine's statements go: with what a mutation makes of them. */
  get #asking(): Sql {
    const { database, options } = this
    const rewrite = options.rewrite ?? ((text: string) => text)
    return { query: (text, values) => database.query(rewrite(text), values) }
  }

  #noteRetained(before: Rows, rows: Rows): void {
    const living = new Set(rows.resources.map(({ token }) => token))
    for (const token of living) this.retained.delete(token)
    for (const { token } of before.resources) {
      if (living.has(token) || !this.#promises.staysInTheWorld(token)) continue
      this.retained.add(token)
      this.far.letGo(token)
    }
  }

  /** A composite that was retained has become a stack of its own, which nobody declares: what it uses may go. */
  #isReleased(uid: string): boolean {
    const stacks = new Map(this.rows.stacks.map((stack) => [stack.id, stack]))
    const own = this.rows.stacks.find((stack) => stack.uid === uid)
    return own !== undefined && !this.targets.knows(outermost(own, stacks))
  }

  /** Who makes way for a replacement, and what is called otherwise, or belongs to others, from now on. */
  #notePlaces(rows: Rows): void {
    const projects = new Map(rows.projects.map(({ id, name }) => [id, name]))
    const stacks = new Map(rows.stacks.map((stack) => [stack.id, stack]))
    for (const { token, name, phase, current, stack_id, physical_id } of rows.resources) {
      if (phase === 'update' && !current) this.#givingWay.add(token)
      const { uid = '', project_id = 0 } = stacks.get(stack_id) ?? {}
      this.far.place(token, { name, stack: uid, project: projects.get(project_id) ?? '' })
      if (physical_id !== null) this.far.takenOver(physical_id, token)
    }
  }

  /** The end of the world: nobody who is left does anything any more. */
  async abandon(): Promise<void> {
    for (const { actor, database } of [...this.engines]) await this.#end(actor, database)
    for (const actor of [...this.#clients.keys()]) await this.#bury(actor)
    this.scheduler.bury(this.far.actor)
    await this.#connection.mend()
  }

  // ── at rest ───────────────────────────────────────────────────────────────────────────────────────────────────────

  get atRest(): boolean {
    return !this.commanding && this.rows.stacks.every(({ status }) => status !== 'IN_PROGRESS')
  }

  /** Every stack but this one, what is nested in it, and what it is nested in. */
  othersRest(stackId: number): boolean {
    const stacks = new Map(this.rows.stacks.map((stack) => [stack.id, stack]))
    const tree = outermost(stacks.get(stackId), stacks)
    return this.rows.stacks.every((stack) => stack.status !== 'IN_PROGRESS' || outermost(stack, stacks) === tree)
  }

  /** What the oracle finds wrong with a stack that is complete. */
  checkOracle(): void {
    for (const stack of this.rows.stacks) {
      if (stack.status !== 'COMPLETE' || stack.parent_id !== null || !this.targets.knows(stack.id)) continue
      if (isVisiting(stack.action)) {
        for (const problem of restless(stack, this.rows, this.far))
          this.violate(`${stack.name} says ${stack.action}_COMPLETE, but ${problem}`)
        continue
      }
      const template = stack.deleted_at === null ? this.targets.templateOf(stack.id) : {}
      for (const problem of differences(template, stack.uid, this.rows, this)) {
        this.violate(`invariant 7: ${stack.name} is complete, but ${problem}`)
      }
    }
  }
}
