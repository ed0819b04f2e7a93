// The affected cone of a plan: which nodes are armed, why, and how they wait for each other, in flat arrays. Pure.
import type { WantedGraph } from './wanted.js'

/** Why a resource is visited. */
export type Cause =
  | { readonly kind: ChangeKind }
  /** The nearest predecessor in the cone through which the change arrives. */
  | { readonly kind: 'dependency'; readonly on: string }

export type ChangeKind = 'new' | 'definition' | 'failed' | 'unfinished' | 'suspended' | 'restored' | 'stale'

export interface ArmedNode {
  /** The version that carries the node; undefined when a new row must be made for it. */
  readonly id: number | undefined
  readonly cause: Cause
  /** Predecessors inside the cone. */
  readonly awaiting: number
  /** Dependants inside the cone, by name. */
  readonly dependants: readonly string[]
}

/** Places are numbers from 0 in the order in which the nodes were found; predecessors before dependants only by chance. */
export class Cone {
  readonly #wanted: WantedGraph
  readonly #carriers: Float64Array
  /** By place: the node. */
  readonly #nodes: Int32Array
  /** By node: its place, or -1. */
  readonly #places: Int32Array
  readonly #causeOf: (node: number) => Cause
  readonly #awaiting: Int32Array
  readonly #starts: Int32Array
  readonly #dependants: Int32Array

  /**
   * @param nodes the cone, by place
   * @param carriers by node: the version that carries it; 0 where a row must be made
   */
  constructor(wanted: WantedGraph, nodes: Int32Array, carriers: Float64Array, causeOf: (node: number) => Cause) {
    this.#wanted = wanted
    this.#nodes = nodes
    this.#carriers = carriers
    this.#causeOf = causeOf
    this.#places = new Int32Array(nodes.length === 0 ? 0 : wanted.size).fill(-1)
    nodes.forEach((node, place) => {
      this.#places[node] = place
    })
    this.#awaiting = new Int32Array(nodes.length)
    this.#starts = new Int32Array(nodes.length + 1)
    this.#dependants = this.#connect()
  }

  get size(): number {
    return this.#nodes.length
  }

  nameAt(place: number): string {
    return this.#wanted.nameOf(this.#nodes[place] ?? 0)
  }

  idAt(place: number): number | undefined {
    return this.#carriers[this.#nodes[place] ?? 0] || undefined
  }

  awaitingAt(place: number): number {
    return this.#awaiting[place] ?? 0
  }

  /** Places. */
  dependantsAt(place: number): Int32Array {
    return this.#dependants.subarray(this.#starts[place], this.#starts[place + 1])
  }

  has(name: string): boolean {
    return this.#placeOf(name) !== undefined
  }

  get(name: string): ArmedNode | undefined {
    const place = this.#placeOf(name)
    return place === undefined ? undefined : this.#at(place)
  }

  *keys(): IterableIterator<string> {
    for (let place = 0; place < this.size; place++) yield this.nameAt(place)
  }

  *values(): IterableIterator<ArmedNode> {
    for (let place = 0; place < this.size; place++) yield this.#at(place)
  }

  *[Symbol.iterator](): IterableIterator<[string, ArmedNode]> {
    for (let place = 0; place < this.size; place++) yield [this.nameAt(place), this.#at(place)]
  }

  #placeOf(name: string): number | undefined {
    const node = this.#wanted.numberOf(name)
    const place = node === undefined ? -1 : (this.#places[node] ?? -1)
    return place < 0 ? undefined : place
  }

  #at(place: number): ArmedNode {
    return {
      id: this.idAt(place),
      cause: this.#causeOf(this.#nodes[place] ?? 0),
      awaiting: this.awaitingAt(place),
      dependants: Array.from(this.dependantsAt(place), (dependant) => this.nameAt(dependant)),
    }
  }

  /** Counts what each node awaits, and turns requirements round. */
  #connect(): Int32Array {
    const starts = this.#starts
    this.#eachEdge((place, required) => {
      this.#awaiting[place] = (this.#awaiting[place] ?? 0) + 1
      starts[required + 1] = (starts[required + 1] ?? 0) + 1
    })
    for (let place = 0; place < this.size; place++) starts[place + 1] = (starts[place + 1] ?? 0) + (starts[place] ?? 0)
    const next = starts.slice()
    const dependants = new Int32Array(starts[this.size] ?? 0)
    this.#eachEdge((place, required) => {
      const at = next[required] ?? 0
      dependants[at] = place
      next[required] = at + 1
    })
    return dependants
  }

  #eachEdge(tell: (place: number, required: number) => void): void {
    for (let place = 0; place < this.size; place++) {
      for (const node of this.#wanted.requiredBy(this.#nodes[place] ?? 0)) {
        const required = this.#places[node] ?? -1
        if (required >= 0) tell(place, required)
      }
    }
  }
}
