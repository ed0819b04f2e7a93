// The types an Isotherm process knows, by name.
import { didYouMean } from '../lib/suggest.js'
import { typeOfFile } from './composite.js'
import { defineType, type ResourceType } from './contract.js'

export class TypeRegistry {
  readonly #types = new Map<string, ResourceType>()

  /** @param refused how the names of types begin that are left out on purpose; undefined where nobody has a say in it. */
  constructor(
    types: Iterable<ResourceType> = [],
    readonly refused?: readonly string[],
  ) {
    for (const type of types) this.#types.set(type.name, type)
  }

  /** Of a template's name, what every template is as a type; what this one is depends on its text. */
  get(name: string): ResourceType | undefined {
    return this.#types.get(name) ?? typeOfFile(name)
  }

  /** The same, with a stand-in for every type that is not known, or for those of these names: it takes any property and has any attribute. */
  withStandIns(isMeant: (name: string) => boolean = () => true): TypeRegistry {
    return new OpenRegistry(this.#types.values(), isMeant)
  }

  /** The same without the types whose names begin so: for whoever may not use them they do not exist. */
  without(refused: readonly string[]): TypeRegistry {
    const left = [...this.#types.values()].filter(
      ({ name }) => !refused.some((beginning) => name.startsWith(beginning)),
    )
    return new TypeRegistry(left, refused)
  }

  /** Names of the types of which each update of a stack makes something new. */
  renewed(): readonly string[] {
    return [...this.#types.values()].flatMap(({ name, renewedBy }) => (renewedBy === undefined ? [] : name))
  }

  /** Names of the types whose operations wait for signals, and of those that can be signalled. */
  signals(): { readonly awaiting: readonly string[]; readonly signalled: readonly string[] } {
    const types = [...this.#types.values()]
    const awaiting = types.flatMap(({ name, awaitsSignals }) => (awaitsSignals ? name : []))
    return { awaiting, signalled: types.flatMap(({ name, signal }) => (signal ? name : [])) }
  }

  names(): string[] {
    return [...this.#types.keys()].sort()
  }

  hint(name: string): string | undefined {
    return this.refused?.some((beginning) => name.startsWith(beginning))
      ? REFUSED
      : didYouMean(name, this.#types.keys())
  }
}

const REFUSED = 'types of this kind are off for this project: whoever runs the server may allow them'

class OpenRegistry extends TypeRegistry {
  constructor(
    types: Iterable<ResourceType>,
    readonly isMeant: (name: string) => boolean,
  ) {
    super(types)
  }

  override get(name: string): ResourceType | undefined {
    return super.get(name) ?? (name !== '' && this.isMeant(name) ? STAND_IN : undefined)
  }
}

const nobody = () => Promise.reject(new Error('a stand-in is a thing of nobody'))

const STAND_IN = defineType({
  name: 'Unknown',
  properties: {},
  anyProperties: true,
  anyAttributes: true,
  create: nobody,
  async delete() {},
  // What is asked of a resource that is read, or kept before its deletion, cannot be judged.
  read: nobody,
  snapshot: nobody,
})
