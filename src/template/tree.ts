// The text of a template as a tree that knows where each node stands. Both readers, the quick one and the full one, end
// here; from here on the template is plain JSON and the tree only answers where a path was written.
import type { Json, JsonObject } from '../lib/json.js'
import type { Place } from './definition.js'
import { pythonJson, pythonReal } from './text.js'
import { setField } from './value.js'

export type Scalar = null | boolean | number | string

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly offset: number
  readonly value: Scalar
  /** A whole number that is written with a point or an exponent: in texts it has a point. */
  readonly real?: true
}

export interface ListNode {
  readonly kind: 'list'
  readonly offset: number
  readonly items: Node[]
}

export interface MapNode {
  readonly kind: 'map'
  readonly offset: number
  readonly keys: string[]
  readonly keyOffsets: number[]
  readonly values: Node[]
}

export type Node = ScalarNode | ListNode | MapNode

export function jsonOf(node: Node): Json {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(jsonOf)
  const fields: JsonObject = {}
  node.keys.forEach((key, index) => {
    const value = node.values[index]
    if (value) setField(fields, key, jsonOf(value))
  })
  return fields
}

/** The tree as JSON text, whole numbers with a point included. */
export function jsonTextOf(node: Node): string {
  if (node.kind === 'scalar') return node.real ? pythonReal(Number(node.value)) : JSON.stringify(node.value)
  if (node.kind === 'list') return `[${node.items.map(jsonTextOf).join()}]`
  const fields = node.values.map((value, index) => `${JSON.stringify(node.keys[index])}:${jsonTextOf(value)}`)
  return `{${fields.join()}}`
}

/** The offset of the deepest node on the way to `path`: the key of a map's field, the start of a list's item. */
export const offsetOf = (root: Node, path: string): number => nearest(root, path).offset

/** How Python writes what stands at `path` in a text, a map or a list as JSON, if a whole number with a point is in it. */
export function realAt(root: Node, path: string): string | undefined {
  const { node, left } = nearest(root, path)
  return left === 0 && node && hasReal(node) ? pythonJsonOf(node) : undefined
}

export function hasReal(node: Node): boolean {
  if (node.kind === 'scalar') return node.real ?? false
  return (node.kind === 'list' ? node.items : node.values).some(hasReal)
}

function pythonJsonOf(node: Node): string {
  if (node.kind === 'scalar') return node.real ? pythonReal(Number(node.value)) : pythonJson(node.value)
  if (node.kind === 'list') return `[${node.items.map(pythonJsonOf).join(', ')}]`
  const { keys, values } = node
  const fields = keys
    .map((key, index) => [key, values[index]] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${fields.map(([key, value]) => `${pythonJson(key)}: ${value ? pythonJsonOf(value) : 'null'}`).join(', ')}}`
}

interface Found {
  readonly node: Node | undefined
  readonly offset: number
  /** Words of the path that lead no further. */
  readonly left: number
}

function nearest(root: Node, path: string): Found {
  let node: Node | undefined = root
  let offset = root.offset
  let words = path === '' ? [] : path.split('.')
  while (node && words.length > 0) {
    const step: Step | undefined = stepInto(node, words)
    if (!step) break
    node = step.node
    offset = step.offset
    words = words.slice(step.length)
  }
  return { node, offset, left: words.length }
}

interface Step {
  readonly node: Node | undefined
  readonly offset: number
  readonly length: number
}

/** A name may contain dots, so ever longer runs of words are tried as the key. */
function stepInto(node: Node, words: readonly string[]): Step | undefined {
  if (node.kind === 'scalar') return undefined
  if (node.kind === 'list') {
    const item = node.items[Number(words[0])]
    return item && { node: item, offset: item.offset, length: 1 }
  }
  for (let length = 1; length <= words.length; length++) {
    const index = indexOfKey(node, words.slice(0, length).join('.'))
    if (index !== undefined) return { node: node.values[index], offset: node.keyOffsets[index] ?? node.offset, length }
  }
  return undefined
}

/** Positions of the keys of large maps: a plan asks for the places of thousands of resources of one map. */
const indexes = new WeakMap<MapNode, ReadonlyMap<string, number>>()

function indexOfKey(node: MapNode, key: string): number | undefined {
  let index = indexes.get(node)
  if (!index) {
    index = new Map(node.keys.map((name, position) => [name, position]))
    indexes.set(node, index)
  }
  return index.get(key)
}

/** Turns offsets into lines and columns; the line starts are found when the first place is asked for. */
export class Lines {
  #starts: number[] | undefined

  constructor(
    readonly text: string,
    readonly file: string | undefined,
  ) {}

  place(offset: number): Place {
    this.#starts ??= lineStarts(this.text)
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    const place = { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
    return this.file === undefined ? place : { file: this.file, ...place }
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
