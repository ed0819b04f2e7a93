// A graph as text for other programs: dot (Graphviz) and mermaid. A graph too large to be looked at is drawn by type.
import type { GraphResource, GraphView } from '../../index.js'
import { count, many } from './line.js'

export interface GraphNode {
  readonly id: string
  /** The first line is what it is called. */
  readonly lines: readonly string[]
}

export interface GraphPicture {
  readonly title: string
  readonly nodes: readonly GraphNode[]
  /** From what is required to who requires it: the way that work flows. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label?: string }[]
  readonly note?: string
}

const NODES_MAX = 300

export function pictureOf(title: string, { resources }: GraphView, nodesMax = NODES_MAX): GraphPicture {
  return resources.length <= nodesMax ? wholePicture(title, resources) : typePicture(title, resources)
}

function wholePicture(title: string, resources: readonly GraphResource[]): GraphPicture {
  const ids = new Map(resources.map(({ name }, index) => [name, `n${index}`]))
  const nodes = resources.map(({ name, type }) => ({ id: ids.get(name) ?? name, lines: [name, type] }))
  const edges = resources.flatMap(({ name, requires }) =>
    requires.flatMap((required) => {
      const [from, to] = [ids.get(required), ids.get(name)]
      return from !== undefined && to !== undefined ? [{ from, to }] : []
    }),
  )
  return { title, nodes, edges }
}

function typePicture(title: string, resources: readonly GraphResource[]): GraphPicture {
  const typeOf = new Map(resources.map(({ name, type }) => [name, type]))
  const types = [...new Set(typeOf.values())].sort()
  const ids = new Map(types.map((type, index) => [type, `n${index}`]))
  const sizes = new Map<string, number>()
  const weights = new Map<string, number>()
  for (const { type, requires } of resources) {
    sizes.set(type, (sizes.get(type) ?? 0) + 1)
    for (const required of requires) {
      const from = ids.get(typeOf.get(required) ?? '')
      const to = ids.get(type)
      if (from === undefined || to === undefined) continue
      const edge = `${from} ${to}`
      weights.set(edge, (weights.get(edge) ?? 0) + 1)
    }
  }
  const nodes = types.map((type) => ({
    id: ids.get(type) ?? type,
    lines: [type, many(sizes.get(type) ?? 0, 'resource')],
  }))
  const edges = [...weights].map(([edge, weight]) => {
    const [from = '', to = ''] = edge.split(' ')
    return { from, to, label: count(weight) }
  })
  const note = `${count(resources.length)} resources are too many to draw one by one: they are gathered by type`
  return { title, nodes, edges, note }
}

export function drawDot({ title, nodes, edges, note }: GraphPicture): string {
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`
  return [
    `digraph ${quoted(title)} {`,
    ...(note === undefined ? [] : [`  // ${note}`]),
    '  rankdir = LR',
    '  node [shape = box, style = rounded, fontname = "sans-serif"]',
    ...nodes.map(({ id, lines }) => `  ${id} [label = ${quoted(lines.join('\n'))}]`),
    ...edges.map(
      ({ from, to, label }) => `  ${from} -> ${to}${label === undefined ? '' : ` [label = ${quoted(label)}]`}`,
    ),
    '}',
  ].join('\n')
}

export function drawMermaid({ title, nodes, edges, note }: GraphPicture): string {
  const quoted = (text: string) =>
    text.replace(/[&<>"#`]/g, (character) => `#${character.codePointAt(0)};`).replace(/\n/g, ' ')
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart LR',
    ...(note === undefined ? [] : [`  %% ${note}`]),
    ...nodes.map(({ id, lines }) => `  ${id}["${lines.map(quoted).join('<br/>')}"]`),
    ...edges.map(({ from, to, label }) => `  ${from} -->${label === undefined ? '' : `|${quoted(label)}|`} ${to}`),
  ].join('\n')
}
