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

  flag(name: string): boolean {
    const text = this.text(name)
    if (text === undefined) return false
    if (/^(true|1|yes|on|t|y)$/i.test(text)) return true
    if (/^(false|0|no|off|f|n|)$/i.test(text)) return false
    throw badRequest(`Unrecognized value "${text}" for "${name}", acceptable values are: true, false`)
  }

  /** A whole number that is not negative. */
  whole(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined || text === '') return undefined
    if (!/^\d{1,9}$/.test(text))
      throw badRequest(`Only a whole number of at least 0 is allowed for ${name}, got "${text}"`)
    return Number(text)
  }
}

/** Something asked with a word of these. */
export function oneOf<T extends string>(name: string, word: string, words: readonly T[]): T {
  const found = words.find((known) => known === word)
  if (found === undefined) throw badRequest(`${name} must be one of ${words.join(', ')}, got "${word}"`)
  return found
}
