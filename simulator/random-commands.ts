// The commands of a world driven by chance: to which stack, of which project, and what they declare.
import type { JsonObject } from '../src/lib/json.js'
import type { OnFailure } from '../src/store/stacks.js'
import { HOOKS } from '../src/template/hooks.js'
import { Chance } from './chance.js'
import type { Command } from './commands.js'
import { type Extras, enriched, lastSaid } from './extras.js'
import { anySignal, scalingSignal, wantedSignal } from './random-signals.js'
import { heldAtHooks, type Place, placeText } from './rows.js'
import type { Simulation } from './simulation.js'
import type { Left } from './targets.js'
import { differenceOf, randomTemplate, type SimTemplate, type Taste, unhindered } from './templates.js'
import { canBeRead } from './types.js'

export class RandomCommands {
  readonly places: readonly Place[]
  /** What comes by between a check and the update that mends what it has found. */
  readonly between: readonly ('suspend' | 'resume' | 'snapshot')[]
  readonly #chance: Chance
  readonly #taste: Taste
  readonly #extras: Extras
  readonly #history = new Map<string, SimTemplate[]>()
  /** Some worlds have hooks; what is drawn for them is drawn apart, so that the others are the worlds they were before. */
  readonly #hookChance: Chance | undefined
  readonly #environments = new Map<string, JsonObject>()
  /** In some worlds stacks are kept in snapshots and go back to them, and are handed over. */
  readonly #handles: boolean

  /** @param stacks how many there are in each project */
  constructor(
    readonly simulation: Simulation,
    chance: Chance,
    { seed, stacks }: { readonly seed: number; readonly stacks: number },
  ) {
    this.#chance = chance
    const names = Array.from({ length: stacks }, (_, i) => `stack${i + 1}`)
    // The same names in each.
    const projects = seed % 7 === 3 ? [{}, { project: 'other' }] : [{}]
    this.places = projects.flatMap((project) => names.map((stack) => ({ stack, ...project })))
    this.#hookChance = seed % 10 === 4 || seed % 10 === 5 ? new Chance(seed) : undefined
    this.#taste = {
      poison: chance.happens(0.3),
      offset: chance.int(8),
      nests: chance.happens(0.3),
      policies: chance.happens(0.4),
      // By the number alone, so that the other worlds are what they were.
      limits: seed % 5 === 1,
      extras: new Chance(seed + 2),
    }
    this.#handles = chance.happens(0.5)
    this.#extras = {
      chance: new Chance(seed + 1),
      ignores: seed % 4 === 2,
      signals: seed % 3 === 0,
      ...(seed % 4 === 3 && { far: simulation.far }),
    }
    this.between = (['suspend', 'snapshot', 'resume'] as const).filter((_, place) => (seed >> place) % 2 === 1)
  }

  /** Whatever somebody may want at this moment. */
  next(): Command {
    const chance = this.#chance
    const place = chance.pick(this.places)
    const history = this.#historyOf(place)
    const draw = chance.next()
    if (history.length > 0 && draw < 0.15) return { kind: 'rollback', ...place }
    if (history.length > 0 && draw < 0.2)
      return { kind: 'delete', ...place, onFailure: chance.pick(['stop', 'continue']) }
    if (history.length > 0 && draw < 0.26) return { kind: 'cancel', ...place }
    if (history.length > 0 && draw < 0.35)
      return { kind: chance.pick(['suspend', 'suspend', 'resume', 'check'] as const), ...place }
    if (history.length > 0 && draw < 0.37) return { kind: 'mark', ...place, which: chance.int(8) }
    const handling = this.#handles && history.length > 0 ? this.#handling(place, (draw - 0.37) / 0.63) : undefined
    if (handling) return handling
    const template = enriched(randomTemplate(chance, history, this.#taste), history, this.#extras)
    this.#history.set(placeText(place), [...history, template])
    const onFailure = chance.pick<OnFailure>(['rollback', 'stop', 'continue'])
    const last = history.at(-1)
    if (last && chance.happens(0.3)) return { kind: 'patch', ...place, ...differenceOf(last, template), onFailure }
    const deadline = chance.happens(0.15) ? { timeoutSeconds: 5 + chance.int(60) } : {}
    const looks = history.length > 0 && chance.happens(0.12) ? { looksFirst: true } : {}
    const most = this.#taste.limits ? { resourcesMax: chance.happens(0.3) ? null : 2 + chance.int(12) } : {}
    return { kind: 'up', ...place, template, onFailure, ...deadline, ...most, ...looks, ...this.#environmentOf(place) }
  }

  #historyOf(place: Place): readonly SimTemplate[] {
    return this.#history.get(placeText(place)) ?? []
  }

  /** @param draw what is handed over, and how, from 0 to 1; most often nothing is. */
  #handling(place: Place, draw: number): Command | undefined {
    const chance = this.#chance
    const { targets } = this.simulation
    if (draw < 0.15) return { kind: 'snapshot', ...place }
    if (draw < 0.3)
      return {
        kind: 'restore',
        ...place,
        which: chance.int(4),
        onFailure: chance.pick(['rollback', 'stop', 'continue']),
      }
    if (draw < 0.36) return { kind: 'abandon', ...place }
    const [left] = targets.left
    if (!left || chance.happens(0.3)) return undefined
    return this.#adoption(left, place)
  }

  /** As it was, or otherwise; some of the things have been changed meanwhile, or are gone. */
  #adoption(left: Left, place: Place): Command {
    const chance = this.#chance
    this.simulation.targets.take(left)
    for (const thing of this.simulation.far.things.values()) {
      const isLeft = this.simulation.retained.has(thing.token) && canBeRead(thing.type) && !thing.foreign
      if (isLeft && chance.happens(0.1)) this.simulation.far.tamper(thing)
    }
    const template = chance.happens(0.6) ? left.template : randomTemplate(chance, [left.template], this.#taste)
    this.#history.set(placeText(place), [...this.#historyOf(place), template])
    return { kind: 'adopt', ...place, template, document: left.document }
  }

  /** Perhaps another than the last time. */
  #environmentOf(place: Place): { environment?: JsonObject } {
    const chance = this.#hookChance
    if (!chance) return {}
    if (chance.happens(0.5)) this.#environments.set(placeText(place), randomHooks(chance))
    return { environment: this.#environments.get(placeText(place)) ?? {} }
  }

  /** Perhaps something that waits at its hook goes on. */
  clearing(rate: number): Command | undefined {
    const held = this.#hookChance ? heldAtHooks(this.simulation.rows) : []
    if (!this.#hookChance || held.length === 0 || !this.#hookChance.happens(rate)) return undefined
    return { kind: 'clear', ...this.#hookChance.pick(held) }
  }

  /** Perhaps something is signalled: whatever there is, and what is not there, well or badly, once more or for the first time. */
  signalling(rate: number): Command | undefined {
    const { chance, signals } = this.#extras
    return signals && chance.happens(rate) ? anySignal(chance, this.simulation.rows) : undefined
  }

  /** Perhaps somebody does what a stack waits for. */
  helping(rate: number): Command | undefined {
    const { chance, signals } = this.#extras
    return signals && chance.happens(rate) ? wantedSignal(chance, this.simulation.rows) : undefined
  }

  /** What a group that is at rest is told; undefined in worlds without. */
  scaling(): Command | undefined {
    const { chance, signals } = this.#extras
    return signals ? scalingSignal(chance, this.simulation.rows) : undefined
  }

  /** What can be brought about, whatever went before; said again by `sameAgain`. */
  last(place: Place): Command {
    const drawn = randomTemplate(this.#chance, this.#historyOf(place), { ...this.#taste, poison: false })
    const template = lastSaid(unhindered(enriched(drawn, [], this.#extras)), this.simulation)
    this.#history.set(placeText(place), [template])
    return { kind: 'up', ...place, template, onFailure: 'stop', resourcesMax: null, ...this.#environmentOf(place) }
  }

  sameAgain(place: Place, options: { readonly onFailure: OnFailure; readonly looksFirst?: boolean }): Command {
    const template = this.#historyOf(place)[0] ?? {}
    return { kind: 'up', ...place, template, ...options, ...this.#environmentOf(place) }
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
