// Planning a traversal: which resources changed, what lies downstream of them, and how the sync points are to be armed.
// Pure. Cost is linear in what is handed in; outside the affected cone nothing is armed and no row will be touched.
import { type Cause, type ChangeKind, Cone } from './cone.js'
import type { WantedGraph } from './wanted.js'

/** What planning needs to know of a version of a resource. */
export interface VersionSummary {
  readonly id: number
  readonly name: string
  readonly current: boolean
  readonly action: string
  readonly status: string
  readonly state: string
  readonly phase: string | null
  readonly definitionHash: string | null
}

export interface TraversalPlan {
  /** Versions that are no longer what their name means. */
  readonly retired: readonly number[]
  /** Earlier versions whose name has come back and that carry it again. */
  readonly restored: readonly number[]
  /** The affected cone. */
  readonly cone: Cone
}

/**
 * @param wanted the whole template, or of it whatever lies downstream of the changed: the plan is the same.
 * @param versions all versions of the names in `wanted` and of those that are to go
 */
export function planTraversal(wanted: WantedGraph, versions: Iterable<VersionSummary>): TraversalPlan {
  const planner = new Planner(wanted)
  for (const version of versions) planner.see(version)
  return planner.finish()
}

/** The same for versions that come a page at a time: of each only what matters is kept. */
export class Planner {
  readonly #wanted: WantedGraph
  /** By node: the version that carries it; 0 where there is none. */
  readonly #carriers: Float64Array
  /** By node: the code of what changed; 0 where nothing did. */
  readonly #changes: Uint8Array
  readonly #retired: number[] = []
  readonly #earlier: VersionSummary[] = []

  constructor(wanted: WantedGraph) {
    this.#wanted = wanted
    this.#carriers = new Float64Array(wanted.size)
    this.#changes = new Uint8Array(wanted.size).fill(codeOf('new'))
  }

  see(version: VersionSummary): void {
    if (!version.current) {
      if (isUsable(version)) this.#earlier.push(version)
      return
    }
    const node = this.#wanted.numberOf(version.name)
    if (node === undefined || !isUsable(version)) {
      this.#retired.push(version.id)
      return
    }
    const change = changeOf(version, () => this.#wanted.hashOf(node))
    this.#carriers[node] = version.id
    this.#changes[node] = change ? codeOf(change) : 0
  }

  finish(): TraversalPlan {
    const restored: number[] = []
    for (const { id, name } of this.#earlier.sort((one, other) => other.id - one.id)) {
      const node = this.#wanted.numberOf(name)
      if (node === undefined || this.#carriers[node] !== 0) continue
      this.#carriers[node] = id
      this.#changes[node] = codeOf('restored')
      restored.push(id)
    }
    return { retired: this.#retired, restored, cone: coneOf(this.#wanted, this.#carriers, this.#changes) }
  }
}

/** Once its deletion has begun, a version never comes back. */
const isUsable = (version: VersionSummary): boolean => version.action !== 'DELETE'

const CHANGES: readonly ChangeKind[] = ['new', 'definition', 'failed', 'unfinished', 'suspended', 'restored', 'stale']
const codeOf = (change: ChangeKind): number => CHANGES.indexOf(change) + 1

function changeOf(version: VersionSummary, wantedHash: () => string): ChangeKind | undefined {
  if (version.status === 'FAILED') return 'failed'
  if (version.status !== 'COMPLETE' || version.state === 'running' || version.state === 'parked') return 'unfinished'
  if (version.action === 'INIT') return 'new'
  if (version.definitionHash !== wantedHash()) return 'definition'
  if (version.phase === 'update' && version.action === 'SUSPEND') return 'suspended'
  // Armed by a traversal that was superseded before it came by: its inputs may have moved without anybody telling.
  if (version.phase === 'update') return 'stale'
  return undefined
}

/** What changed, and everything downstream of it. */
function coneOf(wanted: WantedGraph, carriers: Float64Array, changes: Uint8Array): Cone {
  const nodes: number[] = []
  for (let node = 0; node < wanted.size; node++) if (changes[node] !== 0) nodes.push(node)
  const via = new Map<number, number>()
  if (nodes.length < wanted.size) {
    for (let place = 0; place < nodes.length; place++) {
      const changed = nodes[place] ?? 0
      for (const dependant of wanted.dependantsOf(changed)) {
        if (changes[dependant] !== 0 || via.has(dependant)) continue
        via.set(dependant, changed)
        nodes.push(dependant)
      }
    }
  }
  const causeOf = (node: number): Cause => {
    const on = via.get(node)
    return on === undefined
      ? { kind: CHANGES[(changes[node] ?? 0) - 1] ?? 'new' }
      : { kind: 'dependency', on: wanted.nameOf(on) }
  }
  return new Cone(wanted, Int32Array.from(nodes), carriers, causeOf)
}
