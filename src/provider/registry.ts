// The types an Isotherm process knows, by name.
import { didYouMean } from '../lib/suggest.js'
import type { ResourceType } from './contract.js'

export class TypeRegistry {
  readonly #types = new Map<string, ResourceType>()

  constructor(types: Iterable<ResourceType> = []) {
    for (const type of types) this.#types.set(type.name, type)
  }

  get(name: string): ResourceType | undefined {
    return this.#types.get(name)
  }

  names(): string[] {
    return [...this.#types.keys()].sort()
  }

  hint(name: string): string | undefined {
    return didYouMean(name, this.#types.keys())
  }
}
