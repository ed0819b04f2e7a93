// The quick reader: the part of YAML that nearly all templates are written in, and JSON. Whatever it does not know, wrong
// text included, it declines, and the full reader takes over; what it accepts it reads exactly as the full one does
// (a test compares the two). It exists because 10,000 resources take the library 1.5 to 3 seconds, and this 0.15.
import { FlowReader } from './quick-flow.js'
import {
  APOSTROPHE,
  BAR,
  COLON,
  DASH,
  DECLINED,
  decline,
  HASH,
  INDICATORS,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
  SPACE,
} from './quick-text.js'
import type { ListNode, MapNode, Node } from './tree.js'

/** The tree of `text`, or about where something stands that needs the full reader. */
export function readQuickly(text: string, depthMax: number): { root: Node } | { declinedAt: number } {
  const unusual = text.search(UNUSUAL)
  if (unusual >= 0) return { declinedAt: unusual }
  const reader = new QuickReader(text, depthMax)
  try {
    return { root: reader.document() }
  } catch (error) {
    if (error === DECLINED) return { declinedAt: reader.position }
    throw error
  }
}

/** Control characters (line feed and tab aside), carriage returns, byte order marks and exotic line ends. */
const UNUSUAL_RANGES = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff`
const UNUSUAL = new RegExp(`[${UNUSUAL_RANGES}]`)

class QuickReader extends FlowReader {
  /** The current line: its indentation, the offset of its first character that counts, and its end. */
  #indent = 0
  #start = 0
  #end = 0
  #done = false
  /** Further markers would begin or end another document. */
  #begun = false

  /** About how far it has read. */
  get position(): number {
    return Math.max(this.#start, this.flowAt)
  }

  document(): Node {
    this.#moveTo(0)
    this.#begun = true
    if (this.text.startsWith('...', this.#start)) decline()
    if (!this.#done && this.text.startsWith('---', this.#start)) {
      if (this.#indent > 0 || this.text.slice(this.#start, this.#end) !== '---') decline()
      this.#nextLine()
    }
    if (this.#done) decline()
    const first = this.code(this.#start)
    this.json = first === OPEN_MAP || first === OPEN_LIST
    if (!this.json && this.text.includes('\t')) decline()
    const root = this.json ? this.#inline(this.#start, -1) : this.#block()
    if (!this.#done) decline()
    return root
  }

  // Lines

  #nextLine(): void {
    this.#moveTo(this.#end + 1)
  }

  /** Makes the first line at or after `offset` that is neither blank nor a comment the current one. */
  #moveTo(offset: number): void {
    for (let at = offset; at < this.text.length; at = this.#end + 1) {
      const newline = this.text.indexOf('\n', at)
      this.#end = newline < 0 ? this.text.length : newline
      let start = at
      while (start < this.#end && this.code(start) === SPACE) start++
      if (start === this.#end || this.code(start) === HASH) continue
      this.#indent = start - at
      this.#start = start
      if (this.#begun && (this.text.startsWith('---', at) || this.text.startsWith('...', at))) decline()
      return
    }
    this.#done = true
    this.#indent = -1
  }

  /** Nothing but spaces or a comment follows on the line. `at` stands behind white space or behind a value. */
  #lineEnds(at: number): boolean {
    const next = this.skipSpaces(at)
    if (next >= this.#end) return true
    return this.code(next) === HASH && this.code(next - 1) === SPACE
  }

  // Block collections

  #block(): Node {
    return this.#atItem(this.#start) ? this.#list(this.#indent) : this.#map(this.#indent)
  }

  #atItem(at: number): boolean {
    return this.code(at) === DASH && (at + 1 >= this.#end || this.code(at + 1) === SPACE)
  }

  #map(indent: number): MapNode {
    this.enter()
    const node: MapNode = { kind: 'map', offset: this.#start, keys: [], keyOffsets: [], values: [] }
    const seen = new Set<string>()
    while (!this.#done && this.#indent === indent && !this.#atItem(this.#start)) {
      const offset = this.#start
      const colon = this.#keyEnd(offset) ?? decline()
      const key = this.#key(offset, colon)
      if (seen.has(key) || key === '<<') decline()
      seen.add(key)
      node.keys.push(key)
      node.keyOffsets.push(offset)
      node.values.push(this.#fieldValue(colon + 1, indent))
    }
    if (this.#indent > indent || (this.#indent === indent && !this.#done)) decline()
    this.depth--
    return node
  }

  #fieldValue(at: number, indent: number): Node {
    if (!this.#lineEnds(at)) return this.#inline(this.skipSpaces(at), indent)
    const offset = Math.min(this.skipSpaces(at), this.#end)
    this.#nextLine()
    if (this.#indent > indent) return this.#block()
    if (this.#indent === indent && this.#atItem(this.#start)) return this.#list(indent, true)
    return { kind: 'scalar', offset, value: null }
  }

  /** `shared`: the list stands at its key's own indentation, so further keys may follow it there. */
  #list(indent: number, shared = false): ListNode {
    this.enter()
    const node: ListNode = { kind: 'list', offset: this.#start, items: [] }
    while (!this.#done && this.#indent === indent && this.#atItem(this.#start)) {
      node.items.push(this.#item(this.#start + 1, indent))
    }
    if (this.#indent > indent || (this.#indent === indent && !shared && !this.#done)) decline()
    this.depth--
    return node
  }

  #item(at: number, indent: number): Node {
    if (this.#lineEnds(at)) {
      const offset = at
      this.#nextLine()
      return this.#indent > indent ? this.#block() : { kind: 'scalar', offset, value: null }
    }
    const start = this.skipSpaces(at)
    if (this.#atItem(start) || this.#keyEnd(start) !== undefined) {
      // A collection that begins on the item's own line: its indentation is where it begins.
      this.#indent += start - this.#start
      this.#start = start
      return this.#block()
    }
    return this.#inline(start, indent)
  }

  // Keys

  /** The offset of the colon that ends the key beginning at `start`, or undefined when there is no key. */
  #keyEnd(start: number): number | undefined {
    const first = this.code(start)
    if (first === QUOTE || first === APOSTROPHE) {
      const colon = this.skipSpaces(this.quoteEnd(start) + 1)
      return this.#colonAt(colon) ? colon : undefined
    }
    if (INDICATORS.has(first)) return undefined
    for (let at = start; at < this.#end && at - start < 1000; at++) {
      const code = this.code(at)
      if (code === COLON && this.#colonAt(at)) return at
      if (code === HASH && this.code(at - 1) === SPACE) return undefined
    }
    return undefined
  }

  #colonAt(at: number): boolean {
    return this.code(at) === COLON && (at + 1 >= this.#end || this.code(at + 1) === SPACE)
  }

  #key(start: number, colon: number): string {
    const first = this.code(start)
    if (first === QUOTE || first === APOSTROPHE) return this.quoted(start, this.quoteEnd(start))
    return this.text.slice(start, colon).trimEnd()
  }

  // Values that begin on the current line; afterwards the current line is the one behind the value

  #inline(start: number, indent: number): Node {
    const first = this.code(start)
    if (first === BAR) return this.#literal(start, indent)
    if (first === OPEN_LIST || first === OPEN_MAP) {
      const flow = { at: start, indent }
      const node = this.flow(flow)
      this.#endLineAfter(flow.at)
      return node
    }
    if (first === QUOTE || first === APOSTROPHE) {
      const end = this.quoteEnd(start)
      const value = this.quoted(start, end)
      this.#endLineAfter(end + 1)
      return { kind: 'scalar', offset: start, value }
    }
    const text = this.#plain(start)
    this.#nextLine()
    return this.word(text, start)
  }

  #endLineAfter(at: number): void {
    if (at > this.#end) {
      const newline = this.text.indexOf('\n', at)
      this.#end = newline < 0 ? this.text.length : newline
    }
    if (!this.#lineEnds(at)) decline()
    this.#nextLine()
  }

  #plain(start: number): string {
    if (INDICATORS.has(this.code(start)) || this.#atItem(start)) decline()
    let end = this.#end
    for (let at = start; at < this.#end; at++) {
      const code = this.code(at)
      if (code === COLON && this.#colonAt(at)) decline()
      if (code !== HASH || this.code(at - 1) !== SPACE) continue
      end = at
      break
    }
    return this.text.slice(start, end).trimEnd()
  }

  /** Text behind `|` or `|-`: kept as it is, less the indentation of its first line. */
  #literal(start: number, indent: number): Node {
    const header = this.text.slice(start, this.#end).trimEnd()
    if (header !== '|' && header !== '|-') decline()
    const lines: string[] = []
    let margin = 0
    let at = this.#end + 1
    while (at < this.text.length) {
      const newline = this.text.indexOf('\n', at)
      const end = newline < 0 ? this.text.length : newline
      const content = Math.min(this.skipSpaces(at), end)
      if (content < end) {
        if (margin === 0) margin = content - at
        if (margin <= indent || margin === 0) decline()
        if (content - at < margin) break
      } else if (lines.length === 0 || end - at > margin) decline()
      lines.push(this.text.slice(Math.min(at + margin, end), end))
      at = end + 1
    }
    while (lines.at(-1) === '') lines.pop()
    if (lines.length === 0) decline()
    this.#moveTo(at)
    if (this.#indent > indent) decline()
    return { kind: 'scalar', offset: start, value: lines.join('\n') + (header === '|' ? '\n' : '') }
  }
}
