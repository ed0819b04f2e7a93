// A template that comes as a stream: each definition is resolved, checked and written down as it comes, and let go of. What
// is kept of a million of them is what planning needs, and the bytes that the database will be sent.
import {
  type Declared,
  declare,
  examine,
  excess,
  type HashSecret,
  isStream,
  type Reference,
  requireKey,
  STREAM_PROBLEMS_MAX,
  type Surroundings,
  toStored,
} from '../engine/declare/declare.js'
import { environmentOf } from '../engine/declare/environment.js'
import type { DeclareOptions, Standpoint } from '../engine/declare/options.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { ResourceType } from '../provider/contract.js'
import { checkAttribute } from '../provider/properties.js'
import type { TypeRegistry } from '../provider/registry.js'
import { Declaration, DeclarationBuilder } from '../store/declaration.js'
import { HOW_TO_GIVE_A_KEY } from '../store/keyring.js'
import { type Definition, resolveDefinition, type Template } from '../template/index.js'

/** Definitions that are looked at together. */
const PAGE = 500

/** What a command needs of a declaration: of a stream no more than that is ever held. */
export interface CommandInput {
  readonly definitions: Declaration
  readonly record: Declared['record']
  readonly template: Pick<Template, 'parameters' | 'placeOf'>
  readonly warnings?: Declared['warnings']
}

/** Throws InvalidInput, also where there are secrets to be stored and no key. */
export async function declareFor(
  options: DeclareOptions,
  types: TypeRegistry,
  pseudo: Standpoint,
  hashSecret: HashSecret,
): Promise<CommandInput> {
  if (!isStream(options.template)) {
    const declared = await declare(options, types, pseudo, hashSecret)
    requireKey(declared, hashSecret)
    return { ...declared, definitions: Declaration.of(declared.definitions.values()) }
  }
  const environment = environmentOf(options.environment)
  const around = { options, environment, files: options.files ?? {}, types, pseudo, hashSecret }
  const definitions = await declareStream(options.template.resources, new Pages(around), pseudo)
  const record = { description: '', document: null, parameters: {}, files: options.files ?? {}, outputs: {} }
  const secret = definitions.secrets.size > 0 && { secret: [] }
  return {
    definitions,
    record: { ...record, environment: options.environment ?? {}, ...secret },
    template: { parameters: {}, placeOf: () => undefined },
  }
}

/** Throws InvalidInput with the first problems. */
async function declareStream(
  resources: AsyncIterable<readonly [string, object]>,
  pages: Pages,
  pseudo: Standpoint,
): Promise<Declaration> {
  // One object for all: what is derived from it is worked out once.
  const options = { pseudo }
  for await (const item of resources) {
    const [name, raw] = checked(item)
    const { definition, problems } = resolveDefinition(name, raw, options)
    if (pages.take(name, definition, problems) >= STREAM_PROBLEMS_MAX) break
  }
  return pages.finish()
}

/** Whoever writes streams without types may send anything. Throws InvalidInput. */
function checked(item: readonly [string, object]): readonly [string, object] {
  if (Array.isArray(item) && typeof item[0] === 'string') return item
  const hint = "yield ['web', { type: …, properties: … }]"
  throw new InvalidInput([{ path: 'resources', message: 'a stream gives pairs of a name and a definition', hint }])
}

class Pages {
  readonly #around: Surroundings
  readonly #builder = new DeclarationBuilder()
  readonly #problems: Problem[] = []
  /** By resource that has not come yet: who refers to its attributes. */
  readonly #ahead = new Map<string, Reference[]>()
  #page = new Map<string, Definition>()
  #size = 0

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** @returns how many problems there are */
  take(name: string, definition: Definition | undefined, problems: readonly Problem[]): number {
    this.#problems.push(...problems)
    if (this.#page.has(name)) this.#problems.push(twice(name))
    else if (definition) this.#page.set(name, definition)
    if (this.#page.size === PAGE) this.#turn()
    return this.#problems.length
  }

  finish(): Declaration {
    this.#turn()
    for (const { name, required } of this.#builder.missing()) {
      if (this.#problems.length >= STREAM_PROBLEMS_MAX) break
      this.#problems.push({ path: `resources.${name}`, message: `there is no resource ${required}` })
    }
    this.#problems.push(...excess(this.#size, this.#around))
    const declaration = this.#builder.finish()
    const cycle = this.#problems.length === 0 ? declaration.graph.cycle() : undefined
    if (cycle) this.#problems.push(cycleProblem(cycle))
    if (this.#problems.length > 0) throw new InvalidInput(this.#problems)
    return declaration
  }

  /** What the page says is checked and written down. */
  #turn(): void {
    const written: Template = {
      description: '',
      parameters: {},
      resources: this.#page,
      outputs: {},
      placeOf: () => undefined,
    }
    const typeOf = (name: string) => this.#page.get(name)?.type ?? this.#builder.typeOf(name)
    const ahead = (reference: Reference) => {
      const others = this.#ahead.get(reference.resource)
      if (others) others.push(reference)
      else this.#ahead.set(reference.resource, [reference])
    }
    const { template, types, problems, size } = examine(written, this.#around, { typeOf, ahead })
    this.#size += size
    this.#problems.push(...problems)
    const { hashSecret } = this.#around
    for (const [name, definition] of template.resources) {
      const stored = toStored(name, definition, types, hashSecret)
      if (stored.body.secret && !hashSecret) this.#problems.push(withoutKey(name))
      if (!this.#builder.add(stored)) this.#problems.push(twice(name))
      this.#lookBack(name, types.get(definition.type))
    }
    this.#page = new Map()
  }

  #lookBack(name: string, type: ResourceType | undefined): void {
    for (const { attribute, path } of this.#ahead.get(name) ?? []) {
      const problem = type && checkAttribute(type, attribute)
      if (problem) this.#problems.push({ path, ...problem })
    }
    this.#ahead.delete(name)
  }
}

const twice = (name: string): Problem => ({ path: `resources.${name}`, message: `${name} is defined twice` })

const withoutKey = (name: string): Problem => ({
  path: `resources.${name}`,
  message: 'it holds secrets, which are never stored in clear, and this database has no key',
  hint: HOW_TO_GIVE_A_KEY,
})

const SHOWN_MAX = 12

function cycleProblem(cycle: readonly string[]): Problem {
  const shown = cycle.length > SHOWN_MAX ? [...cycle.slice(0, SHOWN_MAX), '…'] : cycle
  const path = `resources.${cycle[0]}`
  return { path, message: `dependency cycle: ${[...shown, cycle[0]].join(' -> ')}` }
}
