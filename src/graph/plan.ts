// Planning a traversal: which resources changed, what lies downstream of them, and how the sync points are to be armed.
// Pure. Cost is linear in the template; outside the affected cone nothing is armed and no row will be touched.

/** What planning needs to know of a wanted definition. */
export interface WantedNode {
  readonly hash: string
  /** Names. */
  readonly requires: readonly string[]
}

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

/** Why a resource is visited. */
export type Cause =
  | { readonly kind: 'new' | 'definition' | 'failed' | 'unfinished' | 'stale' }
  /** The nearest predecessor in the cone through which the change arrives. */
  | { readonly kind: 'dependency'; readonly on: string }

export interface ArmedNode {
  /** The version that carries the node; undefined when a new row must be made for it. */
  readonly id: number | undefined
  readonly cause: Cause
  /** Predecessors inside the cone. */
  awaiting: number
  /** Dependants inside the cone, by name. */
  readonly dependants: string[]
}

export interface TraversalPlan {
  /** Versions that are no longer what their name means. */
  readonly retired: readonly number[]
  /** Earlier versions whose name has come back and that carry it again. */
  readonly restored: readonly number[]
  /** The affected cone, by name, predecessors before dependants only by chance. */
  readonly cone: ReadonlyMap<string, ArmedNode>
}

export function planTraversal(
  wanted: ReadonlyMap<string, WantedNode>,
  versions: readonly VersionSummary[],
): TraversalPlan {
  // Once its deletion has begun, a version never comes back.
  const usable = (version: VersionSummary) => version.action !== 'DELETE'
  const carriers = new Map<string, VersionSummary>()
  const retired: number[] = []
  for (const version of versions) {
    if (!version.current) continue
    if (wanted.has(version.name) && usable(version)) carriers.set(version.name, version)
    else retired.push(version.id)
  }
  const restored: number[] = []
  for (const version of newestEarlierVersions(versions, usable)) {
    if (!wanted.has(version.name) || carriers.has(version.name)) continue
    carriers.set(version.name, version)
    restored.push(version.id)
  }
  const restoredIds = new Set(restored)
  const causeOf = (name: string, node: WantedNode): Cause | undefined => {
    const version = carriers.get(name)
    if (!version) return { kind: 'new' }
    if (restoredIds.has(version.id)) return { kind: 'stale' }
    return causeOfChange(version, node)
  }
  return { retired, restored, cone: armCone(wanted, carriers, causeOf) }
}

function newestEarlierVersions(
  versions: readonly VersionSummary[],
  usable: (version: VersionSummary) => boolean,
): VersionSummary[] {
  return versions.filter((version) => !version.current && usable(version)).sort((one, other) => other.id - one.id)
}

function causeOfChange(version: VersionSummary, node: WantedNode): Cause | undefined {
  if (version.status === 'FAILED') return { kind: 'failed' }
  if (version.status !== 'COMPLETE' || version.state === 'running' || version.state === 'parked') {
    return { kind: 'unfinished' }
  }
  if (version.action === 'INIT') return { kind: 'new' }
  if (version.definitionHash !== node.hash) return { kind: 'definition' }
  // Armed by a traversal that was superseded before it came by: its inputs may have moved without anybody telling.
  if (version.phase === 'update') return { kind: 'stale' }
  return undefined
}

function armCone(
  wanted: ReadonlyMap<string, WantedNode>,
  carriers: ReadonlyMap<string, VersionSummary>,
  causeOf: (name: string, node: WantedNode) => Cause | undefined,
): Map<string, ArmedNode> {
  const cone = new Map<string, ArmedNode>()
  const arm = (name: string, cause: Cause) =>
    cone.set(name, { id: carriers.get(name)?.id, cause, awaiting: 0, dependants: [] })
  for (const [name, node] of wanted) {
    const cause = causeOf(name, node)
    if (cause) arm(name, cause)
  }
  if (cone.size === 0) return cone
  if (cone.size < wanted.size) {
    const dependants = dependantsByName(wanted)
    // A Map grows while it is walked, so this reaches everything downstream.
    for (const name of cone.keys()) {
      for (const dependant of dependants.get(name) ?? []) {
        if (!cone.has(dependant)) arm(dependant, { kind: 'dependency', on: name })
      }
    }
  }
  for (const [name, armed] of cone) {
    for (const required of wanted.get(name)?.requires ?? []) {
      const predecessor = cone.get(required)
      if (!predecessor) continue
      predecessor.dependants.push(name)
      armed.awaiting++
    }
  }
  return cone
}

function dependantsByName(wanted: ReadonlyMap<string, WantedNode>): Map<string, string[]> {
  const dependants = new Map<string, string[]>()
  for (const [name, node] of wanted) {
    for (const required of node.requires) {
      const list = dependants.get(required)
      if (list) list.push(name)
      else dependants.set(required, [name])
    }
  }
  return dependants
}
