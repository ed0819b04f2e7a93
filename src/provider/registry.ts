// The types an Isotherm process knows, by name.
import { didYouMean } from '../lib/suggest.js'
import { typeOfFile } from './composite.js'
import { defineType, type ResourceType } from './contract.js'

export class TypeRegistry {
  readonly #types = new Map<string, ResourceType>()

  constructor(types: Iterable<ResourceType> = []) {
    for (const type of types) this.#types.set(type.name, type)
  }

  /** Of a template's name, what every template is as a type; what this one is depends on its text. */
  get(name: string): ResourceType | undefined {
    return this.#types.get(name) ?? typeOfFile(name)
  }

  /** The same, with a stand-in for every type that is not known: it takes any property and has any attribute. */
  withStandIns(): TypeRegistry {
    return new OpenRegistry(this.#types.values())
  }

  names(): string[] {
    return [...this.#types.keys()].sort()
  }

  hint(name: string): string | undefined {
    return didYouMean(name, this.#types.keys())
  }
}

class OpenRegistry extends TypeRegistry {
  override get(name: string): ResourceType | undefined {
    return super.get(name) ?? (name === '' ? undefined : STAND_IN)
  }
}

const STAND_IN = defineType({
  name: 'Unknown',
  properties: {},
  anyProperties: true,
  anyAttributes: true,
  create: () => Promise.reject(new Error('a stand-in is made by nobody')),
  async delete() {},
})
