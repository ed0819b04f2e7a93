// A graph as a picture that any browser shows: layers from left to right, drawn with nothing but rectangles and curves.
import type { GraphNode, GraphPicture } from './graph.js'

const LETTER_WIDTH = 7.3
const ROW_HEIGHT = 64
const BOX_HEIGHT = 44
const GAP = 70
const MARGIN = 24
const TITLE_HEIGHT = 34
const SWEEPS = 6

interface Box extends GraphNode {
  readonly x: number
  readonly y: number
  readonly width: number
}

export function drawSvg(picture: GraphPicture): string {
  const { title, edges, note } = picture
  const boxes = place(picture)
  const all = [...boxes.values()]
  const width = Math.max(320, ...all.map((box) => box.x + box.width)) + MARGIN
  const height = Math.max(TITLE_HEIGHT, ...all.map(({ y }) => y + BOX_HEIGHT)) + MARGIN
  const curves = edges.flatMap(({ from, to, label }) => {
    const [one, other] = [boxes.get(from), boxes.get(to)]
    return one && other ? [curve(one, other, label)] : []
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="sans-serif" font-size="13">
<title>${escaped(title)}</title>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#7a8699"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${MARGIN}" y="24" font-weight="bold" font-size="15">${escaped(title)}${note === undefined ? '' : ` (${escaped(note)})`}</text>
${curves.join('\n')}
${all.map(rectangle).join('\n')}
</svg>
`
}

/** Each node in the layer after the last one it comes after; within a layer, near its neighbours. */
function place({ nodes, edges }: GraphPicture): Map<string, Box> {
  // A type may require its own type; such an edge says nothing of the order.
  const ahead = edges.filter(({ from, to }) => from !== to)
  const layers = order(layersOf(nodes, ahead), ahead)
  const boxes = new Map<string, Box>()
  const tallest = Math.max(0, ...layers.map((layer) => layer.length))
  let x = MARGIN
  for (const layer of layers) {
    const width = Math.max(...layer.map(widthOf))
    const top = TITLE_HEIGHT + MARGIN + ((tallest - layer.length) * ROW_HEIGHT) / 2
    layer.forEach((node, index) => {
      boxes.set(node.id, { ...node, x, y: top + index * ROW_HEIGHT, width })
    })
    x += width + GAP
  }
  return boxes
}

const widthOf = ({ lines }: GraphNode): number =>
  Math.max(80, ...lines.map((line, index) => line.length * LETTER_WIDTH * (index === 0 ? 1 : 0.85))) + 20

function layersOf(nodes: readonly GraphNode[], edges: GraphPicture['edges']): GraphNode[][] {
  const before = groupBy(edges, 'to', 'from')
  const depths = new Map<string, number>()
  const depthOf = (id: string): number => {
    const known = depths.get(id)
    if (known !== undefined) return known
    // Types may require each other in a ring though resources cannot; the ring is cut where it was entered.
    depths.set(id, 0)
    const depth = Math.max(-1, ...(before.get(id) ?? []).map(depthOf)) + 1
    depths.set(id, depth)
    return depth
  }
  const layers: GraphNode[][] = []
  for (const node of nodes) {
    const depth = depthOf(node.id)
    while (layers.length <= depth) layers.push([])
    layers[depth]?.push(node)
  }
  return layers.filter((layer) => layer.length > 0)
}

/** The barycenter heuristic: fewer crossings after a few sweeps there and back. */
function order(layers: readonly GraphNode[][], edges: GraphPicture['edges']): GraphNode[][] {
  const before = groupBy(edges, 'to', 'from')
  const after = groupBy(edges, 'from', 'to')
  const ordered = layers.map((layer) => [...layer])
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const neighbours = sweep % 2 === 0 ? before : after
    const rank = new Map(ordered.flatMap((layer) => layer.map(({ id }, index) => [id, index / layer.length] as const)))
    const weight = (id: string): number => {
      const ranks = (neighbours.get(id) ?? []).flatMap((one) => rank.get(one) ?? [])
      return ranks.length === 0 ? (rank.get(id) ?? 0) : ranks.reduce((sum, one) => sum + one, 0) / ranks.length
    }
    for (const layer of ordered) {
      const weights = new Map(layer.map(({ id }) => [id, weight(id)]))
      layer.sort((one, other) => (weights.get(one.id) ?? 0) - (weights.get(other.id) ?? 0))
    }
  }
  return ordered
}

function groupBy(edges: GraphPicture['edges'], key: 'from' | 'to', value: 'from' | 'to'): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const edge of edges) {
    const group = groups.get(edge[key])
    if (group) group.push(edge[value])
    else groups.set(edge[key], [edge[value]])
  }
  return groups
}

function curve(from: Box, to: Box, label: string | undefined): string {
  const [x1, y1] = [from.x + from.width, from.y + BOX_HEIGHT / 2]
  const [x2, y2] = [to.x, to.y + BOX_HEIGHT / 2]
  const bend = Math.max(30, Math.abs(x2 - x1) / 2)
  const path = `M${round(x1)} ${round(y1)} C${round(x1 + bend)} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}`
  const text =
    label === undefined
      ? ''
      : `<text x="${round((x1 + x2) / 2)}" y="${round((y1 + y2) / 2 - 4)}" font-size="11" fill="#5c6779">${escaped(label)}</text>`
  return `<path d="${path}" fill="none" stroke="#7a8699" marker-end="url(#arrow)"/>${text}`
}

function rectangle({ x, y, width, lines }: Box): string {
  const [name = '', ...rest] = lines
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${BOX_HEIGHT}" rx="6" fill="#eef4ff" stroke="#4f7ac7"/><text x="${round(x + 10)}" y="${round(y + 18)}" font-weight="bold">${escaped(name)}</text><text x="${round(x + 10)}" y="${round(y + 35)}" font-size="11" fill="#5c6779">${escaped(rest.join(' '))}</text>`
}

const round = (value: number): number => Math.round(value * 10) / 10

function escaped(text: string): string {
  const names: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => names[character] ?? '').replace(/\p{Cc}/gu, ' ')
}
