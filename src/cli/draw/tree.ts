// The resources of a stack as a tree: each stands below the one that it comes after last, so work flows downwards. A graph
// is more than a tree; the other edges are what `waits for` and the command `graph` are there for.
import type { GraphView, ProgressView } from '../../index.js'
import { type Line, type Piece, tame, textOf, toned } from './line.js'
import { type Said, saidGone, sayResource, spanCells } from './resource.js'
import { pathOf, type Story } from './story.js'

/** Deeper branches are drawn at this depth: a chain of a hundred must not leave the screen. */
const DEPTH_MAX = 10

export interface Branch {
  readonly key: string
  readonly prefix: string
}

export interface Leafed {
  readonly key: string
  /** Keys it comes after. */
  readonly after: readonly string[]
}

interface Entry extends Leafed {
  readonly name: string
  readonly type: string
  readonly said: Said
}

export function drawTree(view: ProgressView, graph: GraphView, story: Story, tick = 0): Line[] {
  const entries = entriesOf(view, graph, story, tick)
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  const rows = branches(entries).flatMap(({ key, prefix }) => {
    const entry = byKey.get(key)
    return entry ? [{ prefix, entry }] : []
  })
  const spans = spanCells(rows.map(({ entry }) => entry.said))
  return alignRows(rows.map(({ prefix, entry }, index) => cellsOf(prefix, entry, spans[index] ?? '')))
}

/** The columns of a live display: tree and name, type, what is done, for how long, and a note. */
function cellsOf(prefix: string, { name, type, said }: Entry, took: string): Line[] {
  const { mark, tone, word, note } = said
  return [
    [toned('dim', prefix), toned(tone, mark), ' ', toned(tone === 'dim' ? 'dim' : 'bold', tame(name))],
    [toned('dim', type)],
    [toned(tone, word)],
    [toned('dim', took)],
    [toned(tone === 'bad' ? 'bad' : 'dim', note)],
  ]
}

export function alignRows(rows: readonly (readonly Line[])[]): Line[] {
  const widths: number[] = []
  const widthOf = (cell: Line) => cell.reduce((length, piece) => length + textOf(piece).length, 0)
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
    })
  }
  return rows.map((row) =>
    row.flatMap((cell, index): Piece[] => {
      const last = index === row.length - 1
      const width = widths[index] ?? 0
      return last ? [...cell] : [...cell, ' '.repeat(width === 0 ? 0 : width - widthOf(cell) + 2)]
    }),
  )
}

function entriesOf(view: ProgressView, graph: GraphView, story: Story, tick: number): Entry[] {
  const requires = new Map(graph.resources.map((resource) => [resource.name, resource.requires]))
  const present = new Set(view.resources.map(({ name }) => name))
  const entries = view.resources.map((resource): Entry => {
    const { name, type, current, version } = resource
    // An old version stands below the new one, which must be there before it may go.
    const after = current ? [...(requires.get(name) ?? []), ...resource.requires] : [name]
    const key = current || !requires.has(name) ? name : `${name}#${version}`
    const resting = !view.status.endsWith('IN_PROGRESS')
    const said = sayResource(resource, current ? story.get(name) : undefined, tick, resting)
    const old = !current && requires.has(name)
    return {
      key,
      after,
      name: old ? `${name} (old)` : name,
      type,
      said: old && said.word === 'unchanged' ? LINGERS : said,
    }
  })
  entries.push(...nestedEntries(view, story, tick))
  for (const { key } of entries) present.add(key)
  for (const [path, chapter] of story) {
    if (present.has(path) || !chapter.deleted) continue
    const slash = path.lastIndexOf('/')
    const after = requires.get(path) ?? (slash < 0 ? [] : [path.slice(0, slash)])
    entries.push({ key: path, after, name: path.slice(slash + 1), type: chapter.type, said: saidGone(chapter) })
  }
  const keys = new Set<string>()
  return entries
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .filter(({ key }) => !keys.has(key) && keys.add(key))
}

/** Each stands below the resource that its stack is, and below those of its own stack that it comes after. */
function nestedEntries(view: ProgressView, story: Story, tick: number): Entry[] {
  const resting = !view.status.endsWith('IN_PROGRESS')
  return (view.nested ?? []).map((resource): Entry => {
    const { name, type, current, version, requires, within } = resource
    const path = pathOf(name, resource)
    return {
      key: current ? path : `${path}#${version}`,
      after: [
        ...(within ? [within.path] : []),
        ...(current ? requires.map((required) => pathOf(required, resource)) : [path]),
      ],
      name: current ? name : `${name} (old)`,
      type,
      said: sayResource(resource, current ? story.get(path) : undefined, tick, resting),
    }
  })
}

const LINGERS: Said = { mark: '·', tone: 'dim', word: 'goes last', seconds: undefined, note: '' }

/** Each entry once, below the deepest of those it comes after; with the lines that show it. */
export function branches(entries: readonly Leafed[]): Branch[] {
  const known = new Map(entries.map((entry) => [entry.key, entry]))
  const depths = new Map<string, number>()
  const depthOf = (key: string): number => {
    const seen = depths.get(key)
    if (seen !== undefined) return seen
    depths.set(key, 0)
    const below = known.get(key)?.after.filter((one) => one !== key && known.has(one)) ?? []
    const depth = below.length === 0 ? 0 : 1 + Math.max(...below.map(depthOf))
    depths.set(key, depth)
    return depth
  }
  const children = new Map<string | undefined, string[]>()
  for (const { key, after } of entries) {
    const depth = depthOf(key)
    const parent = depth === 0 ? undefined : after.find((one) => known.has(one) && depthOf(one) === depth - 1)
    children.set(parent, [...(children.get(parent) ?? []), key])
  }
  const drawn: Branch[] = []
  const seen = new Set<string>()
  const draw = (parent: string | undefined, indent: string, depth: number) => {
    const keys = children.get(parent) ?? []
    keys.forEach((key, index) => {
      if (seen.has(key)) return
      seen.add(key)
      const last = index === keys.length - 1
      const deep = depth > DEPTH_MAX
      drawn.push({ key, prefix: depth === 0 ? '' : `${indent}${last ? '└─ ' : '├─ '}` })
      draw(key, depth === 0 || deep ? indent : `${indent}${last ? '   ' : '│  '}`, depth + 1)
    })
  }
  draw(undefined, '', 0)
  return drawn
}
