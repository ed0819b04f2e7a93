// The commander of a chaos run: gives random commands on several stacks through the library, and remembers what each stack
// is meant to be, as far as whoever gives commands can know.
import type { Chance } from '../../simulator/chance.js'
import { randomTemplate, type SimTemplate, type Taste, type Wanted } from '../../simulator/templates.js'
import { DatabaseUnavailable, InvalidInput, type Isotherm, NotFound, type Run } from '../../src/index.js'
import { isJsonObject, type Json } from '../../src/lib/json.js'

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

const KINDS = ['up', 'up', 'up', 'up', 'up', 'patch', 'patch', 'rollback', 'cancel', 'down'] as const

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
    const taste: Taste = { poison: this.chance.happens(0.2), offset: this.chance.int(8) }
    const template = this.#template(stack, taste)
    await this.#give(stack, kind === 'up' ? template : undefined, () => this.#command(kind, stack, template))
  }

  /** A template that can be brought about, and goes as far as it can. */
  async giveFinal(stack: string): Promise<Run | undefined> {
    const template = this.#template(stack, { poison: false, offset: this.chance.int(8) })
    const sound = Object.fromEntries(Object.entries(template).map(([name, wanted]) => [name, sweetened(wanted)]))
    const command = () => this.isotherm.up({ stack, template: hotOf(sound), onFailure: 'continue' })
    return this.#give(stack, sound, command)
  }

  #template(stack: string, taste: Taste): SimTemplate {
    const history = this.#history.get(stack) ?? []
    const template = withoutRetained(randomTemplate(this.chance, history, taste))
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

/** What is left behind on purpose cannot be told from what leaks, so nothing is retained here. */
const withoutRetained = (template: SimTemplate): SimTemplate =>
  Object.fromEntries(Object.entries(template).map(([name, { retain: _, ...wanted }]) => [name, wanted]))

function sweetened(wanted: Wanted): Wanted {
  const properties = Object.entries(wanted.properties).map(([key, value]) => [key, value === 'poison' ? 'v0' : value])
  return { ...wanted, properties: Object.fromEntries(properties) }
}

const refers = (properties: Wanted['properties']): boolean => Object.values(properties).some(isJsonObject)

/** The template as a user would write it. */
const hotOf = (template: SimTemplate) => ({
  resources: Object.fromEntries(Object.entries(template).map(([name, wanted]) => [name, hotResource(wanted)])),
})

function hotResource({ type, properties, after = [] }: Wanted): object {
  const values = Object.entries(properties).map(([key, value]) => [key, hotValue(value)])
  return { type, properties: Object.fromEntries(values), ...(after.length > 0 && { depends_on: after }) }
}

function hotValue(value: Json): Json {
  const call = isJsonObject(value) && Array.isArray(value.$) ? value.$ : undefined
  if (!call) return value
  const [verb, name, attribute] = call
  return verb === 'get_resource' ? { get_resource: name ?? null } : { get_attr: [name ?? null, attribute ?? null] }
}
