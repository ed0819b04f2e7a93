// A world driven by chance: commands at any moment, faults of every kind, then fair weather, rest, the oracle, a change of
// nothing, and the end of every stack.
import type { Database } from '../src/store/database.js'
import { Chance } from './chance.js'
import { type Climate, climateOf } from './climate.js'
import { type FarSideRules, fairWeather } from './far-side.js'
import type { Rewrite } from './gated-database.js'
import { RandomCommands } from './random-commands.js'
import { isPoisoned, RandomPoison } from './random-poison.js'
import { placeOf } from './rows.js'
import type { Gate, Passage } from './scheduler.js'
import { Simulation } from './simulation.js'
import { unhindered } from './templates.js'
import { canBeRead } from './types.js'

export interface SeedOptions {
  readonly seed: number
  readonly stacks?: number | undefined
  readonly engines?: number | undefined
  /** Steps of trouble; the way to rest afterwards is not counted. */
  readonly steps?: number | undefined
  readonly rewrite?: Rewrite
  readonly farSide?: FarSideRules
  readonly onLine?: (line: string) => void
}

export interface SeedResult {
  readonly seed: number
  /** Of which story this is a variation; undefined for a world of its own. */
  readonly scenario?: string
  readonly steps: number
  readonly violations: readonly string[]
  readonly story: readonly string[]
}

/** Retained things may be composites that hold others. */
const NESTED_DEPTH_MAX = 5

const SCALINGS = 3
const REST_STEPS_MAX = 20_000
/** Longer than every deadline of the world, one after the other. */
const REST_SECONDS_MAX = 900
/** More than engines sleep, and less than the deadline of a call. */
const HURRY_SECONDS_MAX = 60

export async function runSeed(database: Database, options: SeedOptions): Promise<SeedResult> {
  const chance = new Chance(options.seed)
  const simulation = await Simulation.begin(database, { ...options, chance: chance.fork() })
  const world = new RandomWorld(simulation, chance, options)
  try {
    await world.run()
  } catch (error) {
    simulation.violate(
      `the simulator itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }
  await simulation.abandon()
  return { seed: options.seed, steps: simulation.steps, violations: simulation.violations, story: simulation.story }
}

class RandomWorld {
  readonly #chance: Chance
  readonly #climate: Climate
  readonly #commands: RandomCommands
  readonly #poison: RandomPoison
  readonly #enginesMax: number
  readonly #steps: number

  constructor(
    readonly simulation: Simulation,
    chance: Chance,
    options: SeedOptions,
  ) {
    this.#chance = chance
    this.#enginesMax = options.engines ?? 1 + chance.int(3)
    // Beside a stack whose turns fail there is another.
    const stacks = options.stacks ?? Math.max(1 + chance.int(2), isPoisoned(options.seed) ? 2 : 1)
    this.#steps = options.steps ?? 100 + chance.int(300)
    this.#climate = climateOf(chance, this.#steps)
    this.#commands = new RandomCommands(simulation, chance, { seed: options.seed, stacks })
    this.#poison = new RandomPoison(simulation, options.seed)
  }

  async run(): Promise<void> {
    const { simulation } = this
    simulation.far.weather = { ...this.#climate.weather }
    for (let i = 0; i < this.#enginesMax; i++) await simulation.startEngine()
    await simulation.command(this.#commands.next())
    const end = this.#steps
    while (simulation.steps < end && simulation.violations.length === 0) await this.#step()
    await this.#comeToRest()
    if (simulation.violations.length > 0) return
    await this.#hinderNothing()
    if (simulation.violations.length > 0) return
    await this.#finalUps()
    if (simulation.violations.length > 0) return
    await this.#scale()
    if (simulation.violations.length > 0) return
    await this.#mendReality()
    if (simulation.violations.length > 0) return
    await this.#changeNothing()
    if (simulation.violations.length > 0) return
    await this.#takeAllDown()
  }

  async #step(): Promise<void> {
    const { simulation } = this
    const chance = this.#chance
    const climate = this.#climate
    if (chance.happens(climate.commandRate)) await simulation.command(this.#commands.next())
    const engine = simulation.engines.length > 0 ? chance.pick(simulation.engines) : undefined
    if (engine && chance.happens(climate.killRate)) await simulation.kill(engine)
    else if (engine?.actor.state === 'alive' && chance.happens(climate.freezeRate)) await simulation.freeze(engine)
    else if (engine?.actor.state === 'alive' && chance.happens(climate.stopRate))
      await simulation.stop(engine, chance.pick([0, 10]))
    else if (engine?.actor.state === 'frozen' && chance.happens(0.05)) await simulation.thaw(engine)
    if (simulation.engines.length < this.#enginesMax && chance.happens(0.03)) await simulation.startEngine()
    await this.#helpSometimes(0.03)
    await this.#signalSometimes()
    await this.#poison.sometimes()
    await this.#move()
  }

  /** Somebody lets something that waits at its hook go on, or does what somebody waits for. */
  async #helpSometimes(rate: number): Promise<void> {
    if (this.simulation.commanding) return
    const command = this.#commands.clearing(rate) ?? this.#commands.helping(rate)
    if (command) await this.simulation.command(command)
  }

  async #signalSometimes(): Promise<void> {
    const command = this.simulation.commanding ? undefined : this.#commands.signalling(0.04)
    if (command) await this.simulation.command(command)
  }

  async #move(): Promise<void> {
    const { simulation } = this
    const open = simulation.scheduler.open()
    if (open.length === 0 || this.#chance.happens(this.#climate.hurryRate)) return simulation.tick()
    const gate = this.#chance.pick(open)
    await simulation.pass(gate, this.#passageOf(gate))
  }

  #passageOf({ kind, actor }: Gate): Passage {
    const chance = this.#chance
    const { brokenRate, killRate } = this.#climate
    if (kind === 'send' || kind === 'land' || kind === 'answer' || actor.kind === 'farside') return 'go'
    if (kind === 'commit' && actor.kind === 'engine' && chance.happens(killRate * 3)) return 'die'
    if (chance.happens(brokenRate)) return kind === 'commit' ? chance.pick(['refused', 'lost']) : 'refused'
    return 'go'
  }

  // ── rest ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Everything lost is given up, everything frozen thaws, and nothing goes wrong any more. */
  async #comeToRest(): Promise<void> {
    const { simulation } = this
    simulation.say('── fair weather')
    simulation.far.weather = { ...fairWeather, pendingRate: this.#climate.weather.pendingRate }
    for (const engine of simulation.engines) if (engine.actor.state === 'frozen') await simulation.thaw(engine)
    if (simulation.engines.length === 0) await simulation.startEngine()
    // Others do not wait for a stack whose turns fail; when they no longer do, it comes to rest itself.
    if (this.#poison.given) await this.#until(() => this.#poison.othersRest && simulation.mayPoison)
    await this.#poison.end()
    await this.#rest()
  }

  async #rest(): Promise<void> {
    await this.#until(() => this.simulation.atRest)
    if (this.simulation.violations.length === 0) this.simulation.checkOracle()
  }

  async #until(isSo: () => boolean): Promise<void> {
    const { simulation } = this
    const endAt = simulation.scheduler.now + REST_SECONDS_MAX
    for (let left = REST_STEPS_MAX; !isSo(); left--) {
      if (simulation.violations.length > 0) return
      if (left === 0 || simulation.scheduler.now > endAt)
        return simulation.violate(
          `invariant 7: no rest is reached: ${this.#poison.given ? 'beside a poisoned stack, ' : ''}${this.#restless()}`,
        )
      if (simulation.engines.length === 0) await simulation.startEngine()
      const open = simulation.scheduler.open()
      await this.#helpSometimes(open.length === 0 ? 1 : 0.05)
      if (open.length === 0 || (this.#chance.happens(0.01) && this.#isSoon())) await simulation.tick()
      else await simulation.pass(this.#chance.pick(open))
    }
  }

  /** In fair weather nobody stands still for minutes while there is something to be done. */
  #isSoon(): boolean {
    const { scheduler } = this.simulation
    const { now } = scheduler
    return (scheduler.nextAt() ?? now) <= now + HURRY_SECONDS_MAX
  }

  #restless(): string {
    const { stacks, resources } = this.simulation.rows
    const busy = resources.filter(({ state, phase }) => state !== 'idle' || phase !== null)
    return [
      ...stacks.filter(({ status }) => status === 'IN_PROGRESS').map(({ name, stage }) => `${name} ${stage}`),
      ...busy.map(
        (row) => `${row.name}#${row.id} ${row.action} ${row.status} ${row.state} ${row.phase} awaits ${row.awaiting}`,
      ),
    ].join('; ')
  }

  /** What is protected would rightly be in the way of what follows. */
  async #hinderNothing(): Promise<void> {
    const { simulation } = this
    for (const stack of simulation.rows.stacks) {
      const template = simulation.targets.templateOf(stack.id)
      if (stack.deleted_at !== null || !Object.values(template).some(({ isotherm }) => isotherm?.protect)) continue
      await simulation.command({
        kind: 'up',
        ...placeOf(stack, simulation.rows),
        template: unhindered(template),
        onFailure: 'stop',
      })
    }
    await this.#rest()
  }

  async #finalUps(): Promise<void> {
    for (const place of this.#commands.places) await this.simulation.command(this.#commands.last(place))
    await this.#rest()
    this.#mustBeComplete('an up in fair weather')
  }

  /** Groups that are complete are told to grow and to shrink. */
  async #scale(): Promise<void> {
    for (let times = SCALINGS; times > 0 && this.simulation.violations.length === 0; times--) {
      const command = this.#commands.scaling()
      if (!command) return
      await this.simulation.command(command)
      await this.#rest()
      this.#mustBeComplete('a signal in fair weather')
    }
  }

  /** Things are taken away and changed behind our back; a check finds them, and the same template once more mends them. */
  async #mendReality(): Promise<void> {
    const { simulation } = this
    const { far } = simulation
    const inSight = [...far.things.values()].filter(
      ({ type, token, foreign }) =>
        canBeRead(type) && !simulation.retained.has(token) && foreign !== 'free' && foreign !== 'referred',
    )
    for (const thing of inSight) if (this.#chance.happens(0.3)) far.tamper(thing)
    // A check and then an update, whatever came by in between, or an update that looks first, come to the same.
    const looksFirst = this.#chance.happens(0.5)
    if (!looksFirst) {
      await this.#visitAll('check')
      for (const kind of this.#commands.between) await this.#visitAll(kind)
    }
    for (const place of this.#commands.places)
      await simulation.command(this.#commands.sameAgain(place, { onFailure: 'stop', looksFirst }))
    await this.#rest()
    this.#mustBeComplete('an up that mends reality')
  }

  async #visitAll(kind: 'check' | 'suspend' | 'resume' | 'snapshot'): Promise<void> {
    for (const place of this.#commands.places) await this.simulation.command({ kind, ...place })
    await this.#rest()
  }

  /** The same template once more: no row of a resource is written. */
  async #changeNothing(): Promise<void> {
    const { simulation } = this
    const before = await this.#rowVersions()
    for (const place of this.#commands.places)
      await simulation.command(this.#commands.sameAgain(place, { onFailure: 'rollback' }))
    await this.#rest()
    this.#mustBeComplete('an up that changes nothing')
    if ((await this.#rowVersions()) !== before) simulation.violate('an up that changes nothing wrote a resource row')
  }

  async #rowVersions(): Promise<string> {
    const rows = await this.simulation.database.query(
      'select stack_id, id, xmin::text, ctid::text from isotherm.resources order by 1, 2',
    )
    return JSON.stringify(rows)
  }

  async #takeAllDown(): Promise<void> {
    const { simulation } = this
    const living = () =>
      simulation.rows.stacks.filter(({ deleted_at, parent_id }) => deleted_at === null && parent_id === null)
    // What is retained may be a nested stack, which is a stack of its own then.
    for (let rounds = NESTED_DEPTH_MAX; rounds > 0 && living().length > 0; rounds--) {
      for (const stack of living()) await simulation.command({ kind: 'delete', ...placeOf(stack, simulation.rows) })
      await this.#rest()
    }
    this.#mustBeComplete('a delete in fair weather')
    const { resources, data, definitions } = simulation.rows
    const rows = [...resources, ...data, ...definitions].length
    if (rows > 0) simulation.violate(`after deleting everything ${rows} rows are left`)
    for (const thing of simulation.far.things.values()) {
      const isTheirs = thing.foreign === 'free' || thing.foreign === 'referred'
      if (!isTheirs && !simulation.retained.has(thing.token))
        simulation.violate(`after deleting everything ${thing.name} (${thing.id}) is left`)
    }
  }

  #mustBeComplete(what: string): void {
    const { targets, rows } = this.simulation
    for (const { id, name, status, reason, deleted_at, parent_id } of rows.stacks) {
      const isMeant = parent_id !== null || targets.knows(id)
      if (status !== 'COMPLETE' && deleted_at === null && isMeant)
        this.simulation.violate(`invariant 7: after ${what} ${name} is ${status}: ${reason}`)
    }
  }
}
