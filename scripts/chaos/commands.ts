// The commander of a chaos run: gives random commands on several stacks through the library, and remembers what each stack
// is meant to be, as far as whoever gives commands can know.
import type { Chance } from '../../simulator/chance.js'
import { GROUP } from '../../simulator/nests.js'
import { randomTemplate, type SimTemplate, type Taste, type Wanted } from '../../simulator/templates.js'
import { DatabaseUnavailable, InvalidInput, type Isotherm, NotFound, type Run } from '../../src/index.js'
import { isJsonObject, type Json } from '../../src/lib/json.js'
import { referencesOf } from '../../src/template/references.js'

/** What the last answered command asked for; `template` is undefined where only the database can know. */
export interface Meaning {
  readonly traversal: number
  readonly template: SimTemplate | undefined
}

export interface CommandCounts {
  accepted: number
  /** The library said no, for a reason that a user can understand. */
  declined: number
  /** The database was away. */
  unanswered: number
}

const KINDS = [
  ...(['up', 'up', 'up', 'up', 'up', 'up', 'up', 'patch', 'patch', 'rollback', 'cancel', 'down'] as const),
  ...(['suspend', 'resume', 'check', 'snapshot'] as const),
] as const

export class Commander {
  readonly counts: CommandCounts = { accepted: 0, declined: 0, unanswered: 0 }
  /** Errors that no user should ever see. */
  readonly surprises: string[] = []
  readonly meanings = new Map<string, Meaning>()
  readonly #history = new Map<string, SimTemplate[]>()

  constructor(
    readonly isotherm: Isotherm,
    readonly stacks: readonly string[],
    readonly chance: Chance,
  ) {}

  async giveAny(): Promise<void> {
    const stack = this.chance.pick(this.stacks)
    const kind = this.chance.pick(KINDS)
    const taste: Taste = { poison: this.chance.happens(0.2), offset: this.chance.int(8), nests: true }
    const template = this.#template(stack, taste)
    await this.#give(stack, kind === 'up' ? template : undefined, () => this.#command(kind, stack, template))
  }

  /** A template that can be brought about, and goes as far as it can. */
  async giveFinal(stack: string): Promise<Run | undefined> {
    const template = this.#template(stack, { poison: false, offset: this.chance.int(8), nests: true })
    const sound = Object.fromEntries(Object.entries(template).map(([name, wanted]) => [name, sweetened(wanted)]))
    const command = () => this.isotherm.up({ stack, template: hotOf(sound), onFailure: 'continue' })
    return this.#give(stack, sound, command)
  }

  #template(stack: string, taste: Taste): SimTemplate {
    const history = this.#history.get(stack) ?? []
    const template = judgeable(randomTemplate(this.chance, history, taste))
    this.#history.set(stack, [...history.slice(-5), template])
    return template
  }

  #command(kind: (typeof KINDS)[number], stack: string, template: SimTemplate): Promise<Run> {
    const onFailure = this.chance.pick(['rollback', 'stop', 'continue'] as const)
    switch (kind) {
      case 'up': {
        const limit = this.chance.happens(0.1) ? { timeoutSeconds: 1 + this.chance.int(5) } : {}
        return this.isotherm.up({ stack, template: hotOf(template), onFailure, ...limit })
      }
      case 'patch': {
        const [name, wanted] = Object.entries(template).find(([, { properties }]) => !refers(properties)) ?? []
        if (name === undefined || !wanted) return this.isotherm.rollback(stack)
        return this.isotherm.patch(stack, { resources: { [name]: hotResource(wanted) }, onFailure })
      }
      case 'rollback':
        return this.isotherm.rollback(stack)
      case 'cancel':
        return this.isotherm.cancel(stack, { rollback: this.chance.happens(0.5) })
      case 'down':
        return this.isotherm.down(stack)
      case 'suspend':
      case 'resume':
      case 'check':
        return this.isotherm[kind](stack)
      case 'snapshot':
        return this.isotherm.snapshot(stack).then(({ run }) => run)
    }
  }

  async #give(stack: string, template: SimTemplate | undefined, command: () => Promise<Run>): Promise<Run | undefined> {
    try {
      const run = await command()
      this.counts.accepted++
      this.meanings.set(stack, { traversal: run.traversal, template })
      return run
    } catch (error) {
      if (error instanceof InvalidInput || error instanceof NotFound) this.counts.declined++
      else if (error instanceof DatabaseUnavailable) this.counts.unanswered++
      else this.surprises.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
      return undefined
    }
  }
}

/**
 * What is left behind on purpose cannot be told from what leaks, so nothing is retained here; and of a group's members' attributes the
 * oracle knows nothing, so nobody reads them.
 */
const judgeable = (template: SimTemplate): SimTemplate =>
  Object.fromEntries(
    Object.entries(template).map(([name, { retain: _, properties, ...wanted }]) => {
      const known = Object.entries(properties).filter(([, value]) => !readsGroup(value, template))
      return [name, { ...wanted, properties: Object.fromEntries(known) }]
    }),
  )

const readsGroup = (value: Json, template: SimTemplate): boolean =>
  referencesOf(value).some(({ resource, attribute }) => attribute !== undefined && template[resource]?.type === GROUP)

function sweetened(wanted: Wanted): Wanted {
  const properties = Object.entries(wanted.properties).map(([key, value]) => [key, value === 'poison' ? 'v0' : value])
  return { ...wanted, properties: Object.fromEntries(properties) }
}

const refers = (properties: Wanted['properties']): boolean => referencesOf(properties).length > 0

/** The template as a user would write it. */
const hotOf = (template: SimTemplate) => ({
  resources: Object.fromEntries(Object.entries(template).map(([name, wanted]) => [name, hotResource(wanted)])),
})

const hotResource = ({ type, properties, after = [] }: Wanted): object => ({
  type,
  properties: hotValue(properties),
  ...(after.length > 0 && { depends_on: after }),
})

function hotValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(hotValue)
  if (!isJsonObject(value)) return value
  if (!Array.isArray(value.$))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hotValue(one)]))
  const [verb, name, attribute] = value.$
  return verb === 'get_resource' ? { get_resource: name ?? null } : { get_attr: [name ?? null, attribute ?? null] }
}
