// What a template wants, as planning sees it: names, hashes and requirements in flat arrays, so that a million resources
// take tens of megabytes and no garbage. Pure.
import { createHash } from 'node:crypto'
import { shortestCycle } from '../lib/cycle.js'
import { Names } from './names.js'

/** What planning needs to know of a wanted definition. */
export interface WantedNode {
  readonly hash: string
  /** Names. */
  readonly requires: readonly string[]
}

/** Lists of node numbers, one after another: those of node `i` lie in `targets` from `starts[i]` up to `starts[i + 1]`. */
interface Edges {
  readonly starts: Int32Array
  readonly targets: Int32Array
}

export class WantedGraph {
  readonly #names: readonly string[]
  readonly #numberOf: (name: string) => number | undefined
  readonly #hashes: Uint8Array
  readonly #requires: Edges
  #dependants: Edges | undefined
  #digest: string | undefined

  constructor(
    names: readonly string[],
    numberOf: (name: string) => number | undefined,
    hashes: Uint8Array,
    requires: Edges,
  ) {
    this.#names = names
    this.#numberOf = numberOf
    this.#hashes = hashes
    this.#requires = requires
  }

  /** Requirements that are not among the nodes are left out. */
  static of(nodes: Iterable<readonly [string, WantedNode]>): WantedGraph {
    const builder = new WantedGraphBuilder()
    for (const [name, { hash, requires }] of nodes) builder.add(name, hash, requires)
    return builder.finish()
  }

  get size(): number {
    return this.#names.length
  }

  /** Nodes are numbered from 0 as they were added. */
  numberOf(name: string): number | undefined {
    return this.#numberOf(name)
  }

  names(): Iterable<string> {
    return this.#names
  }

  nameOf(node: number): string {
    return this.#names[node] ?? ''
  }

  hashOf(node: number): string {
    return uuidText(this.#hashes, node * HASH_BYTES)
  }

  /** Whether this is its hash, without making a text of it. */
  isHash(node: number, uuid: string): boolean {
    return isUuid(uuid, this.#hashes, node * HASH_BYTES)
  }

  /** One text for all names with their hashes, in the order in which they were added: hexadecimal, 256 bits. */
  digest(): string {
    this.#digest ??= this.#digested()
    return this.#digest
  }

  #digested(): string {
    const digest = createHash('sha256').update(`${this.size}\0`)
    for (let start = 0; start < this.size; start += DIGESTED_TOGETHER) {
      digest.update(this.#names.slice(start, start + DIGESTED_TOGETHER).join('\0'))
    }
    return digest
      .update('\0')
      .update(this.#hashes.subarray(0, this.size * HASH_BYTES))
      .digest('hex')
  }

  /** Numbers. */
  requiredBy(node: number): Int32Array {
    return slice(this.#requires, node)
  }

  dependantsOf(node: number): Int32Array {
    this.#dependants ??= reversed(this.#requires, this.size)
    return slice(this.#dependants, node)
  }

  /** Names of nodes that are on a cycle or required by one: nothing is left of a graph without cycles. */
  #cyclic(): string[] {
    const arrivals = new Int32Array(this.size)
    for (const target of this.#requires.targets) arrivals[target] = (arrivals[target] ?? 0) + 1
    const free: number[] = []
    for (let node = 0; node < this.size; node++) if (arrivals[node] === 0) free.push(node)
    let left = this.size
    for (let node = free.pop(); node !== undefined; node = free.pop()) {
      left--
      for (const target of this.requiredBy(node)) {
        const rest = (arrivals[target] ?? 0) - 1
        arrivals[target] = rest
        if (rest === 0) free.push(target)
      }
    }
    return left === 0 ? [] : this.#names.filter((_, node) => (arrivals[node] ?? 0) > 0)
  }

  /** The shortest cycle of its component, each name requiring the next and the last the first. */
  cycle(): string[] | undefined {
    const rest = this.#cyclic()
    return rest.length === 0 ? undefined : shortestCycle(rest, (name) => this.requirementsOf(name))
  }

  requirementsOf(name: string): string[] {
    const node = this.numberOf(name)
    return node === undefined ? [] : Array.from(this.requiredBy(node), (required) => this.nameOf(required))
  }

  /** The nodes of these names and everything that requires them, directly or not; what lies outside is left out. */
  downstreamOf(names: Iterable<string>): WantedGraph {
    const reached: number[] = []
    const seen = new Uint8Array(this.size)
    const reach = (node: number | undefined) => {
      if (node === undefined || seen[node] === 1) return
      seen[node] = 1
      reached.push(node)
    }
    for (const name of names) reach(this.numberOf(name))
    if (reached.length === 0) return WantedGraph.of([])
    for (let i = 0; i < reached.length && reached.length < this.size; i++) {
      for (const dependant of this.dependantsOf(reached[i] ?? 0)) reach(dependant)
    }
    if (reached.length === this.size) return this
    reached.sort((one, other) => one - other)
    return WantedGraph.of(this.nodes(reached))
  }

  /** Without what they require outside of the graph. */
  *nodes(numbers: Iterable<number> = this.#names.keys()): Iterable<[string, WantedNode]> {
    for (const node of numbers) {
      const name = this.nameOf(node)
      yield [name, { hash: this.hashOf(node), requires: this.requirementsOf(name) }]
    }
  }
}

const slice = ({ starts, targets }: Edges, node: number): Int32Array => targets.subarray(starts[node], starts[node + 1])

function reversed({ starts, targets }: Edges, size: number): Edges {
  const counted = new Int32Array(size + 1)
  for (const target of targets) counted[target + 1] = (counted[target + 1] ?? 0) + 1
  for (let node = 0; node < size; node++) counted[node + 1] = (counted[node + 1] ?? 0) + (counted[node] ?? 0)
  const next = counted.slice()
  const back = new Int32Array(targets.length)
  for (let node = 0; node < size; node++) {
    const end = starts[node + 1] ?? 0
    for (let at = starts[node] ?? 0; at < end; at++) {
      const target = targets[at] ?? 0
      const place = next[target] ?? 0
      back[place] = node
      next[target] = place + 1
    }
  }
  return { starts: counted, targets: back }
}

/** Takes nodes in any order: a requirement may be named before it is added. */
export class WantedGraphBuilder {
  readonly #names: string[] = []
  /** Every name that was added or required. */
  readonly #mentions = new Names()
  /** By mention: the node of that name, or -1. */
  readonly #nodeOf = new Numbers()
  readonly #starts = new Numbers()
  /** Mentions. */
  readonly #required = new Numbers()
  #hashes = new Uint8Array(HASH_BYTES * 64)

  get size(): number {
    return this.#names.length
  }

  /** Nodes are numbered from 0 as they are added. */
  numberOf(name: string): number | undefined {
    return this.#node(this.#mentions.numberOf(name))
  }

  /** @param hash a UUID. @returns false when there is a node of that name already, and nothing was added. */
  add(name: string, hash: string, requires: readonly string[]): boolean {
    const mention = this.#mention(name)
    if (this.#nodeOf.at(mention) >= 0) return false
    const node = this.#names.push(name) - 1
    this.#nodeOf.set(mention, node)
    if (this.#hashes.length < (node + 1) * HASH_BYTES) {
      const larger = new Uint8Array(this.#hashes.length * 2)
      larger.set(this.#hashes)
      this.#hashes = larger
    }
    writeUuid(hash, this.#hashes, node * HASH_BYTES)
    this.#starts.push(this.#required.length)
    for (const required of requires) this.#required.push(this.#mention(required))
    return true
  }

  /** Requirements that nothing was added for, with who requires them. */
  *missing(): Iterable<{ readonly name: string; readonly required: string }> {
    const unknown = new Map<number, string>()
    for (let mention = 0; mention < this.#mentions.size; mention++) {
      if (this.#nodeOf.at(mention) < 0) unknown.set(mention, this.#mentions.textOf(mention))
    }
    if (unknown.size === 0) return
    for (let node = 0; node < this.size; node++) {
      for (let at = this.#starts.at(node); at < this.#end(node); at++) {
        const required = unknown.get(this.#required.at(at))
        if (required !== undefined) yield { name: this.#names[node] ?? '', required }
      }
    }
  }

  finish(): WantedGraph {
    const starts = new Int32Array(this.size + 1)
    const targets = new Int32Array(this.#required.length)
    let edges = 0
    for (let node = 0; node < this.size; node++) {
      starts[node] = edges
      for (let at = this.#starts.at(node); at < this.#end(node); at++) {
        const target = this.#nodeOf.at(this.#required.at(at))
        if (target >= 0) targets[edges++] = target
      }
    }
    starts[this.size] = edges
    return new WantedGraph(this.#names, (name) => this.#node(this.#mentions.numberOf(name)), this.#hashes, {
      starts,
      targets: targets.slice(0, edges),
    })
  }

  #mention(name: string): number {
    const mention = this.#mentions.add(name)
    if (mention === this.#nodeOf.length) this.#nodeOf.push(-1)
    return mention
  }

  #node(mention: number | undefined): number | undefined {
    const node = mention === undefined ? -1 : this.#nodeOf.at(mention)
    return node < 0 ? undefined : node
  }

  #end(node: number): number {
    return node + 1 < this.#starts.length ? this.#starts.at(node + 1) : this.#required.length
  }
}

/** A list of 32-bit numbers that grows. */
class Numbers {
  length = 0
  #values = new Int32Array(64)

  at(index: number): number {
    return this.#values[index] ?? -1
  }

  set(index: number, value: number): void {
    this.#values[index] = value
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Int32Array(this.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }
}

const HASH_BYTES = 16
const DIGESTED_TOGETHER = 10_000
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function writeUuid(uuid: string, bytes: Uint8Array, offset: number): void {
  let at = 0
  for (let i = 0; i < HASH_BYTES; i++) {
    if (uuid.charCodeAt(at) === DASH) at++
    bytes[offset + i] = (digit(uuid.charCodeAt(at)) << 4) | digit(uuid.charCodeAt(at + 1))
    at += 2
  }
}

function isUuid(uuid: string, bytes: Uint8Array, offset: number): boolean {
  let at = 0
  for (let i = 0; i < HASH_BYTES; i++) {
    if (uuid.charCodeAt(at) === DASH) at++
    if (bytes[offset + i] !== ((digit(uuid.charCodeAt(at)) << 4) | digit(uuid.charCodeAt(at + 1)))) return false
    at += 2
  }
  return true
}

const DASH = 45
/** `0`–`9` are 48–57, `a`–`f` are 97–102. */
const digit = (code: number): number => (code < 58 ? code - 48 : code - 87)

function uuidText(bytes: Uint8Array, offset: number): string {
  let text = ''
  for (let i = 0; i < HASH_BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += HEX[bytes[offset + i] ?? 0]
  }
  return text
}
