// Numbers for names, in the order in which they came: what a template of a million names needs of a map, in arrays that the
// garbage collector has nothing to look for in. Of a map of that size each question costs several reaches into memory; here
// one tells of nearly every name whether it is known. Pure.

/** Numbered from 0. */
export class Names {
  readonly #texts: string[] = []
  /** In pairs, each at a place that its hash gives or after it: the hash, and the number plus one; 0 where there is none. */
  #slots = new Int32Array(2 * SLOTS_MIN)
  /** Chosen anew for each table, so that nobody can choose names that meet in it. */
  readonly #seed = (Math.random() * 2 ** 32) | 0

  get size(): number {
    return this.#texts.length
  }

  textOf(number: number): string {
    return this.#texts[number] ?? ''
  }

  numberOf(name: string): number | undefined {
    const found = (this.#slots[this.#slotOf(name, this.#hash(name)) + 1] ?? 0) - 1
    return found < 0 ? undefined : found
  }

  /** @returns the number of this name, a new one if it had none. */
  add(name: string): number {
    const hash = this.#hash(name)
    const slot = this.#slotOf(name, hash)
    const known = this.#slots[slot + 1] ?? 0
    if (known > 0) return known - 1
    const number = this.#texts.push(name) - 1
    this.#slots[slot] = hash
    this.#slots[slot + 1] = number + 1
    if (this.size * 4 > this.#slots.length) this.#grow()
    return number
  }

  /** Where the name stands, or where it would. */
  #slotOf(name: string, hash: number): number {
    const slots = this.#slots
    const last = slots.length - 1
    let slot = (hash << 1) & last
    for (let entry = slots[slot + 1] ?? 0; entry > 0; entry = slots[slot + 1] ?? 0) {
      if (slots[slot] === hash && this.#texts[entry - 1] === name) return slot
      slot = (slot + 2) & last
    }
    return slot
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Int32Array(old.length * 2)
    const last = slots.length - 1
    for (let from = 0; from < old.length; from += 2) {
      const [hash = 0, entry = 0] = [old[from], old[from + 1]]
      if (entry === 0) continue
      let slot = (hash << 1) & last
      while ((slots[slot + 1] ?? 0) > 0) slot = (slot + 2) & last
      slots[slot] = hash
      slots[slot + 1] = entry
    }
    this.#slots = slots
  }

  /** One character at a time, each of which reaches every bit. */
  #hash(name: string): number {
    let hash = this.#seed
    for (let at = 0; at < name.length; at++) {
      hash = (hash + name.charCodeAt(at)) | 0
      hash = (hash + (hash << 10)) | 0
      hash ^= hash >>> 6
    }
    hash = (hash + (hash << 3)) | 0
    hash ^= hash >>> 11
    return (hash + (hash << 15)) | 0
  }
}

/** A power of two. */
const SLOTS_MIN = 64
