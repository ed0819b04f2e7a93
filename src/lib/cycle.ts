// Cycles in a directed graph given as names and their successors. Nothing here recurses: chains of 100,000 are ordinary.

type Successors = (name: string) => Iterable<string>

/** Edges that the search for the shortest cycle may visit; beyond it the shortest one found so far is the answer. */
const VISITS_MAX = 200_000

/**
 * A cycle, each name once, its edges leading from each name to the next and from the last to the first; the shortest one
 * of its strongly connected component. Undefined when there is none. Successors that are not among `names` are ignored.
 */
export function shortestCycle(names: Iterable<string>, successors: Successors): string[] | undefined {
  const graph = knownEdges(names, successors)
  const rest = withoutLeaves(graph)
  if (rest.size === 0) return undefined
  const component = cyclicComponent(graph, rest)
  return component && shortestWithin(graph, component)
}

type Graph = ReadonlyMap<string, readonly string[]>

function knownEdges(names: Iterable<string>, successors: Successors): Graph {
  const all = new Set(names)
  const graph = new Map<string, readonly string[]>()
  for (const name of all)
    graph.set(
      name,
      [...new Set(successors(name))].filter((next) => all.has(next)),
    )
  return graph
}

/** Takes away, again and again, whatever nothing leads to. What remains is on a cycle or behind one. */
function withoutLeaves(graph: Graph): Set<string> {
  const arrivals = new Map<string, number>()
  for (const nexts of graph.values()) for (const next of nexts) arrivals.set(next, (arrivals.get(next) ?? 0) + 1)
  const free = [...graph.keys()].filter((name) => !arrivals.has(name))
  const rest = new Set(graph.keys())
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    rest.delete(name)
    for (const next of graph.get(name) ?? []) {
      const left = (arrivals.get(next) ?? 0) - 1
      arrivals.set(next, left)
      if (left === 0) free.push(next)
    }
  }
  return rest
}

/** The first strongly connected component with an edge inside it, by Tarjan's algorithm with its own stack. */
function cyclicComponent(graph: Graph, among: ReadonlySet<string>): Set<string> | undefined {
  const search = new Search(graph)
  for (const name of among) {
    if (search.seen(name)) continue
    const component = search.from(name)
    if (component) return component
  }
  return undefined
}

interface Frame {
  readonly name: string
  readonly nexts: readonly string[]
  at: number
}

class Search {
  readonly #order = new Map<string, number>()
  readonly #low = new Map<string, number>()
  readonly #open = new Set<string>()
  readonly #trail: string[] = []

  constructor(readonly graph: Graph) {}

  seen(name: string): boolean {
    return this.#order.has(name)
  }

  from(root: string): Set<string> | undefined {
    const frames = [this.#enter(root)]
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const next = frame.nexts[frame.at++]
      if (next === undefined) {
        frames.pop()
        const component = this.#leave(frame.name, frames.at(-1)?.name)
        if (component) return component
      } else if (!this.seen(next)) frames.push(this.#enter(next))
      else if (this.#open.has(next)) this.#lower(frame.name, this.#order.get(next) ?? 0)
    }
    return undefined
  }

  #enter(name: string): Frame {
    this.#order.set(name, this.#order.size)
    this.#low.set(name, this.#order.size - 1)
    this.#open.add(name)
    this.#trail.push(name)
    return { name, nexts: this.graph.get(name) ?? [], at: 0 }
  }

  #lower(name: string, low: number): void {
    this.#low.set(name, Math.min(this.#low.get(name) ?? low, low))
  }

  #leave(name: string, parent: string | undefined): Set<string> | undefined {
    const low = this.#low.get(name) ?? 0
    if (parent !== undefined) this.#lower(parent, low)
    if (low !== this.#order.get(name)) return undefined
    const component = new Set(this.#trail.splice(this.#trail.lastIndexOf(name)))
    for (const member of component) this.#open.delete(member)
    return component.size > 1 || this.graph.get(name)?.includes(name) ? component : undefined
  }
}

/** Breadth first from each member in turn; a search goes no deeper than the best cycle so far. */
function shortestWithin(graph: Graph, component: ReadonlySet<string>): string[] | undefined {
  let best: string[] | undefined
  let visits = 0
  for (const start of component) {
    const found = cycleThrough(graph, component, start, (best?.length ?? Number.POSITIVE_INFINITY) - 1)
    visits += found.visits
    best = found.cycle ?? best
    if (best?.length === 1 || (best && visits > VISITS_MAX)) break
  }
  return best
}

function cycleThrough(
  graph: Graph,
  component: ReadonlySet<string>,
  start: string,
  lengthMax: number,
): { cycle?: string[]; visits: number } {
  const cameFrom = new Map<string, string | undefined>([[start, undefined]])
  let visits = 0
  let level = [start]
  for (let length = 1; level.length > 0 && length <= lengthMax; length++) {
    const nextLevel: string[] = []
    for (const name of level) {
      for (const next of graph.get(name) ?? []) {
        visits++
        if (next === start) return { cycle: wayTo(name, cameFrom), visits }
        if (cameFrom.has(next) || !component.has(next)) continue
        cameFrom.set(next, name)
        nextLevel.push(next)
      }
    }
    level = nextLevel
  }
  return { visits }
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string | undefined>): string[] {
  const way: string[] = []
  for (let name: string | undefined = end; name !== undefined; name = cameFrom.get(name)) way.push(name)
  return way.reverse()
}
