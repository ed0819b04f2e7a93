// The query of a request, read strictly: a value of the wrong kind is refused with its name.
import { badRequest } from './errors.js'

export class Query {
  readonly #values: URLSearchParams

  constructor(url: string) {
    const at = url.indexOf('?')
    this.#values = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
  }

  names(): string[] {
    return [...new Set(this.#values.keys())]
  }

  /** The last one counts, as it does in Heat. */
  text(name: string): string | undefined {
    return this.#values.getAll(name).at(-1)
  }

  /** Every value of a name that may be repeated; each may be a list with commas in it when `commas`. */
  list(name: string, { commas = false } = {}): string[] {
    const all = this.#values.getAll(name)
    return commas ? all.flatMap((text) => text.split(',')).filter((word) => word !== '') : all
  }

  /** As Heat reads it: a word of these two, in any case; nothing is false. */
  flag(name: string): boolean {
    const text = this.text(name)
    if (text === undefined || text === '') return false
    if (/^true$/i.test(text)) return true
    if (/^false$/i.test(text)) return false
    throw badRequest(`Unrecognized value "${text}" for "${name}", acceptable values are: true, false.`)
  }

  /** A whole number that is not negative; nothing is none. */
  whole(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined || text === '') return undefined
    if (/^-[1-9]\d*$/.test(text)) {
      throw badRequest(`Value '${text}' is invalid for '${name}' which only accepts non-negative integer.`)
    }
    if (!/^(?:0|[1-9]\d*)$/.test(text)) throw badRequest(`Only integer is acceptable by '${name}'.`)
    // More than there can be is all.
    return Math.min(Number(text), WHOLE_MAX)
  }
}

const WHOLE_MAX = 1_000_000_000

/** Something asked with a word of these. */
export function oneOf<T extends string>(name: string, word: string, words: readonly T[]): T {
  const found = words.find((known) => known === word)
  if (found === undefined) throw badRequest(`${name} must be one of ${words.join(', ')}, got "${word}"`)
  return found
}
