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
  const { title, nodes, edges, note } = picture
  // A type may require its own type; such an edge says nothing of the order.
  const ahead = edges.filter(({ from, to }) => from !== to)
  const layers = layersOf(nodes, ahead)
  const paths = bendAround(layers, edges)
  const places = place(order(layers, paths.flatMap(segmentsOf)))
  const boxes = [...places.values()].filter(({ lines }) => lines.length > 0)
  const width = Math.max(320, ...boxes.map((box) => box.x + box.width)) + MARGIN
  const height = Math.max(TITLE_HEIGHT, ...[...places.values()].map(({ y }) => y + BOX_HEIGHT)) + MARGIN
  const curves = paths.map((path) => curve(path, places))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="sans-serif" font-size="13">
<title>${escaped(title)}</title>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#7a8699"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${MARGIN}" y="24" font-weight="bold" font-size="15">${escaped(title)}${note === undefined ? '' : ` (${escaped(note)})`}</text>
${curves.join('\n')}
${boxes.map(rectangle).join('\n')}
</svg>
`
}

/** An edge and the places that it passes through, both ends among them. */
interface Path {
  readonly through: readonly string[]
  readonly label: string | undefined
}

const segmentsOf = ({ through }: Path): { from: string; to: string }[] =>
  through.slice(1).map((to, index) => ({ from: through[index] ?? '', to }))

/** An edge over several layers gets a place without a box in each layer between, so that it runs past the boxes there. */
function bendAround(layers: GraphNode[][], edges: GraphPicture['edges']): Path[] {
  const layerOf = new Map(layers.flatMap((layer, index) => layer.map(({ id }) => [id, index] as const)))
  return edges.flatMap(({ from, to, label }): Path[] => {
    const [start, end] = [layerOf.get(from), layerOf.get(to)]
    if (start === undefined || end === undefined) return []
    const between = Array.from({ length: Math.max(0, end - start - 1) }, (_, index) => {
      const id = `${from} ${to} ${index}`
      layers[start + 1 + index]?.push({ id, lines: [] })
      return id
    })
    return [{ through: [from, ...between, to], label }]
  })
}

/** Layers from left to right, each in the middle of the height. */
function place(layers: readonly (readonly GraphNode[])[]): Map<string, Box> {
  const boxes = new Map<string, Box>()
  const heightOf = (layer: readonly GraphNode[]) => layer.reduce((sum, node) => sum + roomOf(node), 0)
  const tallest = Math.max(0, ...layers.map(heightOf))
  let x = MARGIN
  for (const layer of layers) {
    const width = Math.max(...layer.map(widthOf))
    let y = TITLE_HEIGHT + MARGIN + (tallest - heightOf(layer)) / 2
    for (const node of layer) {
      boxes.set(node.id, { ...node, x, y, width })
      y += roomOf(node)
    }
    x += width + GAP
  }
  return boxes
}

/** A line that passes needs less room than a box. */
const roomOf = ({ lines }: GraphNode): number => (lines.length > 0 ? ROW_HEIGHT : ROW_HEIGHT / 3)

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

function curve({ through, label }: Path, places: ReadonlyMap<string, Box>): string {
  const boxes = through.flatMap((id) => places.get(id) ?? [])
  const [first, last] = [boxes[0], boxes.at(-1)]
  if (!first || !last) return ''
  let path = `M${round(first.x + first.width)} ${round(middleOf(first))}`
  boxes.slice(1).forEach((box, index) => {
    const before = boxes[index] ?? box
    const [x1, y1, x2, y2] = [before.x + before.width, middleOf(before), box.x, middleOf(box)]
    const bend = Math.max(30, Math.abs(x2 - x1) / 2)
    path += ` C${round(x1 + bend)} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}`
    // Straight past the boxes of this layer.
    if (box.lines.length === 0) path += ` H${round(box.x + box.width)}`
  })
  const x = (first.x + first.width + last.x) / 2
  const y = (middleOf(first) + middleOf(last)) / 2 - 4
  const text =
    label === undefined
      ? ''
      : `<text x="${round(x)}" y="${round(y)}" font-size="11" fill="#5c6779">${escaped(label)}</text>`
  return `<path d="${path}" fill="none" stroke="#7a8699" marker-end="url(#arrow)"/>${text}`
}

const middleOf = ({ y, lines }: Box): number => y + (lines.length > 0 ? BOX_HEIGHT / 2 : ROW_HEIGHT / 6)

function rectangle({ x, y, width, lines }: Box): string {
  const [name = '', ...rest] = lines
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${BOX_HEIGHT}" rx="6" fill="#eef4ff" stroke="#4f7ac7"/><text x="${round(x + 10)}" y="${round(y + 18)}" font-weight="bold">${escaped(name)}</text><text x="${round(x + 10)}" y="${round(y + 35)}" font-size="11" fill="#5c6779">${escaped(rest.join(' '))}</text>`
}

const round = (value: number): number => Math.round(value * 10) / 10

function escaped(text: string): string {
  const names: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => names[character] ?? '').replace(/\p{Cc}/gu, ' ')
}
