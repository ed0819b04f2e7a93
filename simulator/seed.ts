// A world driven by chance: commands at any moment, faults of every kind, then fair weather, rest, the oracle, a change of
// nothing, and the end of every stack.
import type { JsonObject } from '../src/lib/json.js'
import type { Database } from '../src/store/database.js'
import type { OnFailure } from '../src/store/stacks.js'
import { HOOKS } from '../src/template/hooks.js'
import { Chance } from './chance.js'
import type { Command } from './commands.js'
import { type FarSideRules, fairWeather, type Weather } from './far-side.js'
import type { Rewrite } from './gated-database.js'
import { heldAtHooks } from './rows.js'
import type { Gate, Passage } from './scheduler.js'
import { Simulation } from './simulation.js'
import type { Left } from './targets.js'
import { differenceOf, randomTemplate, type SimTemplate, type Taste, unhindered } from './templates.js'
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

const REST_STEPS_MAX = 20_000
/** Longer than every deadline of the world, one after the other. */
const REST_SECONDS_MAX = 900

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

/** What can go wrong in this world, drawn once: a world in which everything goes wrong all the time finds less. */
interface Climate {
  readonly weather: Weather
  readonly killRate: number
  readonly freezeRate: number
  readonly stopRate: number
  readonly brokenRate: number
  readonly commandRate: number
  readonly hurryRate: number
}

function climateOf(chance: Chance, steps: number): Climate {
  const sometimes = (value: number) => (chance.happens(0.5) ? value : 0)
  return {
    weather: {
      failRate: chance.pick([0, 0.05, 0.25]),
      slowRate: chance.pick([0, 0.1, 0.4]),
      silentRate: sometimes(0.03),
      pendingRate: chance.pick([0, 0.5, 1]),
    },
    killRate: sometimes(0.01),
    freezeRate: sometimes(0.01),
    stopRate: chance.happens(0.2) ? 0.005 : 0,
    brokenRate: sometimes(0.01),
    commandRate: chance.pick([4, 8, 15]) / steps,
    hurryRate: chance.pick([0.01, 0.1]),
  }
}

class RandomWorld {
  readonly #chance: Chance
  readonly #climate: Climate
  readonly #stackNames: string[]
  readonly #enginesMax: number
  readonly #steps: number
  readonly #taste: Taste
  readonly #history = new Map<string, SimTemplate[]>()
  /** Some worlds have hooks; what is drawn for them is drawn apart, so that the others are the worlds they were before. */
  readonly #hookChance: Chance | undefined
  readonly #environments = new Map<string, JsonObject>()
  /** In some worlds stacks are kept in snapshots and go back to them, and are handed over. */
  readonly #handles: boolean
  /** What comes by between a check and the update that mends what it has found. */
  readonly #between: readonly ('suspend' | 'resume' | 'snapshot')[]

  constructor(
    readonly simulation: Simulation,
    chance: Chance,
    options: SeedOptions,
  ) {
    this.#chance = chance
    this.#enginesMax = options.engines ?? 1 + chance.int(3)
    this.#stackNames = Array.from({ length: options.stacks ?? 1 + chance.int(2) }, (_, i) => `stack${i + 1}`)
    this.#steps = options.steps ?? 100 + chance.int(300)
    this.#climate = climateOf(chance, this.#steps)
    this.#hookChance = options.seed % 10 === 4 || options.seed % 10 === 5 ? new Chance(options.seed) : undefined
    this.#taste = {
      poison: chance.happens(0.3),
      offset: chance.int(8),
      nests: chance.happens(0.3),
      policies: chance.happens(0.4),
      // By the number alone, so that the other worlds are what they were.
      limits: options.seed % 5 === 1,
    }
    this.#handles = chance.happens(0.5)
    this.#between = (['suspend', 'snapshot', 'resume'] as const).filter((_, place) => (options.seed >> place) % 2 === 1)
  }

  async run(): Promise<void> {
    const { simulation } = this
    simulation.far.weather = { ...this.#climate.weather }
    for (let i = 0; i < this.#enginesMax; i++) await simulation.startEngine()
    await simulation.command(this.#command())
    const end = this.#steps
    while (simulation.steps < end && simulation.violations.length === 0) await this.#step()
    await this.#comeToRest()
    if (simulation.violations.length > 0) return
    await this.#hinderNothing()
    if (simulation.violations.length > 0) return
    await this.#finalUps()
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
    if (chance.happens(climate.commandRate)) await simulation.command(this.#command())
    const engine = simulation.engines.length > 0 ? chance.pick(simulation.engines) : undefined
    if (engine && chance.happens(climate.killRate)) await simulation.kill(engine)
    else if (engine?.actor.state === 'alive' && chance.happens(climate.freezeRate)) await simulation.freeze(engine)
    else if (engine?.actor.state === 'alive' && chance.happens(climate.stopRate))
      await simulation.stop(engine, chance.pick([0, 10]))
    else if (engine?.actor.state === 'frozen' && chance.happens(0.05)) await simulation.thaw(engine)
    if (simulation.engines.length < this.#enginesMax && chance.happens(0.03)) await simulation.startEngine()
    await this.#clearSometimes(0.03)
    await this.#move()
  }

  /** Somebody lets something that waits at its hook go on. */
  async #clearSometimes(rate: number): Promise<void> {
    const chance = this.#hookChance
    const held = chance ? heldAtHooks(this.simulation.rows) : []
    if (!chance || held.length === 0 || this.simulation.commanding || !chance.happens(rate)) return
    await this.simulation.command({ kind: 'clear', ...chance.pick(held) })
  }

  /** Perhaps another than the last time. */
  #environmentOf(stack: string): { environment?: JsonObject } {
    const chance = this.#hookChance
    if (!chance) return {}
    if (chance.happens(0.5)) this.#environments.set(stack, randomHooks(chance))
    return { environment: this.#environments.get(stack) ?? {} }
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

  #command(): Command {
    const chance = this.#chance
    const stack = chance.pick(this.#stackNames)
    const history = this.#history.get(stack) ?? []
    const draw = chance.next()
    if (history.length > 0 && draw < 0.15) return { kind: 'rollback', stack }
    if (history.length > 0 && draw < 0.2) return { kind: 'delete', stack, onFailure: chance.pick(['stop', 'continue']) }
    if (history.length > 0 && draw < 0.26) return { kind: 'cancel', stack }
    if (history.length > 0 && draw < 0.35)
      return { kind: chance.pick(['suspend', 'suspend', 'resume', 'check'] as const), stack }
    if (history.length > 0 && draw < 0.37) return { kind: 'mark', stack, which: chance.int(8) }
    const handling = this.#handles && history.length > 0 ? this.#handling(stack, (draw - 0.37) / 0.63) : undefined
    if (handling) return handling
    const template = randomTemplate(chance, history, this.#taste)
    this.#history.set(stack, [...history, template])
    const onFailure = chance.pick<OnFailure>(['rollback', 'stop', 'continue'])
    const last = history.at(-1)
    if (last && chance.happens(0.3)) return { kind: 'patch', stack, ...differenceOf(last, template), onFailure }
    const deadline = chance.happens(0.15) ? { timeoutSeconds: 5 + chance.int(60) } : {}
    const looks = history.length > 0 && chance.happens(0.12) ? { looksFirst: true } : {}
    const most = this.#taste.limits ? { resourcesMax: chance.happens(0.3) ? null : 2 + chance.int(12) } : {}
    return { kind: 'up', stack, template, onFailure, ...deadline, ...most, ...looks, ...this.#environmentOf(stack) }
  }

  /** @param draw what is handed over, and how, from 0 to 1; most often nothing is. */
  #handling(stack: string, draw: number): Command | undefined {
    const chance = this.#chance
    const { targets } = this.simulation
    if (draw < 0.15) return { kind: 'snapshot', stack }
    if (draw < 0.3)
      return { kind: 'restore', stack, which: chance.int(4), onFailure: chance.pick(['rollback', 'stop', 'continue']) }
    if (draw < 0.36) return { kind: 'abandon', stack }
    const [left] = targets.left
    if (!left || chance.happens(0.3)) return undefined
    return this.#adoption(left, stack)
  }

  /** As it was, or otherwise; some of the things have been changed meanwhile, or are gone. */
  #adoption(left: Left, stack: string): Command {
    const chance = this.#chance
    this.simulation.targets.take(left)
    for (const thing of this.simulation.far.things.values()) {
      const isLeft = this.simulation.retained.has(thing.token) && canBeRead(thing.type)
      if (isLeft && chance.happens(0.1)) this.simulation.far.tamper(thing)
    }
    const template = chance.happens(0.6) ? left.template : randomTemplate(chance, [left.template], this.#taste)
    this.#history.set(stack, [...(this.#history.get(stack) ?? []), template])
    return { kind: 'adopt', stack, template, document: left.document }
  }

  // ── rest ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Everything lost is given up, everything frozen thaws, and nothing goes wrong any more. */
  async #comeToRest(): Promise<void> {
    const { simulation } = this
    simulation.say('── fair weather')
    simulation.far.weather = { ...fairWeather, pendingRate: this.#climate.weather.pendingRate }
    for (const engine of simulation.engines) if (engine.actor.state === 'frozen') await simulation.thaw(engine)
    if (simulation.engines.length === 0) await simulation.startEngine()
    await this.#rest()
  }

  async #rest(): Promise<void> {
    const { simulation } = this
    const endAt = simulation.scheduler.now + REST_SECONDS_MAX
    for (let left = REST_STEPS_MAX; !simulation.atRest; left--) {
      if (simulation.violations.length > 0) return
      if (left === 0 || simulation.scheduler.now > endAt)
        return simulation.violate(`invariant 7: no rest is reached: ${this.#restless()}`)
      if (simulation.engines.length === 0) await simulation.startEngine()
      const open = simulation.scheduler.open()
      await this.#clearSometimes(open.length === 0 ? 1 : 0.05)
      if (open.length === 0 || this.#chance.happens(0.01)) await simulation.tick()
      else await simulation.pass(this.#chance.pick(open))
    }
    simulation.checkOracle()
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
      await simulation.command({ kind: 'up', stack: stack.name, template: unhindered(template), onFailure: 'stop' })
    }
    await this.#rest()
  }

  async #finalUps(): Promise<void> {
    const { simulation } = this
    for (const stack of this.#stackNames) {
      const template = unhindered(
        randomTemplate(this.#chance, this.#history.get(stack) ?? [], { ...this.#taste, poison: false }),
      )
      this.#history.set(stack, [template])
      const said = { onFailure: 'stop' as const, resourcesMax: null, ...this.#environmentOf(stack) }
      await simulation.command({ kind: 'up', stack, template, ...said })
    }
    await this.#rest()
    this.#mustBeComplete('an up in fair weather')
  }

  /** Things are taken away and changed behind our back; a check finds them, and the same template once more mends them. */
  async #mendReality(): Promise<void> {
    const { simulation } = this
    const { far } = simulation
    const inSight = [...far.things.values()].filter(
      ({ type, token }) => canBeRead(type) && !simulation.retained.has(token),
    )
    for (const thing of inSight) if (this.#chance.happens(0.3)) far.tamper(thing)
    // A check and then an update, whatever came by in between, or an update that looks first, come to the same.
    const looksFirst = this.#chance.happens(0.5)
    if (!looksFirst) {
      await this.#visitAll('check')
      for (const kind of this.#between) await this.#visitAll(kind)
    }
    for (const stack of this.#stackNames) {
      const template = this.#history.get(stack)?.[0] ?? {}
      const said = { onFailure: 'stop' as const, looksFirst, ...this.#environmentOf(stack) }
      await simulation.command({ kind: 'up', stack, template, ...said })
    }
    await this.#rest()
    this.#mustBeComplete('an up that mends reality')
  }

  async #visitAll(kind: 'check' | 'suspend' | 'resume' | 'snapshot'): Promise<void> {
    for (const stack of this.#stackNames) await this.simulation.command({ kind, stack })
    await this.#rest()
  }

  /** The same template once more: no row of a resource is written. */
  async #changeNothing(): Promise<void> {
    const { simulation } = this
    const before = await this.#rowVersions()
    for (const stack of this.#stackNames) {
      const template = this.#history.get(stack)?.[0] ?? {}
      await simulation.command({ kind: 'up', stack, template, onFailure: 'rollback', ...this.#environmentOf(stack) })
    }
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
      for (const { name } of living()) await simulation.command({ kind: 'delete', stack: name })
      await this.#rest()
    }
    this.#mustBeComplete('a delete in fair weather')
    const { resources, data, definitions } = simulation.rows
    const rows = [...resources, ...data, ...definitions].length
    if (rows > 0) simulation.violate(`after deleting everything ${rows} rows are left`)
    for (const thing of simulation.far.things.values()) {
      if (!simulation.retained.has(thing.token))
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

/** Hooks of some resources, or of all of them, and of those inside nested stacks. */
function randomHooks(chance: Chance): JsonObject {
  if (chance.happens(0.3)) return {}
  const hooks = HOOKS.filter(() => chance.happens(0.3))
  const pattern = chance.pick(['*', 'A', 'B', '[CDE]'])
  const inside = chance.happens(0.3) ? { '*': { hooks: [...hooks] } } : {}
  return { resource_registry: { resources: { [pattern]: { hooks: [...hooks], ...inside } } } }
}
